"""A client of one cluster: reads, writes, watches, logs.

It adds to a transport what every caller would have to do otherwise: bounded concurrency, time
limits, retries of what may be repeated, and answers read into objects or the right error. It keeps
no copy of anything but discovery; the local copy is ``informers``'.

What a repeated write may raise although its first try, whose answer was lost, worked: create
AlreadyExists, delete NotFound, a PUT with a resourceVersion Conflict, a JSON patch Invalid. Read
the object to know.
"""

from __future__ import annotations

import codecs
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Unpack

from tenter import errors
from tenter.environment import Environment
from tenter.kube import answers, building
from tenter.kube.answers import Access, ApplyAnswer, ObjectList
from tenter.kube.building import PatchType, WriteKeywords, WriteOptions
from tenter.kube.discovery import Discovery
from tenter.kube.requests import Request, Response, Transport
from tenter.kube.resources import Resource
from tenter.kube.sending import Sender
from tenter.kube.watching import WatchEvent, read_watch
from tenter.manifests import Manifest, group_version

_PAGE = 500


class Client:
    """The calls of one cluster's API. Use one a cluster, for all tasks at once.

    Namespaces are empty for cluster-scoped kinds and, in ``list`` and ``watch``, for all
    namespaces. ``timeout`` bounds each try of a request, ``tries`` how often it is sent,
    ``concurrency`` how many run at once (watches and followed logs do not count).

    Every call raises ClusterUnreachable (ClusterTimeout), CredentialError, and the subclass of
    ApiError that fits the server's refusal; what is said of errors below is what else to expect.
    """

    def __init__(
        self,
        transport: Transport,
        environment: Environment,
        *,
        timeout: float = 30.0,
        tries: int = 5,
        concurrency: int = 32,
    ) -> None:
        self._sender = Sender(
            transport, environment, timeout=timeout, tries=tries, concurrency=concurrency
        )
        self.discovery = Discovery(self.send)

    async def resource(self, group: str, kind: str, version: str | None = None) -> Resource:
        """Return how the cluster serves a kind; in the preferred version where none is given.

        Discovery is read on the first call only: after a new CRD, await ``discovery.refresh()``.
        Raises UnknownKind.
        """
        await self.discovery.load()
        return self.discovery.find(group, kind, version)

    async def resource_of(self, manifest: Manifest) -> Resource:
        """Return how the cluster serves the kind and version of ``manifest``.

        Raises UnknownKind.
        """
        group, version = group_version(manifest)
        return await self.resource(group, manifest.get("kind", ""), version)

    async def version(self) -> dict[str, Any]:
        """Return what the server says of itself at ``/version``; a cheap call to see it is up."""
        return await self._call(Request(method="GET", path="/version"))

    async def get(
        self, resource: Resource, namespace: str, name: str, *, subresource: str = ""
    ) -> Manifest:
        """Read one object, as it is now. Raises NotFound."""
        return await self._call(building.get(resource, namespace, name, subresource=subresource))

    async def list(
        self,
        resource: Resource,
        namespace: str = "",
        *,
        name: str = "",
        label_selector: str = "",
        field_selector: str = "",
        page_size: int = _PAGE,
        metadata_only: bool = False,
    ) -> ObjectList:
        """Read a whole collection in pages, consistently: all of it as of one moment.

        ``name`` narrows it to one object, for credentials that may list no more. With
        ``metadata_only`` items may lack all but their metadata, and tell no kind. The list starts
        over without pages when the server forgot the moment between two of them.
        """
        items: list[Manifest] = []
        token = ""
        while True:
            request = building.list_page(
                resource,
                namespace,
                name=name,
                label_selector=label_selector,
                field_selector=field_selector,
                limit=page_size,
                token=token,
                metadata_only=metadata_only,
            )
            try:
                page = answers.read_page(request, await self.send(request), resource)
            except errors.Expired:
                if not token:
                    raise
                items, token, page_size = [], "", 0
                continue
            items += page.items
            token = page.token
            if not token:
                return ObjectList(items, page.resource_version)

    async def create(
        self,
        resource: Resource,
        manifest: Manifest,
        *,
        namespace: str | None = None,
        **options: Unpack[WriteKeywords],
    ) -> Manifest:
        """POST an object and return it as stored; ``namespace`` None means the manifest's own.

        Raises AlreadyExists, also when an earlier try of this very call created it and its answer
        was lost: read the object to tell whose it is.
        """
        metadata = manifest.get("metadata") or {}
        written = WriteOptions(**options)
        request = building.create(resource, _place(manifest, namespace), manifest, written)
        return await self._call(request, repeatable=written.dry_run or bool(metadata.get("name")))

    async def replace(
        self,
        resource: Resource,
        manifest: Manifest,
        *,
        namespace: str | None = None,
        subresource: str = "",
        **options: Unpack[WriteKeywords],
    ) -> Manifest:
        """PUT an object (or its ``status`` or ``scale``) and return it as stored.

        Raises Conflict where ``metadata.resourceVersion`` is given and no longer the live one;
        that one's content may be this call's own, written by a try whose answer was lost.
        """
        request = building.replace(
            resource,
            _place(manifest, namespace),
            _name(manifest),
            manifest,
            WriteOptions(**options),
            subresource=subresource,
        )
        return await self._call(request)

    async def patch(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        body: Any,
        *,
        patch_type: PatchType = PatchType.MERGE,
        subresource: str = "",
        **options: Unpack[WriteKeywords],
    ) -> Manifest:
        """Patch an object and return it as stored. ``body`` is a list for JSON patches.

        Raises NotFound; Invalid where a ``test`` of a JSON patch does not hold.
        """
        written = WriteOptions(**options)
        request = building.patch(
            resource,
            namespace,
            name,
            body,
            written,
            patch_type=patch_type,
            subresource=subresource,
        )
        guarded = patch_type is not PatchType.JSON or bool(body and body[0].get("op") == "test")
        return await self._call(request, repeatable=written.dry_run or guarded)

    async def apply(
        self,
        resource: Resource,
        manifest: Manifest,
        *,
        namespace: str | None = None,
        force: bool = True,
        subresource: str = "",
        **options: Unpack[WriteKeywords],
    ) -> ApplyAnswer:
        """Apply an object server-side; ``force`` takes fields over from other managers.

        Raises Conflict without ``force``, or where ``metadata.uid`` is given and not the live
        one; Invalid where the object breaks its schema.
        """
        request = building.apply(
            resource,
            _place(manifest, namespace),
            _name(manifest),
            manifest,
            WriteOptions(**options),
            force=force,
            subresource=subresource,
        )
        response = await self.send(request)
        return ApplyAnswer(answers.read_object(request, response), response.status == 201)

    async def delete(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        *,
        uid: str = "",
        resource_version: str = "",
        propagation: str = "",
        grace_period_seconds: int | None = None,
        dry_run: bool = False,
    ) -> Manifest:
        """Ask for an object's deletion, of exactly this ``uid`` and version where given.

        ``propagation`` is ``Foreground``, ``Background`` or ``Orphan``; empty leaves it to the
        kind. Returns the object while finalizers or its grace period keep it, otherwise a Status.
        Raises NotFound; Conflict where another uid or version is live.
        """
        request = building.delete(
            resource,
            namespace,
            name,
            uid=uid,
            resource_version=resource_version,
            propagation=propagation,
            grace_period_seconds=grace_period_seconds,
            dry_run=dry_run,
        )
        return await self._call(request)

    async def watch(
        self,
        resource: Resource,
        namespace: str = "",
        *,
        name: str = "",
        resource_version: str = "",
        label_selector: str = "",
        field_selector: str = "",
        timeout_seconds: int = 300,
    ) -> AsyncGenerator[WatchEvent, None]:
        """Follow a collection from a version on, bookmarks included, until the server ends it.

        Who leaves the loop early closes it: ``async with aclosing(client.watch(...)) as events``.
        Raises Expired when the version is too old: list again. Nothing is retried here, since
        only the caller knows from which version to go on.
        """
        request = building.watch(
            resource,
            namespace,
            name=name,
            resource_version=resource_version,
            label_selector=label_selector,
            field_selector=field_selector,
            timeout_seconds=timeout_seconds,
        )
        async with (
            self._sender.stream(request) as chunks,
            aclosing(read_watch(request, chunks, timeout_seconds)) as events,
        ):
            async for event in events:
                yield event

    async def logs(
        self,
        namespace: str,
        pod: str,
        *,
        container: str = "",
        previous: bool = False,
        timestamps: bool = False,
        tail_lines: int | None = None,
        since_seconds: int | None = None,
        limit_bytes: int | None = None,
    ) -> str:
        """Return what a Pod's container has printed so far; bytes that are not UTF-8 become �.

        Raises BadRequest where the container has not started yet, NotFound.
        """
        request = building.logs(
            namespace,
            pod,
            container=container,
            previous=previous,
            timestamps=timestamps,
            tail_lines=tail_lines,
            since_seconds=since_seconds,
            limit_bytes=limit_bytes,
        )
        response = await self.send(request)
        if response.status != 200:
            raise answers.error_of(request, response.status, response.body, response.headers)
        return response.body.decode(errors="replace")

    async def follow_logs(
        self,
        namespace: str,
        pod: str,
        *,
        container: str = "",
        timestamps: bool = False,
        tail_lines: int | None = None,
        since_seconds: int | None = None,
    ) -> AsyncGenerator[str, None]:
        """Yield the lines of a container as they are printed, until it ends.

        Close it as ``watch``. Raises as ``logs``, and ClusterUnreachable when the stream breaks.
        """
        request = building.logs(
            namespace,
            pod,
            container=container,
            follow=True,
            timestamps=timestamps,
            tail_lines=tail_lines,
            since_seconds=since_seconds,
        )
        async with self._sender.stream(request) as chunks:
            decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
            partial = ""
            async for chunk in chunks:
                *lines, partial = (partial + decoder.decode(chunk)).split("\n")
                for line in lines:
                    yield line.removesuffix("\r")
            partial += decoder.decode(b"", final=True)
            if partial:
                yield partial

    async def access_review(
        self,
        verb: str,
        resource: Resource,
        namespace: str = "",
        *,
        name: str = "",
        subresource: str = "",
    ) -> Access:
        """Ask the server whether these credentials may do ``verb`` (``create``, ``patch`` ...)."""
        request = building.access_review(
            verb,
            group=resource.group,
            plural=resource.plural,
            namespace=namespace if resource.namespaced else "",
            name=name,
            subresource=subresource,
        )
        status = (await self._call(request)).get("status") or {}
        return Access(bool(status.get("allowed")), status.get("reason") or "")

    async def send(self, request: Request, *, repeatable: bool = True) -> Response:
        """Send any request, with the client's limits and retries; the answer may be an error.

        ``repeatable`` says whether doing it twice is as good as once.
        """
        return await self._sender.send(request, repeatable=repeatable)

    async def aclose(self) -> None:
        """Close the transport."""
        await self._sender.aclose()

    async def _call(self, request: Request, *, repeatable: bool = True) -> Manifest:
        return answers.read_object(request, await self.send(request, repeatable=repeatable))


def _place(manifest: Manifest, namespace: str | None) -> str:
    if namespace is not None:
        return namespace
    own: str = (manifest.get("metadata") or {}).get("namespace") or ""
    return own


def _name(manifest: Manifest) -> str:
    name: str = (manifest.get("metadata") or {}).get("name") or ""
    if not name:
        kind = manifest.get("kind", "object")
        raise errors.ManifestError(f"a {kind} without metadata.name can only be created")
    return name
