"""A controller with the rights that ``tenter install`` gives it can do its work.

On the embedded cluster, which knows no rights, this only shows that the rest works.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import msgspec
import yaml

from tenter.controller import ControllerOptions, controller
from tenter.controller.installation import NAME, Installation, definitions, manifests
from tenter.errors import UnknownKind
from tenter.kube import Client, Request, Response, Stream, Transport
from tenter.manifests import Manifest
from tests.behaviour.grounds import Grounds
from tests.behaviour.manifests import cluster_role, config_map, job, namespace

HOME = "argocd"
GROUP = "argoproj.io"


class AsAccount:
    """Carries requests in the name of the installed ServiceAccount, and notes what is forbidden."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self.forbidden: list[str] = []

    def _named(self, request: Request) -> Request:
        account = f"system:serviceaccount:{HOME}:{NAME}"
        groups = ("system:serviceaccounts", "system:authenticated")
        headers = (
            *request.headers,
            ("Impersonate-User", account),
            *(("Impersonate-Group", group) for group in groups),
        )
        return msgspec.structs.replace(request, headers=headers)

    def _note(self, request: Request, status: int) -> None:
        if status == 403:
            self.forbidden.append(f"{request.method} {request.path}")

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        answer = await self._inner.send(self._named(request), timeout=timeout)
        self._note(request, answer.status)
        return answer

    def stream(self, request: Request, *, timeout: float) -> AbstractAsyncContextManager[Stream]:
        @contextlib.asynccontextmanager
        async def opened() -> AsyncIterator[Stream]:
            async with self._inner.stream(self._named(request), timeout=timeout) as stream:
                self._note(request, stream.status)
                yield stream

        return opened()

    async def aclose(self) -> None:
        """Leave the connection to whose it is."""


async def installed(grounds: Grounds) -> None:
    installation = Installation(namespace=HOME, replicas=0)
    await grounds.create(namespace(HOME), *definitions(installation))
    for crd in definitions(installation):
        for _ in range(100):
            await grounds.client.discovery.refresh()
            with contextlib.suppress(UnknownKind):
                await grounds.client.resource(crd["spec"]["group"], crd["spec"]["names"]["kind"])
                break
            await asyncio.sleep(0.1)
    rest = [each for each in manifests(installation) if "Definition" not in each["kind"]]
    await grounds.create(*rest)


def repository(folder: Path, *objects: Manifest) -> str:
    """Commit ``objects`` to a repository in ``folder``; return its path."""
    folder.mkdir()
    (folder / "all.yaml").write_text(yaml.safe_dump_all(objects))
    author = ["-c", "user.name=a test", "-c", "user.email=test@example.com"]
    for arguments in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "one"]):
        subprocess.run(["git", "-C", str(folder), *author, *arguments], check=True)
    return str(folder)


def application(address: str) -> Manifest:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "shop", "namespace": HOME},
        "spec": {
            "project": "default",
            "source": {"repoURL": address, "path": "."},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "default"},
            "syncPolicy": {"automated": {"prune": True}},
        },
    }


async def ended(grounds: Grounds) -> Manifest:
    """Return the Application once its operation has ended."""
    async with asyncio.timeout(60):
        while True:
            live = await grounds.get("Application", "shop", group=GROUP, namespace=HOME) or {}
            state = (live.get("status") or {}).get("operationState") or {}
            if state.get("phase") in {"Succeeded", "Failed", "Error"}:
                return live
            await asyncio.sleep(0.2)


async def test_the_installed_rights_suffice(grounds: Grounds, tmp_path: Path) -> None:
    await installed(grounds)
    address = repository(
        tmp_path / "shop",
        job("migrate", hook="PreSync", policy="HookSucceeded"),
        config_map("settings"),
        cluster_role("reader"),
    )
    transport = AsAccount(grounds.client._sender._transport)
    client = Client(transport, grounds.environment)
    options = ControllerOptions(
        namespace=HOME, file_root=str(tmp_path), cache=str(tmp_path / "cache"), identity="a test"
    )
    async with (
        controller(client, grounds.environment, options) as made,
        asyncio.TaskGroup() as tasks,
    ):
        running = tasks.create_task(made.run())
        await grounds.create(application(address))
        live = await ended(grounds)
        running.cancel()

    state = live["status"]["operationState"]
    assert (state["phase"], state["message"]) == (
        "Succeeded",
        "successfully synced (all tasks run)",
    )
    assert await grounds.get("ConfigMap", "settings") is not None
    assert transport.forbidden == []
