"""Credentials reach Git, and are nowhere else to be seen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tenter.errors import SourceError
from tenter.sources.access import GitAccess
from tenter.sources.io_git import run_git

QUESTION = b"protocol=https\nhost=git.example.com\n\n"


async def answered(access: GitAccess) -> dict[str, str]:
    told = await run_git(["credential", "fill"], what="asking", given=QUESTION, access=access)
    return dict(line.split("=", 1) for line in told.decode().splitlines())


async def configured(access: GitAccess, name: str) -> str:
    told = await run_git(["config", "--get", name], what="reading", access=access)
    return told.decode().strip()


def is_there(path: str) -> bool:
    return Path(path).exists()


async def test_a_password_is_given_to_git_and_to_nobody_else() -> None:
    told = await answered(GitAccess(username="bot", password="p'a$s \"w`rd"))
    assert (told["username"], told["password"]) == ("bot", "p'a$s \"w`rd")


async def test_a_token_needs_no_username() -> None:
    told = await answered(GitAccess(password="token"))
    assert told["username"]


async def test_helpers_of_the_machine_are_not_asked_where_a_password_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "gitconfig"
    config.write_text('[credential]\n\thelper = "!echo password=of-the-machine; echo username=m"\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    assert (await answered(GitAccess(username="bot", password="own")))["password"] == "own"


async def test_certificates_are_files_for_the_time_of_the_run() -> None:
    access = GitAccess(authorities="PEM of an authority", client_certificate="c", client_key="k")
    path = await configured(access, "http.sslCAInfo")
    assert path.endswith("authorities.pem")
    assert not is_there(path)


async def test_a_bearer_token_a_proxy_and_insecurity_are_settings() -> None:
    access = GitAccess(bearer_token="t", proxy="http://proxy:3128", insecure=True)
    assert await configured(access, "http.extraHeader") == "Authorization: Bearer t"
    assert await configured(access, "http.proxy") == "http://proxy:3128"
    assert await configured(access, "http.sslVerify") == "false"


async def test_a_password_of_two_lines_is_refused() -> None:
    with pytest.raises(SourceError, match="more than one line"):
        await answered(GitAccess(password="a\nhost=elsewhere"))


def stand_in_for_ssh(folder: Path) -> Path:
    """Write a program ``ssh`` that notes its arguments and the key it was given, and fails."""
    seen = folder / "seen"
    program = folder / "ssh"
    program.write_text(
        "#!/bin/sh\n"
        f'echo "$@" > {seen}\n'
        'while [ $# -gt 0 ]; do [ "$1" = -i ] && key=$2; shift; done\n'
        f'[ -n "$key" ] && stat -c %a "$key" >> {seen} && cat "$key" >> {seen}\n'
        "exit 255\n"
    )
    program.chmod(0o700)
    return seen


async def over_ssh(access: GitAccess, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    seen = stand_in_for_ssh(folder)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(SourceError):
        await run_git(
            ["ls-remote", "--end-of-options", "git@git.example.com:team/shop"],
            what="cannot read",
            protocols="ssh",
            access=access,
        )
    return seen.read_text().splitlines()


async def test_a_key_is_a_file_that_only_this_user_may_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = GitAccess(ssh_private_key="the key", known_hosts="git.example.com ssh-ed25519 AAAA")
    arguments, mode, key = await over_ssh(access, tmp_path, monkeypatch)
    assert (mode, key) == ("600", "the key")
    assert "IdentitiesOnly=yes" in arguments
    assert "StrictHostKeyChecking=yes" in arguments
    assert "BatchMode=yes" in arguments
    assert "the key" not in arguments


async def test_host_keys_are_passed_over_only_where_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = GitAccess(ssh_private_key="key", insecure=True)
    arguments, *_ = await over_ssh(access, tmp_path, monkeypatch)
    assert "StrictHostKeyChecking=no" in arguments
    plain = GitAccess(ssh_private_key="key")
    arguments, *_ = await over_ssh(plain, tmp_path, monkeypatch)
    assert "StrictHostKeyChecking" not in arguments


def test_nothing_secret_is_in_its_text() -> None:
    assert "hunter2" not in f"{GitAccess(password='hunter2')!r}{GitAccess(password='hunter2')}"
