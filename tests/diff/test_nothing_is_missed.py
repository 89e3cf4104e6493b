"""Properties: a difference is never taken for none, and most objects need no request."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.diff.server import Server, content, deployments

from tenter.diff import Verdict
from tenter.manifests import Manifest


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every scalar in ``value``."""
    if isinstance(value, dict):
        return [place for name, item in value.items() for place in _places(item, (*path, name))]
    if isinstance(value, list):
        return [place for n, item in enumerate(value) for place in _places(item, (*path, n))]
    return [path]


def _changed(obj: Manifest, place: tuple[Any, ...]) -> None:
    holder: Any = obj
    for step in place[:-1]:
        holder = holder[step]
    value = holder[place[-1]]
    holder[place[-1]] = value + 1 if isinstance(value, int) else f"{value}z"


@settings(max_examples=60)
@given(deployments())
def test_what_was_just_applied_is_in_sync_without_asking(target: Manifest) -> None:
    server = Server()
    server.apply(target)
    found = server.compare(target)
    assert found.verdict is Verdict.SYNCED, found.fields
    assert found.settled


@settings(max_examples=60)
@given(deployments(), deployments())
def test_a_target_that_would_change_the_object_is_never_in_sync(
    before: Manifest, after: Manifest
) -> None:
    server = Server()
    server.apply(before)
    if server.changes(after):
        assert server.compare(after).verdict is not Verdict.SYNCED


@settings(max_examples=60)
@given(deployments(), st.data())
def test_a_field_that_someone_else_changed_is_found(target: Manifest, data: st.DataObject) -> None:
    server = Server()
    live = server.apply(target)
    places = [
        place
        for place in _places({k: live[k] for k in ("metadata", "spec")})
        if place[:2] not in {("metadata", "managedFields"), ("metadata", "name")}
        and place[:2] != ("metadata", "namespace")
        and place[-1] not in {"containerPort", "protocol"}
    ]
    place = data.draw(st.sampled_from(places))
    server.update(lambda obj: _changed(obj, place))
    if server.changes(target):
        assert server.compare(target).verdict is not Verdict.SYNCED


@settings(max_examples=60)
@given(deployments(), deployments(), deployments())
def test_whoever_else_applies_in_between_is_found(
    target: Manifest, theirs: Manifest, later: Manifest
) -> None:
    server = Server()
    server.apply(target)
    server.apply(theirs, manager="someone")
    for wanted in (target, later):
        if server.changes(wanted):
            assert server.compare(wanted).verdict is not Verdict.SYNCED
    server.apply(later)
    if server.changes(target):
        assert server.compare(target).verdict is not Verdict.SYNCED


@settings(max_examples=60)
@given(deployments(), st.data())
def test_what_settled_says_is_a_no_op_for_the_server(target: Manifest, data: st.DataObject) -> None:
    server = Server()
    server.apply(target)
    if data.draw(st.booleans()):
        server.apply(data.draw(deployments()), manager="someone")
    if server.compare(target).settled:
        # But for who owns an empty map, which holds nothing that anyone could want.
        assert content(server.dry_run(target)) == content(server.live)


@settings(max_examples=60)
@given(deployments(), deployments())
def test_after_a_second_apply_nearly_all_is_decided_here(before: Manifest, after: Manifest) -> None:
    server = Server()
    server.apply(before)
    server.apply(after)
    found = server.compare(copy.deepcopy(after))
    assert found.verdict is Verdict.SYNCED, found.fields
