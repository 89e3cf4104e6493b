"""What can be done to a Pod beside writing it: read its log, bind it to a node."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, suppress
from typing import Any

from tenter.embedded.logs import LogSource
from tenter.embedded.objects import Objects
from tenter.embedded.options import WriteOptions
from tenter.embedded.routing import Place
from tenter.embedded.statuses import bad_request, conflict, not_found
from tenter.embedded.store import Store, Stored
from tenter.embedded.timestamps import parse_time
from tenter.kube.requests import Response, Stream
from tenter.manifests.keys import Manifest

_TRUE = ("true", "1")


async def read_log(
    stored: Stored, query: Mapping[str, str], source: LogSource | None, now: float
) -> Response | Stream:
    """Return the log of one of a Pod's containers, as a stream where it is to be followed.

    ``now`` is in Unix seconds. Raises ``Refusal`` (400) where there is no log.
    """
    pod = stored.object
    metadata = pod["metadata"]
    container = _container(pod, query.get("container", ""))
    previous = query.get("previous", "") in _TRUE
    if source is None:
        raise bad_request(
            f'container "{container}" in pod "{metadata["name"]}" has no logs: no node runs Pods '
            "on this cluster"
        )
    _check_started(pod, container)
    follow = query.get("follow", "") in _TRUE
    chunks = _limited(
        source(
            metadata["namespace"],
            metadata["name"],
            container,
            tail_lines=_number(query, "tailLines"),
            follow=follow,
            previous=previous,
            timestamps=query.get("timestamps", "") in _TRUE,
            since=_since(query, now),
        ),
        _number(query, "limitBytes"),
    )
    headers = {"content-type": "text/plain"}
    if follow:
        return Stream(status=200, headers=headers, chunks=_known(chunks))
    try:
        body = b"".join([chunk async for chunk in chunks])
    except LookupError as error:
        raise bad_request(str(error.args[0] if error.args else error)) from error
    return Response(status=200, headers=headers, body=body)


def check_container(pod: Manifest, query: Mapping[str, str]) -> None:
    """Refuse (400) to read the log of a container that the Pod has not."""
    _container(pod, query.get("container", ""))


def has_node(pod: Manifest, store: Store) -> bool:
    """Tell whether a Pod was given a node; raises ``Refusal`` (404) for one that does not exist."""
    node = pod.get("spec", {}).get("nodeName")
    if node and store.get("nodes", "", node) is None:
        raise not_found(node, "", "pods")
    return bool(node)


def _number(query: Mapping[str, str], parameter: str) -> int | None:
    text = query.get(parameter, "")
    if text and not text.isdigit():
        raise bad_request(f"{parameter} must be a number, not {text!r}")
    return int(text) if text else None


def _since(query: Mapping[str, str], now: float) -> float | None:
    seconds = _number(query, "sinceSeconds")
    return parse_time(query.get("sinceTime")) if seconds is None else now - seconds


def _container(pod: Manifest, name: str) -> str:
    spec = pod.get("spec", {})
    names = [container["name"] for container in spec.get("containers") or ()]
    first = [container["name"] for container in spec.get("initContainers") or ()]
    pod_name = pod["metadata"]["name"]
    if name:
        if name not in (*names, *first):
            raise bad_request(f"container {name} is not valid for pod {pod_name}")
        return name
    if len(names) != 1:
        choices = f"choose one of: [{' '.join(names)}]"
        if first:
            choices += f" or one of the init containers: [{' '.join(first)}]"
        raise bad_request(f"a container name must be specified for pod {pod_name}, {choices}")
    return str(names[0])


def _check_started(pod: Manifest, container: str) -> None:
    """Refuse the log of a container that never ran, with the reason it waits for."""
    status = pod.get("status", {})
    for state in (
        *(status.get("containerStatuses") or ()),
        *(status.get("initContainerStatuses") or ()),
    ):
        waiting = (state.get("state") or {}).get("waiting")
        if state.get("name") == container and waiting and not state.get("lastState"):
            raise bad_request(
                f'container "{container}" in pod "{pod["metadata"]["name"]}" is waiting to start: '
                f"{waiting.get('reason', '')}"
            )


async def _limited(chunks: AsyncIterator[bytes], limit: int | None) -> AsyncGenerator[bytes]:
    left = limit
    async with aclosing(_closable(chunks)) as source:
        async for chunk in source:
            if left is None:
                yield chunk
                continue
            yield chunk[:left]
            left -= len(chunk)
            if left <= 0:
                return


async def _known(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    """End a followed log where the node has none, as after its restart: the answer has begun."""
    with suppress(LookupError):
        async for chunk in chunks:
            yield chunk


async def _closable(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    try:
        async for chunk in chunks:
            yield chunk
    finally:
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()


def bind(objects: Objects, place: Place, binding: Any, options: WriteOptions) -> None:
    """Give a Pod its node; raises ``Refusal`` (409) where it has one already."""
    target = binding.get("target") if isinstance(binding, dict) else None
    node = (target or {}).get("name")
    if not node or not re.fullmatch(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?", node):
        raise bad_request(f"a binding needs target.name, the name of a node, not {node!r}")
    pod = objects.get(place).object
    had = pod.get("spec", {}).get("nodeName")
    if had:
        raise conflict(
            place.name, "", "pods/binding", f'pod {place.name} is already assigned to node "{had}"'
        )
    conditions = [
        condition
        for condition in pod.get("status", {}).get("conditions") or ()
        if condition.get("type") != "PodScheduled"
    ]
    scheduled = {
        "type": "PodScheduled",
        "status": "True",
        "lastProbeTime": None,
        "lastTransitionTime": options.now,
    }
    fresh = {
        **pod,
        "spec": {**pod["spec"], "nodeName": node},
        "status": {**pod.get("status", {}), "conditions": [*conditions, scheduled]},
    }
    # The one change of a Pod's spec that its validation forbids to everyone else.
    if not options.dry_run:
        objects.store.update(place.resource.name, fresh)
