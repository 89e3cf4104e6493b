"""Certificates that change and tokens that end: both are read again, and nothing is missed."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from tenter.errors import ClusterUnreachable, Unauthorized
from tenter.kube.kubeconfig import ExecPlugin
from tests.faults.network.scene import follow, scene
from tests.kube.authority import Authority


async def test_a_new_certificate_of_the_same_authority_is_not_noticed(tmp_path: Path) -> None:
    async with scene(tmp_path) as opened:
        await follow(opened)
        opened.proxy.present(opened.proxy.authority)
        opened.proxy.hang_up()
        await opened.recovers()


async def test_a_new_authority_is_read_from_its_file(tmp_path: Path) -> None:
    async with scene(tmp_path) as opened:
        await follow(opened)
        other = Authority()
        (tmp_path / "ca.pem").write_text(other.certificate)
        opened.proxy.present(other)
        opened.proxy.hang_up()
        await opened.recovers()


async def test_a_new_authority_is_awaited_where_its_file_comes_later(tmp_path: Path) -> None:
    async with scene(tmp_path) as opened:
        await follow(opened)
        other = Authority()
        opened.proxy.present(other)
        opened.proxy.hang_up()
        await asyncio.sleep(300)  # no connection is possible meanwhile
        assert "not trusted" in opened.informers.troubles[0]
        (tmp_path / "ca.pem").write_text(other.certificate)
        await opened.recovers()


async def test_an_authority_that_nobody_vouches_for_stays_untrusted(tmp_path: Path) -> None:
    async with scene(tmp_path) as opened:
        opened.proxy.present(Authority())
        with pytest.raises(ClusterUnreachable, match="not trusted"):
            await opened.client.version()


async def test_a_token_that_ended_is_read_again_from_its_file(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("first")
    async with scene(tmp_path, token_file=str(token)) as opened:
        opened.proxy.tokens = ["first"]
        await follow(opened)
        token.write_text("second")
        opened.proxy.tokens = ["second"]
        opened.proxy.hang_up()
        await opened.recovers()


async def test_a_token_that_comes_late_is_awaited(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("first")
    async with scene(tmp_path, token_file=str(token)) as opened:
        opened.proxy.tokens = ["first"]
        await follow(opened)
        opened.proxy.tokens = ["second"]
        opened.proxy.hang_up()
        await asyncio.sleep(300)
        assert "log in again" in opened.informers.troubles[0]
        token.write_text("second")
        await opened.recovers()


async def test_a_plugin_is_asked_again_for_a_token_that_ended(tmp_path: Path) -> None:
    shown = tmp_path / "shown"
    shown.write_text("first")
    async with scene(tmp_path, exec=_plugin(shown)) as opened:
        opened.proxy.tokens = ["first"]
        await follow(opened)
        shown.write_text("second")
        opened.proxy.tokens = ["second"]
        opened.proxy.hang_up()
        await opened.recovers()


async def test_writes_go_on_with_the_new_token(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("first")
    async with scene(tmp_path, token_file=str(token)) as opened:
        opened.proxy.tokens = ["first"]
        await opened.client.version()
        token.write_text("second")
        opened.proxy.tokens = ["second"]
        async with asyncio.TaskGroup() as tasks:
            for _ in range(20):
                tasks.create_task(opened.client.version())
        # The file was read again once, by whoever was refused first.
        refused = [
            each for each in opened.proxy.seen if ("authorization", "Bearer first") in each.headers
        ]
        assert len(refused) <= 21


async def test_a_fixed_token_that_ended_is_told(tmp_path: Path) -> None:
    async with scene(tmp_path, token="first") as opened:
        opened.proxy.tokens = ["second"]
        with pytest.raises(Unauthorized, match="log in again"):
            await opened.client.version()


def _plugin(shown: Path) -> ExecPlugin:
    """Return a plugin that gives what is written in ``shown``."""
    version = "client.authentication.k8s.io/v1"
    credential = json.dumps(
        {"apiVersion": version, "kind": "ExecCredential", "status": {"token": "TOKEN"}}
    )
    program = f"print({credential!r}.replace('TOKEN', open({str(shown)!r}).read()))"
    return ExecPlugin(
        api_version=version,
        command=sys.executable,
        args=["-c", program],
        interactive_mode="Never",
    )
