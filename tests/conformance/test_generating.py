"""Generated scripts: the same for the same number, of every covered kind, and made small."""

from __future__ import annotations

from typing import Any

import pytest
from conformance.comparing import Difference
from conformance.generated import some_scripts
from conformance.io_coverage import CoveredKind, Place, read_coverage
from conformance.scripts import EDITED, Answer, Script, Step, request_of
from conformance.shrinking import shrink, without_step

KINDS = read_coverage()


def test_the_same_number_gives_the_same_scripts() -> None:
    assert some_scripts(KINDS[:2], 60, 5) == some_scripts(KINDS[:2], 60, 5)
    assert some_scripts(KINDS[:2], 60, 5) != some_scripts(KINDS[:2], 60, 6)


def test_every_covered_kind_is_written() -> None:
    scripts = some_scripts(KINDS, 10 * len(KINDS), 3)

    names = {script.name.split()[1] for script in scripts}
    assert names == {kind.kind for kind in KINDS}
    assert sum(len(script.steps) for script in scripts) >= 10 * len(KINDS)


def places(place: Place) -> list[Place]:
    below = [*place.fields.values(), *([place.each] if place.each else [])]
    return [place, *(inner for each in below for inner in places(each))]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_what_a_place_needs_and_is_told_apart_by_are_fields_of_it(kind: CoveredKind) -> None:
    for place in places(kind.content):
        assert set(place.needs) <= place.fields.keys()
        assert not place.key or (place.each is not None and place.key in place.each.fields)


def step(**fields: Any) -> Step:
    return Step(method="POST", path="/x", **fields)


def test_a_step_that_another_needs_cannot_be_left_out() -> None:
    steps = (step(), step(), step(body={"a": "$0.b"}))

    assert without_step(steps, 0) == ()
    assert without_step(steps, 1) == (step(), step(body={"a": "$0.b"}))


def test_references_are_counted_anew_where_an_earlier_step_goes() -> None:
    steps = (step(), step(), step(body=["$1"]))

    assert without_step(steps, 0) == (step(), step(body=["$0"]))


async def test_a_failing_script_is_made_as_small_as_it_still_fails() -> None:
    async def compare(script: Script) -> list[Difference]:
        return [
            Difference(script="s", number=n, step=each, path=".x", embedded=1, real=2)
            for n, each in enumerate(script.steps)
            if isinstance(each.body, dict) and each.body.get("bad")
        ]

    bad = step(body={"bad": 1, "more": {"a": [1, 2]}}, query={"dryRun": "All"})
    script = Script(name="s", steps=(step(), bad, step(body={"b": 2})))

    small, differences = await shrink(script, compare)

    assert small.steps == (step(body={"bad": 1}),)
    assert len(differences) == 1


def test_an_edited_body_is_what_was_read_with_a_merge_patch_applied() -> None:
    answers = [Answer(status=200, body={"a": {"b": 1, "c": 2}, "d": 3})]
    change = {EDITED: ["$0", {"a": {"b": None, "e": "{ns}"}, "d": 4}]}

    request = request_of(step(body=change), "here", answers)

    assert request.body == b'{"a":{"c":2,"e":"here"},"d":4}'
