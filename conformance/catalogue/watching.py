"""Watches, versions that are forgotten, and lists that go on after that."""

from __future__ import annotations

from conformance.catalogue.objects import config_map
from conformance.catalogue.steps import CORE, MAPS, delete, get, patch, post, script, watch
from conformance.scripts import Step

_FIRST = {"resourceVersion": "$0.metadata.resourceVersion"}
_LIMITS = f"{CORE}/limitranges"
"""The control plane keeps none of these in a cache, which would remember longer than its store."""
_METADATA = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"

COMPACT = Step(method="COMPACT", path="")


def _limit(name: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "LimitRange",
        "metadata": {"name": name},
        "spec": {"limits": [{"type": "Pod", "max": {"cpu": "1"}}]},
    }


WATCHING = (
    script(
        "watches of objects that end",
        post(MAPS, config_map("a", finalizers=["example.com/stay"])),
        post(MAPS, config_map("b")),
        delete(f"{MAPS}/a"),
        patch(f"{MAPS}/a", {"metadata": {"labels": {"still": "here"}}}),
        patch(f"{MAPS}/a", {"metadata": {"finalizers": None}}),
        delete(f"{MAPS}/b"),
        watch(MAPS, 5, **_FIRST),
        watch(MAPS, 2, **_FIRST, fieldSelector="metadata.name=b"),
    ),
    script(
        "watches that enter and leave a selection",
        post(MAPS, config_map("a")),
        patch(f"{MAPS}/a", {"metadata": {"labels": {"in": "yes"}}}),
        patch(f"{MAPS}/a", {"data": {"x": "1"}}),
        patch(f"{MAPS}/a", {"metadata": {"labels": {"in": "no"}}}),
        patch(f"{MAPS}/a", {"data": {"x": "2"}}),
        patch(f"{MAPS}/a", {"metadata": {"labels": {"in": "yes"}}}),
        delete(f"{MAPS}/a"),
        watch(MAPS, 5, **_FIRST, labelSelector="in=yes"),
        watch(MAPS, 4, **_FIRST, labelSelector="in!=yes"),
    ),
    script(
        "watches of what there is",
        post(MAPS, config_map("a", labels={"of": "now"})),
        post(MAPS, config_map("b", labels={"of": "now"})),
        watch(MAPS, 2, labelSelector="of=now"),
        watch(MAPS, 2, resourceVersion="0", labelSelector="of=now"),
        watch(
            MAPS,
            3,
            sendInitialEvents="true",
            resourceVersionMatch="NotOlderThan",
            allowWatchBookmarks="true",
            labelSelector="of=now",
        ),
        get(MAPS, watch="true", sendInitialEvents="true", timeoutSeconds="1"),
        get(MAPS, watch="true", resourceVersionMatch="NotOlderThan", timeoutSeconds="1"),
        get(MAPS, watch="true", resourceVersionMatch="Exact", timeoutSeconds="1"),
        get(MAPS, sendInitialEvents="true"),
        get(MAPS, resourceVersionMatch="Sometimes", resourceVersion="1"),
        get(MAPS, resourceVersionMatch="Exact", resourceVersion="0"),
        get(MAPS, watch="true", labelSelector="!!", timeoutSeconds="1"),
    ),
    script(
        "watches in other forms",
        post(MAPS, config_map("a")),
        patch(f"{MAPS}/a", {"data": {"x": "1"}}),
        delete(f"{MAPS}/a"),
        Step(
            method="GET",
            path=MAPS,
            query={"watch": "true", **_FIRST, "timeoutSeconds": "1"},
            accept=_METADATA,
            until="#2",
        ),
    ),
    script(
        "lists in other forms",
        post(MAPS, config_map("a", labels={"of": "forms"})),
        Step(method="GET", path=f"{MAPS}/a", accept=_METADATA),
        Step(
            method="GET",
            path=MAPS,
            query={"labelSelector": "of=forms"},
            accept=_METADATA.replace("Metadata;", "MetadataList;"),
        ),
        Step(method="GET", path=f"{MAPS}/a", accept="application/nonsense"),
        Step(method="GET", path=f"{MAPS}/a", accept="application/json;as=Poem;v=v1;g=meta.k8s.io"),
    ),
    script(
        "versions that are forgotten",
        *(post(_LIMITS, _limit(name)) for name in "abc"),
        get(_LIMITS, limit="1"),
        get(_LIMITS, **_FIRST, resourceVersionMatch="Exact"),
        delete(f"{_LIMITS}/b"),
        get(_LIMITS, **_FIRST, resourceVersionMatch="Exact"),
        get(_LIMITS, limit="1", **{"continue": "$3.metadata.continue"}),
        COMPACT,
        get(_LIMITS, limit="1", **{"continue": "$3.metadata.continue"}),
        get(_LIMITS, **{"continue": "$9.metadata.continue"}),
        get(_LIMITS, **_FIRST, resourceVersionMatch="Exact"),
        get(_LIMITS, **_FIRST, resourceVersionMatch="NotOlderThan"),
        watch(_LIMITS, 1, **_FIRST),
    ),
)
