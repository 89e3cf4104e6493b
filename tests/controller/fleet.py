"""A control plane to try the controller on: a cluster in memory, a Git repository, Applications.

Tests reach the controller as users do: through Application objects and commits. They wait for what
an object shows, never for time to pass; time itself is virtual.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from pathlib import Path
from typing import Any, Protocol

import yaml

from tenter.controller import Controller, ControllerOptions, controller
from tenter.environment import Environment
from tenter.errors import ClusterUnreachable, NotFound, TenterError
from tenter.kube import Change, Client, Informers, Request, Response, Stream, Transport
from tenter.manifests import Key, Manifest

NAMESPACE = "argocd"
PATIENCE = 600.0
"""Virtual seconds after which a wait is given up."""

_GIT = {
    "GIT_AUTHOR_NAME": "a test",
    "GIT_AUTHOR_EMAIL": "test@example.com",
    "GIT_COMMITTER_NAME": "a test",
    "GIT_COMMITTER_EMAIL": "test@example.com",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
}


class Repository:
    """A Git repository in a folder, with a branch ``main``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")

    @property
    def url(self) -> str:
        return str(self.folder)

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(self.folder), *arguments],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, **_GIT},
        )
        return done.stdout.strip()

    def commit(self, files: dict[str, str | None], message: str = "a change") -> str:
        """Write ``files`` (None: remove) and commit them; return the commit."""
        for name, text in files.items():
            path = self.folder / name
            if text is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")


class Reached(Protocol):
    """A cluster to which connections can be had."""

    def transport(self) -> Transport:
        """Return a new connection."""
        ...


class Silenced:
    """A transport that can be cut off: by ``silence``, or at a write counted from 1.

    ``answered`` says whether that write is still answered; it is performed in any case.
    """

    def __init__(self, inner: Transport, *, writes: int = 0, answered: bool = True) -> None:
        self._inner = inner
        self._left = writes
        self._answered = answered
        self._cut = False
        self.dead = asyncio.Event()

    def silence(self) -> None:
        self._cut = True
        self.dead.set()

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        self._check(request)
        response = await self._inner.send(request, timeout=timeout)
        if request.method != "GET" and self._left and "selfsubject" not in request.path:
            self._left -= 1
            if not self._left:
                self.silence()
                if not self._answered:
                    self._check(request)
        return response

    @contextlib.asynccontextmanager
    async def stream(self, request: Request, *, timeout: float) -> AsyncGenerator[Stream]:  # noqa: ASYNC109
        self._check(request)
        async with self._inner.stream(request, timeout=timeout) as stream:
            yield stream

    async def aclose(self) -> None:
        await self._inner.aclose()

    def _check(self, request: Request) -> None:
        if self._cut:
            raise ClusterUnreachable(f"{request.path} cannot be reached")


class Fleet:
    """The control plane, its ``client``, and ``repository`` as the Applications' source."""

    def __init__(
        self,
        cluster: Reached,
        client: Client,
        environment: Environment,
        informers: Informers,
        folder: Path,
    ) -> None:
        self.cluster = cluster
        self.client = client
        self.environment = environment
        self.folder = folder
        self.repository = Repository(folder / "repositories" / "shop")
        self._informers = informers
        self._news = asyncio.Event()
        informers.on_change(self._changed)
        self.seen: list[Change] = []
        self.at_once = 2.0
        """Seconds within which what needs no waiting is done, on this cluster."""
        self._versions: dict[str, None] = {}

    def _changed(self, change: Change) -> None:
        self.seen.append(change)
        self._versions[change.resource_version] = None
        self._news.set()

    # The controller

    def options(self, **changes: Any) -> ControllerOptions:
        given: dict[str, Any] = {
            "namespace": NAMESPACE,
            "file_root": str(self.folder),
            "cache": str(self.folder / "cache"),
            "identity": "a test",
            **changes,
        }
        return ControllerOptions(**given)

    @contextlib.asynccontextmanager
    async def running(self, **changes: Any) -> AsyncIterator[Controller]:
        """Run a controller while the block lasts."""
        client = Client(self.cluster.transport(), self.environment)
        async with (
            controller(client, self.environment, self.options(**changes)) as made,
            asyncio.TaskGroup() as tasks,
        ):
            task = tasks.create_task(made.run())
            try:
                yield made
            finally:
                task.cancel()

    @contextlib.asynccontextmanager
    async def silenced(self, **changes: Any) -> AsyncIterator[Callable[[], None]]:
        """Run a controller; the value given, when called, cuts its connection off for good."""
        transport = Silenced(self.cluster.transport())
        client = Client(transport, self.environment, tries=1)
        async with (
            controller(client, self.environment, self.options(**changes)) as made,
            asyncio.TaskGroup() as tasks,
        ):
            task = tasks.create_task(made.run())
            try:
                yield transport.silence
            finally:
                task.cancel()

    async def dying_after(self, writes: int, *, answered: bool, **changes: Any) -> None:
        """Run a controller until it has written so often, or is done; then kill it.

        It has no chance to say goodbye: what it tries as it is cancelled is cut off as well.
        """
        transport = Silenced(self.cluster.transport(), writes=writes, answered=answered)
        client = Client(transport, self.environment, tries=1)
        async with contextlib.AsyncExitStack() as stack:
            try:
                made = await stack.enter_async_context(
                    controller(client, self.environment, self.options(**changes))
                )
                async with asyncio.TaskGroup() as tasks:
                    task = tasks.create_task(made.run())
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(60):
                            await transport.dead.wait()
                    transport.silence()
                    task.cancel()
            except* TenterError:
                pass  # it died of it

    # Objects

    async def create(self, manifest: Manifest) -> Manifest:
        resource = await self.client.resource_of(manifest)
        return await self.client.create(resource, manifest, field_manager="kubectl")

    async def get(
        self, kind: str, name: str, namespace: str = "default", group: str = ""
    ) -> Manifest:
        resource = await self.client.resource(group, kind)
        return await self.client.get(resource, namespace, name)

    async def exists(self, kind: str, name: str, group: str = "") -> bool:
        try:
            await self.get(kind, name, group=group)
        except NotFound:
            return False
        return True

    async def until_absent(self, kind: str, name: str, group: str = "") -> None:
        """Return once the object is gone, which takes the garbage collector a moment."""
        resource = await self.client.resource(group, kind)
        await self._informers.watch(resource, "default", name=name)
        async with asyncio.timeout(PATIENCE):
            while self._informers.get(Key(group, kind, "default", name)) is not None:
                self._news.clear()
                await self._news.wait()

    async def follow(self, group: str, kind: str) -> None:
        """Have changes of a kind in ``default`` in ``seen`` from now on."""
        await self._informers.watch(await self.client.resource(group, kind), "default")

    async def until_no_runs(self) -> None:
        """Return once there is no SyncRun any more."""
        resource = await self.client.resource("tenter.dev", "SyncRun")
        await self._informers.watch(resource, NAMESPACE)
        async with asyncio.timeout(PATIENCE):
            while self._informers.items(resource):
                self._news.clear()
                await self._news.wait()

    async def patch(
        self, kind: str, name: str, body: Any, namespace: str = "default", group: str = ""
    ) -> Manifest:
        resource = await self.client.resource(group, kind)
        return await self.client.patch(resource, namespace, name, body, field_manager="kubectl")

    async def delete(
        self, kind: str, name: str, namespace: str = "default", group: str = ""
    ) -> None:
        resource = await self.client.resource(group, kind)
        await self.client.delete(resource, namespace, name)

    async def names(self, kind: str, namespace: str = "default", group: str = "") -> list[str]:
        resource = await self.client.resource(group, kind)
        return [
            item["metadata"]["name"] for item in (await self.client.list(resource, namespace)).items
        ]

    # Applications

    async def application(self, name: str = "shop", **spec: Any) -> Manifest:
        """Create an Application of the repository's root; ``spec`` is over its spec."""
        metadata = spec.pop("metadata", {})
        given = spec.pop("source", {})
        source = {"repoURL": self.repository.url, "path": ".", **(given or {})}
        fields = {
            "project": "default",
            "source": source if given is not None else None,
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "default"},
            **spec,
        }
        fields = {name: value for name, value in fields.items() if value is not None}
        return await self.create(
            {
                "apiVersion": "argoproj.io/v1alpha1",
                "kind": "Application",
                "metadata": {"name": name, "namespace": NAMESPACE, **metadata},
                "spec": fields,
            }
        )

    async def edit(self, body: dict[str, Any], name: str = "shop") -> None:
        """Merge ``body`` into the Application, as ``kubectl patch`` does, and see it done."""
        edited = await self.patch("Application", name, body, NAMESPACE, "argoproj.io")
        version = edited["metadata"]["resourceVersion"]
        async with asyncio.timeout(PATIENCE):
            while version not in self._versions:
                self._news.clear()
                await self._news.wait()

    async def refresh(self, name: str = "shop", how: str = "normal") -> None:
        """Ask for a refresh and return when it was done."""
        annotations = {"argocd.argoproj.io/refresh": how}
        await self.edit({"metadata": {"annotations": annotations}}, name)
        await self.until(
            lambda app: "argocd.argoproj.io/refresh" not in app["metadata"].get("annotations", {}),
            name,
        )

    def now(self, name: str = "shop") -> Manifest | None:
        """Return the Application as last seen."""
        return self._informers.get(Key("argoproj.io", "Application", NAMESPACE, name))

    async def until(self, wanted: Callable[[Manifest], Any], name: str = "shop") -> Manifest:
        """Return the Application once ``wanted`` holds of it."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    self._news.clear()
                    app = self.now(name)
                    if app is not None and _holds(wanted, app):
                        return app
                    await self._news.wait()
        except TimeoutError:
            app = self.now(name)
            raise AssertionError(f"never so:\n{yaml.safe_dump(app)}") from None

    async def until_gone(self, name: str = "shop") -> None:
        """Return once the Application is gone."""
        try:
            async with asyncio.timeout(PATIENCE):
                while self.now(name) is not None:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"still there:\n{yaml.safe_dump(self.now(name))}") from None

    async def until_status(self, status: str, name: str = "shop") -> Manifest:
        """Return the Application once its sync status is ``status``."""
        return await self.until(lambda app: app["status"]["sync"]["status"] == status, name)

    async def sync(self, name: str = "shop", **sync: Any) -> Manifest:
        """Ask for a sync and return the Application when that has ended."""
        outer = {key: sync.pop(key) for key in ("retry", "info", "initiatedBy") if key in sync}
        await self.edit({"operation": {**outer, "sync": sync}}, name)
        return await self.until_ended(name)

    async def until_ended(self, name: str = "shop") -> Manifest:
        """Return the Application once no operation is asked for, and its last one has ended."""
        return await self.until(
            lambda app: (
                "operation" not in app
                and app["status"]["operationState"]["phase"] in {"Succeeded", "Failed", "Error"}
            ),
            name,
        )


def _holds(wanted: Callable[[Manifest], Any], app: Manifest) -> bool:
    try:
        return bool(wanted(app))
    except (KeyError, IndexError, TypeError):
        return False  # not there yet


def conditions(app: Manifest) -> dict[str, str]:
    """Return the Application's conditions: messages by type."""
    return {each["type"]: each["message"] for each in app["status"].get("conditions", ())}


def resources(app: Manifest) -> dict[str, str]:
    """Return the sync status of each object, by ``Kind/name``."""
    return {
        f"{each['kind']}/{each['name']}": each.get("status", "")
        for each in app["status"].get("resources", ())
    }


def results(app: Manifest) -> dict[str, str]:
    """Return the message of each result of the last operation, by ``Kind/name``."""
    found = app["status"]["operationState"]["syncResult"].get("resources", ())
    return {f"{each['kind']}/{each['name']}": each.get("message", "") for each in found}


def config(name: str, **data: str) -> str:
    """Return the text of a ConfigMap."""
    return f"""
apiVersion: v1
kind: ConfigMap
metadata: {{name: {name}}}
data: {data!r}
---
"""


def job(name: str, hook: str = "", outcome: str = "", **annotations: str) -> str:
    """Return the text of a Job whose Pod plays ``outcome``; a hook where ``hook`` says so."""
    marks = {"argocd.argoproj.io/hook": hook} if hook else {}
    manifest = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "annotations": {**marks, **annotations}},
        "spec": {
            "backoffLimit": 0,
            "template": {
                "metadata": {"annotations": {"embedded.tenter.dev/outcome": outcome}},
                "spec": {
                    "restartPolicy": "Never",
                    "containers": [{"name": "main", "image": "busybox"}],
                },
            },
        },
    }
    return yaml.safe_dump(manifest) + "---\n"
