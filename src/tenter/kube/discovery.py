"""Which kinds the cluster serves, and under which paths.

Asks for aggregated discovery, two requests whatever the number of groups, and falls back to one
request a group version for servers without it. Nothing is read again by itself: a caller that has
created a CRD calls ``refresh``, so that a missing kind costs nothing and tests are repeatable.
"""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, TypeAlias, TypeVar

import msgspec

from tenter.errors import NotFound, ServerFault, UnknownKind
from tenter.kube.answers import read_object
from tenter.kube.requests import JSON, Request, Response
from tenter.kube.resources import Resource
from tenter.manifests import GroupKind

_T = TypeVar("_T")
Send: TypeAlias = Callable[[Request], Awaitable[Response]]

_AGGREGATED = ",".join(
    (
        *(
            f"{JSON};g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"
            for version in ("v2", "v2beta1")
        ),
        JSON,
    )
)


class _Served(msgspec.Struct, frozen=True):
    """What was read: kinds in each group's order of preference, and what could not be read."""

    kinds: dict[GroupKind, list[Resource]]
    unread: tuple[str, ...] = ()


class Discovery:
    """The kinds of one cluster, read once by ``load`` and again by ``refresh``."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._served: _Served | None = None
        self._reading = asyncio.Lock()

    async def load(self) -> None:
        """Read the cluster's kinds, unless that was done already."""
        if self._served is None:
            async with self._reading:
                if self._served is None:
                    self._served = await self._read()

    async def refresh(self) -> None:
        """Read the cluster's kinds again, after a CRD or an API service changed."""
        async with self._reading:
            self._served = await self._read()

    def find(self, group: str, kind: str, version: str | None = None) -> Resource:
        """Return the resource of ``kind``; in the preferred version where ``version`` is None.

        Raises UnknownKind, naming what comes near. ``load`` must have been awaited before.
        """
        served = self._loaded()
        resources = served.kinds.get(GroupKind(group, kind), [])
        for resource in resources:
            if version is None or resource.version == version:
                return resource
        raise UnknownKind(_not_served(served, group, kind, version))

    def all(self) -> tuple[Resource, ...]:
        """Return each kind once, in its preferred version."""
        return tuple(resources[0] for resources in self._loaded().kinds.values())

    def versions(self, group: str, kind: str) -> tuple[str, ...]:
        """Return the versions in which ``kind`` is served, preferred first; empty if none."""
        return tuple(r.version for r in self._loaded().kinds.get(GroupKind(group, kind), []))

    @property
    def unread(self) -> tuple[str, ...]:
        """The group versions whose kinds could not be read: an API service is down, say."""
        return self._loaded().unread

    def _loaded(self) -> _Served:
        if self._served is None:
            raise RuntimeError("Discovery.load() must be awaited before kinds are looked up")
        return self._served

    async def _read(self) -> _Served:
        resources: list[Resource] = []
        unread: list[str] = []
        roots = [self._read_root("/api"), self._read_root("/apis")]
        for found, missing in await _together(roots):
            resources += found
            unread += missing
        kinds: dict[GroupKind, list[Resource]] = {}
        for resource in resources:
            kinds.setdefault(resource.group_kind, []).append(resource)
        return _Served(kinds, tuple(unread))

    async def _read_root(self, path: str) -> tuple[list[Resource], list[str]]:
        request = Request(method="GET", path=path, accept=_AGGREGATED)
        try:
            answer = read_object(request, await self._send(request))
        except NotFound:
            return [], []  # a server with core kinds only, or with none
        if answer.get("kind") == "APIGroupDiscoveryList":
            return _read_aggregated(answer)
        return await self._read_classic(answer)

    async def _read_classic(self, root: dict[str, Any]) -> tuple[list[Resource], list[str]]:
        group_versions = list(_group_versions(root))
        reads = await _together(
            [self._read_group_version(group, version) for group, version in group_versions]
        )
        resources: list[Resource] = []
        unread: list[str] = []
        for (group, version), found in zip(group_versions, reads, strict=True):
            if found is None:
                unread.append(f"{group}/{version}" if group else version)
            else:
                resources += found
        return resources, unread

    async def _read_group_version(self, group: str, version: str) -> list[Resource] | None:
        path = f"/apis/{group}/{version}" if group else f"/api/{version}"
        request = Request(method="GET", path=path)
        try:
            answer = read_object(request, await self._send(request))
        except (NotFound, ServerFault):
            return None  # an aggregated API service that is down must not hide all other kinds
        return list(_read_resource_list(answer, group, version))


async def _together(calls: list[Coroutine[None, None, _T]]) -> list[_T]:
    """Run ``calls`` at once; the first error ends the others and is raised by itself."""
    try:
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(call) for call in calls]
    except ExceptionGroup as group:
        first = group.exceptions[0]
        raise first from first.__cause__
    return [task.result() for task in running]


def _read_aggregated(answer: dict[str, Any]) -> tuple[list[Resource], list[str]]:
    resources: list[Resource] = []
    unread: list[str] = []
    for entry in answer.get("items") or []:
        group = (entry.get("metadata") or {}).get("name") or ""
        for served in entry.get("versions") or []:
            version = served["version"]
            if served.get("freshness") == "Stale":
                unread.append(f"{group}/{version}" if group else version)
            for found in served.get("resources") or []:
                kind = found.get("responseKind") or {}
                if not kind.get("kind"):
                    continue  # only its subresources are served
                resources.append(
                    Resource(
                        group=group,
                        version=version,
                        kind=kind["kind"],
                        plural=found["resource"],
                        namespaced=found.get("scope") == "Namespaced",
                        verbs=tuple(found.get("verbs") or ()),
                        subresources=tuple(
                            sub["subresource"] for sub in found.get("subresources") or ()
                        ),
                    )
                )
    return resources, unread


def _group_versions(root: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for version in root.get("versions") or []:  # APIVersions, the core group's
        yield "", version
    for group in root.get("groups") or []:
        versions = [entry["version"] for entry in group.get("versions") or []]
        preferred = (group.get("preferredVersion") or {}).get("version")
        versions.sort(key=lambda version, first=preferred: version != first)  # type: ignore[misc]
        for version in versions:
            yield group["name"], version


def _read_resource_list(answer: dict[str, Any], group: str, version: str) -> Iterator[Resource]:
    entries = answer.get("resources") or []
    subresources: dict[str, list[str]] = {}
    for entry in entries:
        plural, slash, subresource = entry["name"].partition("/")
        if slash:
            subresources.setdefault(plural, []).append(subresource)
    for entry in entries:
        if "/" not in entry["name"]:
            yield Resource(
                group=entry.get("group") or group,
                version=entry.get("version") or version,
                kind=entry["kind"],
                plural=entry["name"],
                namespaced=bool(entry.get("namespaced")),
                verbs=tuple(entry.get("verbs") or ()),
                subresources=tuple(subresources.get(entry["name"], ())),
            )


def _not_served(served: _Served, group: str, kind: str, version: str | None) -> str:
    asked = "/".join(part for part in (group, version, kind) if part)
    versions = [resource.version for resource in served.kinds.get(GroupKind(group, kind), [])]
    message = f"the cluster does not serve {asked}"
    if versions:
        return f"{message}: it serves {kind} as {_listed(group, versions)}; change apiVersion"
    elsewhere = [str(known) for known in served.kinds if known.kind == kind]
    unread = [name for name in served.unread if name.partition("/")[0] == group]
    if unread:
        return f"{message}, but {', '.join(unread)} could not be read: is its API service up?"
    if elsewhere:
        return f"{message}: it serves {', '.join(elsewhere)}; change apiVersion"
    kinds = [str(known) for known in served.kinds]
    near = difflib.get_close_matches(str(GroupKind(group, kind)), kinds, n=1)
    if near:
        return (
            f"{message}; did you mean {near[0]}? Otherwise its CustomResourceDefinition is missing"
        )
    return f"{message}: install its CustomResourceDefinition, or correct apiVersion and kind"


def _listed(group: str, versions: list[str]) -> str:
    return ", ".join(f"{group}/{version}" if group else version for version in versions)
