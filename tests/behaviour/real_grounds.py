"""A real control plane as the cluster that a test works on, with Tenter's node on it.

One control plane serves all tests of a run, one after the other: each leaves it as it was. What the
tests do has an ordinary user's rights, so that they can be taken away; what they arrange and look
at is an administrator's.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from conformance.io_build import binaries
from conformance.io_control_plane import JSON, ControlPlane
from conformance.io_history import History

from tenter.embedded.node import ANNOTATION, Node, Sandbox, ScriptedBehaviour
from tenter.embedded.node.io_kubelet import serve_kubelet
from tenter.environment import Environment
from tenter.errors import AlreadyExists, NotFound, TenterError, UnknownKind
from tenter.kube import Client, Request, Response, Stream, Transport
from tenter.kube.io_http import HttpTransport
from tenter.kube.io_kubeconfig import find_connection
from tenter.manifests import group_version
from tests.behaviour.grounds import Grounds
from tests.behaviour.manifests import Manifest

USER = "tester"
_RBAC = "rbac.authorization.k8s.io"
_OURS = "tenter-tests"
_VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
_HASTE = 20.0
_LEAVING = 20.0
"""Seconds for everything that a test made to be gone."""
_COLLECTED = 45.0
"""Seconds until what is deleted in the foreground is gone.

The garbage collector looks for new kinds every 30 s, and ends no such deletion of one before.
"""
_STAYING = frozenset({"Event", "EndpointSlice", "Endpoints", "IPAddress", "APIService"})
"""Kinds whose objects the control plane makes, and removes when it is time."""


@contextmanager
def running_control_plane(place: Path) -> Iterator[ControlPlane]:
    """Run the control plane that was built; fails where none was."""
    programs = binaries()
    if programs is None:
        pytest.fail("the control plane is not built: run `make controlplane`")
    with ControlPlane(programs, place, storage=JSON, users={USER: "a-tester"}) as running:
        (place / "tester.kubeconfig").write_text(running.kubeconfig_of(USER))
        yield running


@asynccontextmanager
async def real_grounds(plane: ControlPlane) -> AsyncIterator[Grounds]:
    """Give a test its cluster, and afterwards remove whatever is left of what happened on it."""
    environment = Environment(now=time.time, random=random.Random(1))
    async with AsyncExitStack() as outer:
        client = Client(_connected(outer, plane.kubeconfig, environment), environment)
        node = await outer.enter_async_context(
            Node(client, environment, behaviour=HastyBehaviour(environment))
        )
        await outer.enter_async_context(serve_kubelet(node, environment.now))
        async with AsyncExitStack() as stack:
            grounds = RealGrounds(plane, client, environment, stack)
            history = await outer.enter_async_context(History(plane.store_url, grounds.happened))
            grounds.history = history
            await grounds.grant_everything()
            yield grounds
        await grounds.clear()
    await _connections_closed()


async def _connections_closed() -> None:
    """Return once every connection is closed: over TLS that takes a round trip that none awaits.

    Asks the loop, which has no event for it; one that stays open a second shows as a warning.
    """
    transports = asyncio.get_running_loop()._transports  # type: ignore[attr-defined]
    with suppress(TimeoutError):
        async with asyncio.timeout(1):
            while any(each._sock is not None for each in transports.values()):  # noqa: ASYNC110
                await asyncio.sleep(0.002)


def _goes_by_itself(each: Manifest) -> bool:
    """Tell whether the garbage collector alone stands between an object and its end."""
    metadata = each["metadata"]
    return bool(metadata.get("deletionTimestamp")) and (
        metadata.get("finalizers") == ["foregroundDeletion"]
    )


def _connected(stack: AsyncExitStack, kubeconfig: Path, environment: Environment) -> Transport:
    transport = HttpTransport(find_connection(kubeconfig), environment)
    stack.push_async_callback(transport.aclose)
    return transport


class HastyBehaviour(ScriptedBehaviour):
    """Plays outcomes that take longer than a second in a twentieth of their time."""

    async def sandbox(self, pod: Manifest) -> Sandbox:  # type: ignore[override]
        metadata = pod["metadata"]
        annotations = metadata.get("annotations") or {}
        outcome = re.sub(
            r"after=(\d+\.?\d*)",
            lambda found: f"after={_hastened(float(found[1]))}",
            annotations.get(ANNOTATION) or "",
        )
        annotations = {**annotations, ANNOTATION: outcome}
        return await super().sandbox({**pod, "metadata": {**metadata, "annotations": annotations}})


def _hastened(seconds: float) -> float:
    return seconds / _HASTE if seconds > 1 else seconds


class RealGrounds(Grounds):
    """A control plane of this machine, in real time."""

    history: History

    def __init__(
        self,
        plane: ControlPlane,
        client: Client,
        environment: Environment,
        stack: AsyncExitStack,
    ) -> None:
        super().__init__(client, environment, stack)
        self._plane = plane
        self._denied: list[dict[str, Any]] = []
        self._rights_changed = False
        self._changing = asyncio.Lock()

    def transport(self) -> Transport:
        kubeconfig = self._plane.kubeconfig.with_name("tester.kubeconfig")
        return _Limited(_connected(self._stack, kubeconfig, self.environment), self)

    def happened(self, verb: str, before: Manifest | None, after: Manifest) -> None:
        """Hear of a change in the store."""
        if after["metadata"]["name"] != _OURS:
            self._changed(verb, before, after)
        self._news.set()

    async def caught_up(self) -> None:
        """Return once the story is complete, and what is deleted with its dependents is gone."""
        await self.history.caught_up()
        async with asyncio.timeout(_COLLECTED):
            while any(_goes_by_itself(each) for each in self._objects()):
                self._news.clear()
                await self._news.wait()

    async def elapse(self, seconds: float) -> None:
        await super().elapse(min(seconds, 1.0 + self.takes(seconds)))

    def takes(self, seconds: float) -> float:
        return _hastened(seconds)

    job_seconds = 2.0

    def _objects(self) -> Iterator[Manifest]:
        yield from tuple(self.history.live.values())

    # Rights

    def forbid(self, **what: Any) -> None:
        self._denied.append(what)
        self._rights_changed = True

    def allow_all(self) -> None:
        self._denied.clear()
        self._rights_changed = True

    def forget_watches(self) -> None:
        pytest.skip("a real API server forgets only what is minutes old")

    async def rights_in_force(self) -> None:
        """Return once what was forbidden last is forbidden."""
        async with self._changing:
            if self._rights_changed:
                self._rights_changed = False
                await self._write_role()

    async def grant_everything(self) -> None:
        """Let the tests' user do everything."""
        binding = {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": _OURS},
            "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": _OURS},
            "subjects": [{"apiGroup": _RBAC, "kind": "User", "name": USER}],
        }
        with suppress(AlreadyExists):
            await self.create(binding)
        await self._write_role()

    async def _write_role(self) -> None:
        role = {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": _OURS},
            "rules": await self._rules(),
        }
        await self.client.apply(await self.client.resource(_RBAC, "ClusterRole"), role)
        # The authorizer follows roles by a watch, and tells nobody how far it is.
        for denied in self._denied or ({"verb": "get", "resource": "configmaps"},):
            while await self._may(denied) is bool(self._denied):  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def _rules(self) -> list[Manifest]:
        """Return rules for everything but what is denied; RBAC itself can only allow."""
        if not self._denied:
            return [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
        denied = {(each["resource"], each["verb"]) for each in self._denied}
        await self.client.discovery.refresh()
        rules = []
        for resource in self.client.discovery.all():
            verbs = [verb for verb in _VERBS if (resource.plural, verb) not in denied]
            if resource.group == _RBAC:
                verbs += ["escalate", "bind"]
            rules.append(
                {
                    "apiGroups": [resource.group],
                    "resources": [resource.plural, f"{resource.plural}/status"],
                    "verbs": verbs,
                }
            )
        return rules

    async def _may(self, what: dict[str, Any]) -> bool:
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {
                "user": USER,
                "resourceAttributes": {
                    "verb": what["verb"],
                    "resource": what["resource"],
                    "group": what.get("group", ""),
                    "namespace": "default",
                },
            },
        }
        answer = await self.client.create(await self.client.resource_of(review), review)
        allowed: bool = answer["status"]["allowed"]
        return allowed

    # Leaving no trace

    async def clear(self) -> None:
        """Remove what was made since the test began, and wait until it is gone."""
        self._denied.clear()
        await self.client.discovery.refresh()
        removed: set[str] = set()
        try:
            async with asyncio.timeout(_LEAVING):
                await self.history.caught_up()
                while remaining := self._removable():
                    self._news.clear()
                    new = {uid: each for uid, each in remaining.items() if uid not in removed}
                    if (
                        new.keys() < remaining.keys()
                        or len({*map(_is_definition, new.values())}) > 1
                    ):
                        # A kind goes last: while it goes, none of its objects can be asked for.
                        new = {uid: each for uid, each in new.items() if not _is_definition(each)}
                    removed.update(new)
                    await asyncio.gather(*(self._remove(each) for each in new.values()))
                    if not new:
                        await self._news.wait()
                    await self.history.caught_up()
        except TimeoutError:
            names = [f"{each['kind']}/{each['metadata']['name']}" for each in remaining.values()]
            pytest.fail(f"what the test made does not go: {', '.join(names)}")

    def _removable(self) -> dict[str, Manifest]:
        return {
            each["metadata"]["uid"]: each
            for each in self._objects()
            if each["kind"] not in _STAYING
            and each["metadata"]["name"] != _OURS
            and each["metadata"].get("namespace") not in {"kube-system", "kube-node-lease"}
            and (each["kind"], each["metadata"]["name"]) != ("ConfigMap", "kube-root-ca.crt")
            and (each["kind"], each["metadata"]["name"]) != ("ServiceAccount", "default")
        }

    async def _remove(self, each: Manifest) -> None:
        metadata = each["metadata"]
        namespace, name = metadata.get("namespace", ""), metadata["name"]
        with suppress(NotFound, UnknownKind):
            # The version that is stored need not be one that is served.
            group, _ = group_version(each)
            resource = await self.client.resource(group, each["kind"])
            if metadata.get("finalizers") and each["kind"] != "CustomResourceDefinition":
                freed = {"metadata": {"finalizers": None, "uid": metadata["uid"]}}
                with suppress(TenterError):
                    await self.client.patch(resource, namespace, name, freed)
            await self.client.delete(
                resource, namespace, name, propagation="Background", grace_period_seconds=0
            )


def _is_definition(each: Manifest) -> bool:
    return bool(each["kind"] == "CustomResourceDefinition")


class _Limited:
    """A connection on which what was just forbidden is forbidden, however soon it is tried."""

    def __init__(self, transport: Transport, grounds: RealGrounds) -> None:
        self._transport = transport
        self._grounds = grounds

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        await self._grounds.rights_in_force()
        return await self._transport.send(request, timeout=timeout)

    @asynccontextmanager
    async def stream(self, request: Request, *, timeout: float) -> AsyncIterator[Stream]:  # noqa: ASYNC109
        await self._grounds.rights_in_force()
        async with self._transport.stream(request, timeout=timeout) as stream:
            yield stream

    async def aclose(self) -> None:
        await self._transport.aclose()
