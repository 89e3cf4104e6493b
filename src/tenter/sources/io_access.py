"""Gives one run of Git its credentials, and takes them away again.

Nothing secret is ever an argument, which every user of the machine could read. Passwords go by the
environment of that one process to a helper that answers Git's question; keys and certificates are
files that only this user may read, gone when the run is over.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from tenter.errors import SourceError
from tenter.sources.access import GitAccess

_USERNAME = "TENTER_GIT_USERNAME"
_PASSWORD = "TENTER_GIT_PASSWORD"  # noqa: S105 (a variable's name)
_HELPER = (
    f"!answer() {{ test \"$1\" = get && printf 'username=%s\\npassword=%s\\n' "
    f'"${_USERNAME}" "${_PASSWORD}"; }}; answer'
)
_ANY_USER = "git"
"""The name given with a token, for which servers take any."""


@contextlib.contextmanager
def presented(access: GitAccess, environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Yield ``environment`` with what makes Git use ``access``.

    Raises ``SourceError`` for a password or token that would break Git's own protocol.
    """
    with tempfile.TemporaryDirectory(prefix="tenter-access-") as folder:
        files = _Files(Path(folder))
        variables = dict(environment)
        settings = [*_https(access, variables), *_tls(access, files)]
        ssh = _ssh(access, files)
        if ssh:
            variables |= {"GIT_SSH_COMMAND": ssh, "GIT_SSH_VARIANT": "ssh"}
        if access.no_proxy:
            variables["no_proxy"] = variables["NO_PROXY"] = access.no_proxy
        number = int(variables.get("GIT_CONFIG_COUNT") or 0)
        for name, value in settings:
            variables[f"GIT_CONFIG_KEY_{number}"] = name
            variables[f"GIT_CONFIG_VALUE_{number}"] = value
            number += 1
        variables["GIT_CONFIG_COUNT"] = str(number)
        yield variables


class _Files:
    """Secrets as files, as long as the folder exists."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, name: str, text: str) -> str:
        path = self._folder / name
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            # OpenSSH takes a key without its last line's end for a broken one.
            file.write(text if text.endswith("\n") else f"{text}\n")
        return str(path)


def _https(access: GitAccess, variables: dict[str, str]) -> Iterator[tuple[str, str]]:
    if access.bearer_token:
        token = _line("bearerToken", access.bearer_token)
        yield "http.extraHeader", f"Authorization: Bearer {token}"
    if access.password:
        variables[_USERNAME] = _line("username", access.username) or _ANY_USER
        variables[_PASSWORD] = _line("password", access.password)
        yield "credential.helper", ""  # those of the machine are not asked
        yield "credential.helper", _HELPER
    if access.proxy:
        yield "http.proxy", access.proxy


def _tls(access: GitAccess, files: _Files) -> Iterator[tuple[str, str]]:
    if access.insecure:
        yield "http.sslVerify", "false"
    if access.authorities:
        yield "http.sslCAInfo", files.write("authorities.pem", access.authorities)
    if access.client_certificate:
        yield "http.sslCert", files.write("certificate.pem", access.client_certificate)
        yield "http.sslKey", files.write("certificate-key.pem", access.client_key)


def _ssh(access: GitAccess, files: _Files) -> str:
    options = ["BatchMode=yes"]
    if access.insecure:
        options += ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null"]
    elif access.known_hosts:
        known = files.write("known_hosts", access.known_hosts)
        options += [
            "StrictHostKeyChecking=yes",
            f"UserKnownHostsFile={known}",
            "GlobalKnownHostsFile=/dev/null",
        ]
    command = ["ssh"]
    if access.ssh_private_key:
        key = files.write("key", access.ssh_private_key)
        command += ["-F", "none", "-i", key]
        options += ["IdentitiesOnly=yes", "IdentityAgent=none"]
    if len(command) == 1 and len(options) == 1:
        return ""
    for option in options:
        command += ["-o", option]
    return shlex.join(command)


def _line(what: str, text: str) -> str:
    """Return ``text`` as one line: another would be read as an answer of its own."""
    line = text.strip("\r\n")
    if "\n" in line or "\r" in line or "\0" in line:
        raise SourceError(
            f"the {what} of a repository is more than one line; write it anew, without line breaks"
        )
    return line
