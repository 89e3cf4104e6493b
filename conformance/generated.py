"""Random scripts: one object, written by turns by several managers in all the ways there are.

The objects are small and of kinds that nobody else writes to, so that what is tried is the merging
and the ownership of fields and not a kind's own rules.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from conformance.catalogue import delete, get, patch, post, put
from conformance.scripts import APPLY, JSON_PATCH, MERGE, Script, Step

_PATH = "/api/v1/namespaces/{ns}/"
_MANAGERS = st.sampled_from(["one", "two", "three"])
_VALUES = st.sampled_from(["red", "blue", "green"])
_NAMES = st.sampled_from(["a", "b", "c"])
# Not empty: the real server drops an empty map and yet counts its owners, which is not imitated.
_SOME = st.dictionaries(_NAMES, _VALUES, min_size=1, max_size=3)
_CHANGES = st.dictionaries(_NAMES, st.none() | _VALUES, min_size=1, max_size=2)


@st.composite
def _objects(draw: st.DrawFn) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": "thing"}
    for field in ("labels", "annotations"):
        if draw(st.booleans()):
            metadata[field] = draw(_SOME)
    made: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
    if draw(st.booleans()):
        made["data"] = draw(_SOME)
    return made


@st.composite
def _merges(draw: st.DrawFn) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if draw(st.booleans()):
        changes["data"] = draw(st.none() | _CHANGES)
    if draw(st.booleans()):
        changes["metadata"] = {"labels": draw(st.none() | _CHANGES)}
    return changes


@st.composite
def _json_patches(draw: st.DrawFn) -> list[dict[str, Any]]:
    operations = []
    for _ in range(draw(st.integers(1, 2))):
        kind = draw(st.sampled_from(["add", "replace", "remove", "test"]))
        operation: dict[str, Any] = {"op": kind, "path": f"/data/{draw(_NAMES)}"}
        if kind != "remove":
            operation["value"] = draw(_VALUES)
        operations.append(operation)
    return operations


@st.composite
def _steps(draw: st.DrawFn) -> Step:
    place = f"{_PATH}configmaps/thing"
    manager = draw(_MANAGERS)
    options = {"fieldManager": manager}
    if draw(st.integers(0, 7)) == 0:
        options["dryRun"] = "All"
    match draw(st.integers(0, 9)):
        case 0:
            return post(f"{_PATH}configmaps", draw(_objects()), **options)
        case 1:
            return put(place, draw(_objects()), **options)
        case 2 | 3:
            return patch(place, draw(_merges()), MERGE, **options)
        case 4:
            return patch(place, draw(_json_patches()), JSON_PATCH, **options)
        case 5:
            return delete(place)
        case 6:
            return get(place)
        case _:
            forced = {"force": "true"} if draw(st.booleans()) else {}
            return patch(place, draw(_objects()), APPLY, **options, **forced)


def scripts(length: int) -> st.SearchStrategy[Script]:
    """Return a strategy of scripts of at most ``length`` requests."""
    return st.lists(_steps(), min_size=2, max_size=length).map(
        lambda steps: Script(name="generated", steps=tuple(steps))
    )
