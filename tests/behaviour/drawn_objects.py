"""Objects of the covered kinds, drawn at random, and what somebody else then does to them."""

from __future__ import annotations

from typing import Any

import msgspec
from conformance.covered_objects import merge_of, object_of
from conformance.io_coverage import CoveredKind
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tenter.diff import plain_secret
from tenter.runner.sharing import TRACKING_ID
from tests.behaviour.manifests import Manifest


class Case(msgspec.Struct, frozen=True):
    """An object, a later state of its source, and another manager's merge patch and apply."""

    target: Manifest
    later: Manifest
    patch: dict[str, Any]
    applied: Manifest


def cases(kind: CoveredKind, count: int, number: int = 0) -> list[Case]:
    """Return ``count`` cases of ``kind``; alike for the same ``number``."""
    made: list[Case] = []

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def collect(data: st.DataObject) -> None:
        metadata = {"name": f"case-{len(made)}", "namespace": "default"}
        drawn = [_unheld(object_of(data.draw, kind, metadata)) for _ in range(3)]
        patch = merge_of(data.draw, kind.content, strategic=False)
        target, later, applied = drawn
        made.append(Case(_as_sent(target), _as_sent(later), _unheld(patch), applied))

    collect()
    return made


def _as_sent(obj: Manifest) -> Manifest:
    """Return ``obj`` as a sync applies it: with a tracking id, a Secret's texts as data."""
    obj = plain_secret(obj)
    metadata = obj["metadata"]
    annotations = {**(metadata.get("annotations") or {}), TRACKING_ID: "shop:generated"}
    return {**obj, "metadata": {**metadata, "annotations": annotations}}


def _unheld(obj: Manifest) -> Manifest:
    """Return ``obj`` without finalizers, which would keep it for ever."""
    metadata = obj.get("metadata")
    if not isinstance(metadata, dict) or "finalizers" not in metadata:
        return obj
    kept = {name: value for name, value in metadata.items() if name != "finalizers"}
    return {**obj, "metadata": kept}
