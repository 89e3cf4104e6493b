import asyncio
import base64
import random
import signal
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tenter.environment import Environment
from tenter.errors import CredentialError
from tenter.kube import io_exec_plugin
from tenter.kube.io_credentials import Credentials
from tenter.kube.kubeconfig import Connection, ExecPlugin, User, _ExecVariable

V1 = "client.authentication.k8s.io/v1"
NOW = 1_700_000_000.0


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def environment(self) -> Environment:
        return Environment(now=lambda: self.now, random=random.Random(1))


def credentials_of(user: User, clock: Clock | None = None, **cluster: Any) -> Credentials:
    connection = Connection(server="https://x.example", user=user, context="c", **cluster)
    return Credentials(connection, (clock or Clock()).environment())


async def headers_of(credentials: Credentials) -> dict[str, str]:
    return dict((await credentials.current()).headers)


def data(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


class Plugin:
    """An exec plugin made of a Python program; it counts its runs in a file."""

    def __init__(self, folder: Path, body: str, **fields: Any) -> None:
        self.runs = folder / "runs"
        self.runs.touch()
        program = folder / "plugin.py"
        program.write_text(
            "import json, os, sys\n"
            f"with open({str(self.runs)!r}, 'a') as runs: runs.write('x')\n"
            "info = os.environ['KUBERNETES_EXEC_INFO']\n"
            "def give(version=json.loads(info)['apiVersion'], **status):\n"
            "    kind = 'ExecCredential'\n"
            "    print(json.dumps({'apiVersion': version, 'kind': kind, 'status': status}))\n"
            f"{body}\n"
        )
        self.user = User(
            exec=ExecPlugin(
                **{
                    "api_version": V1,
                    "command": sys.executable,
                    "args": [str(program), "--flag"],
                    "interactive_mode": "Never",
                    **fields,
                }
            )
        )

    @property
    def count(self) -> int:
        return len(self.runs.read_text())


async def test_a_token_is_sent_as_a_bearer() -> None:
    assert await headers_of(credentials_of(User(token="abc"))) == {"Authorization": "Bearer abc"}


async def test_a_name_and_password_are_sent_as_basic() -> None:
    headers = await headers_of(credentials_of(User(username="ann", password="pä:ss")))
    assert headers["Authorization"] == f"Basic {data('ann:pä:ss')}"


async def test_a_token_file_is_read_again_after_a_minute(tmp_path: Path) -> None:
    clock, file = Clock(), tmp_path / "token"
    file.write_text("old\n")
    credentials = credentials_of(User(token_file=str(file), token="unused"), clock)
    assert await headers_of(credentials) == {"Authorization": "Bearer old"}
    file.write_text("new")
    clock.now += 59
    assert await headers_of(credentials) == {"Authorization": "Bearer old"}
    clock.now += 2
    assert await headers_of(credentials) == {"Authorization": "Bearer new"}


async def test_a_token_file_is_read_again_at_once_when_the_server_rejects_it(
    tmp_path: Path,
) -> None:
    file = tmp_path / "token"
    file.write_text("old")
    credentials = credentials_of(User(token_file=str(file)))
    rejected = await credentials.current()
    file.write_text("new")
    assert credentials.reject(rejected)
    assert await headers_of(credentials) == {"Authorization": "Bearer new"}


async def test_a_fixed_token_is_not_worth_another_try() -> None:
    credentials = credentials_of(User(token="abc"))
    assert not credentials.reject(await credentials.current())


async def test_a_token_file_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(CredentialError, match="may you read it"):
        await credentials_of(User(token_file=str(tmp_path / "none"))).current()


async def test_certificates_come_from_data_before_files(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("FILE KEY")
    user = User(
        client_certificate_data=data("DATA CERT"),
        client_certificate=str(tmp_path / "none"),
        client_key=str(file),
    )
    found = await credentials_of(user).current()
    assert (found.certificate, found.key) == ("DATA CERT", "FILE KEY")


async def test_certificate_files_are_read_again_after_a_minute(tmp_path: Path) -> None:
    clock, certificate, key = Clock(), tmp_path / "certificate", tmp_path / "key"
    certificate.write_text("OLD")
    key.write_text("KEY")
    user = User(client_certificate=str(certificate), client_key=str(key))
    credentials = credentials_of(user, clock)
    assert (await credentials.current()).certificate == "OLD"
    certificate.write_text("NEW")
    clock.now += 61
    assert (await credentials.current()).certificate == "NEW"


async def test_a_certificate_without_a_key_is_refused() -> None:
    with pytest.raises(CredentialError, match="only one of client-certificate and client-key"):
        await credentials_of(User(client_certificate_data=data("x"))).current()


async def test_a_user_may_act_as_another() -> None:
    user = User(
        token="abc",
        impersonate="bob",
        impersonate_uid="7",
        impersonate_groups=["dev", "ops"],
        impersonate_extra={"scopes/a": ["x"]},
    )
    assert list((await credentials_of(user).current()).headers) == [
        ("Impersonate-User", "bob"),
        ("Impersonate-Uid", "7"),
        ("Impersonate-Group", "dev"),
        ("Impersonate-Group", "ops"),
        ("Impersonate-Extra-scopes%2Fa", "x"),
        ("Authorization", "Bearer abc"),
    ]


@pytest.mark.parametrize("version", [V1, f"{V1}beta1"])
async def test_a_plugins_token_is_used(tmp_path: Path, version: str) -> None:
    plugin = Plugin(tmp_path, "give(token='fresh')", api_version=version)
    headers = await headers_of(credentials_of(plugin.user))
    assert headers == {"Authorization": "Bearer fresh"}


async def test_a_plugins_certificate_is_used(tmp_path: Path) -> None:
    plugin = Plugin(tmp_path, "give(clientCertificateData='CERT', clientKeyData='KEY')")
    found = await credentials_of(plugin.user).current()
    assert (found.headers, found.certificate, found.key) == ((), "CERT", "KEY")


async def test_a_plugin_gets_its_arguments_and_variables(tmp_path: Path) -> None:
    plugin = Plugin(
        tmp_path,
        "give(token=os.environ['REGION'] + sys.argv[1])",
        env=[_ExecVariable("REGION", "eu")],
    )
    assert await headers_of(credentials_of(plugin.user)) == {"Authorization": "Bearer eu--flag"}


async def test_a_plugin_runs_once_until_its_credentials_end(tmp_path: Path) -> None:
    clock = Clock()
    plugin = Plugin(tmp_path, "give(token='t', expirationTimestamp='2023-11-14T22:14:20Z')")
    credentials = credentials_of(plugin.user, clock)  # an end 60 s from the clock's start
    await credentials.current()
    clock.now += 49
    await credentials.current()
    assert plugin.count == 1
    clock.now += 2
    await credentials.current()
    assert plugin.count == 2


async def test_a_plugin_runs_again_when_the_server_rejects_what_it_gave(tmp_path: Path) -> None:
    plugin = Plugin(tmp_path, "give(token='t')")
    credentials = credentials_of(plugin.user)
    assert credentials.reject(await credentials.current())
    await credentials.current()
    assert plugin.count == 2


async def test_what_was_rejected_before_the_renewal_rejects_nothing_newer(tmp_path: Path) -> None:
    plugin = Plugin(tmp_path, "give(token='t')")
    credentials = credentials_of(plugin.user)
    first = await credentials.current()
    credentials.reject(first)
    second = await credentials.current()
    credentials.reject(first)
    assert await credentials.current() is second


async def test_a_plugin_learns_of_the_cluster_where_it_asks(tmp_path: Path) -> None:
    plugin = Plugin(
        tmp_path,
        f"open({str(tmp_path / 'info')!r}, 'w').write(info); give(token='t')",
        provide_cluster_info=True,
    )
    (tmp_path / "ca").write_text("CA")
    await credentials_of(
        plugin.user, ca_file=str(tmp_path / "ca"), exec_config={"audience": "x"}
    ).current()
    assert msgspec.json.decode((tmp_path / "info").read_bytes()) == {
        "apiVersion": V1,
        "kind": "ExecCredential",
        "spec": {
            "interactive": False,
            "cluster": {
                "server": "https://x.example",
                "certificate-authority-data": data("CA"),
                "config": {"audience": "x"},
            },
        },
    }


async def test_a_plugin_that_does_not_ask_learns_nothing_of_the_cluster(tmp_path: Path) -> None:
    body = "give(token=','.join(json.loads(info)['spec']))"
    headers = await headers_of(credentials_of(Plugin(tmp_path, body).user))
    assert headers == {"Authorization": "Bearer interactive"}


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        ("sys.exit('session expired')", "exit code 1: session expired. Log in again"),
        ("print('hello')", "printed no ExecCredential"),
        ("give()", "neither a token nor a client certificate"),
        ("give(clientCertificateData='x')", "only one of client certificate and key"),
        ("give('client.authentication.k8s.io/v1beta1', token='t')", "make the two agree"),
    ],
)
async def test_a_plugin_that_gives_no_credentials_is_told(
    tmp_path: Path, body: str, hint: str
) -> None:
    with pytest.raises(CredentialError, match=hint):
        await credentials_of(Plugin(tmp_path, body).user).current()


async def test_a_plugin_that_is_not_installed_comes_with_its_hint(tmp_path: Path) -> None:
    plugin = Plugin(tmp_path, "", command="/nowhere/login", install_hint="Get it from the shop.")
    with pytest.raises(CredentialError, match=r"could not be started.*Get it from the shop"):
        await credentials_of(plugin.user).current()


async def test_a_plugin_that_needs_a_terminal_says_so_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    plugin = Plugin(tmp_path, "give(token='t')", interactive_mode="Always")
    with pytest.raises(CredentialError, match="no terminal"):
        await credentials_of(plugin.user).current()
    assert plugin.count == 0


async def test_a_plugin_that_does_not_end_is_killed_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[asyncio.subprocess.Process] = []
    start = asyncio.create_subprocess_exec

    async def remember(*args: Any, **options: Any) -> asyncio.subprocess.Process:
        started.append(await start(*args, **options))
        return started[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", remember)
    monkeypatch.setattr(io_exec_plugin, "_SECONDS", 0.1)
    plugin = Plugin(tmp_path, "import time; time.sleep(600)")
    with pytest.raises(CredentialError, match=r"did not end within 0\.1 s"):
        await credentials_of(plugin.user).current()
    assert started[0].returncode == -signal.SIGKILL
