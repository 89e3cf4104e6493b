"""Cuts a failing scenario down to what it needs to fail, so that its story can be read."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tests.simulation.scenarios import Scenario, Step
from tests.simulation.world import play

_NOTHING = Step(kind="nothing")


def without(scenario: Scenario, tokens: Iterable[str]) -> Scenario:
    """Return the scenario without some of its parts.

    A token is a part's id (``o3``, ``h1``), or the number of a fault (``f4``) or step (``s0``) of
    the whole scenario, so that tokens mean the same however many there are.
    """
    gone = dict.fromkeys(tokens)
    return msgspec.structs.replace(
        scenario,
        parts=tuple(part for part in scenario.parts if part.id not in gone),
        faults=tuple(fault for n, fault in enumerate(scenario.faults) if f"f{n}" not in gone),
        steps=tuple(
            _NOTHING if f"s{n}" in gone else _without_chosen(step, gone)
            for n, step in enumerate(scenario.steps)
        ),
    )


def _without_chosen(step: Step, gone: dict[str, None]) -> Step:
    left = tuple(part for part in step.selection if part not in gone)
    return msgspec.structs.replace(step, selection=left or step.selection[:1])


def minimised(scenario: Scenario, check: str) -> list[str]:
    """Return the tokens of everything that a violation of ``check`` does not need."""
    faults = [f"f{n}" for n in range(len(scenario.faults))]
    steps = [f"s{n}" for n in range(len(scenario.steps))]
    parts = [part.id for part in scenario.parts]
    chosen = [name for step in scenario.steps for name in step.selection]
    gone: list[str] = []
    for token in [*reversed(steps), *reversed(faults), *parts]:
        if token in chosen or len(gone) + 1 >= len(faults) + len(steps) + len(parts):
            continue
        violation = play(without(scenario, [*gone, token])).violation
        if violation is not None and violation.check == check:
            gone.append(token)
    return gone
