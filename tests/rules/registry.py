"""The rules of docs/behaviour.md, each with the test that shows it and the break that it catches.

A test is written as

    @rule("ORDER-WAVE", breaks=lambda patch: patch.setattr(planning, "read_wave", lambda *_: 0))
    def test_waves_run_in_ascending_order() -> None: ...

It runs as an ordinary test. ``test_planted_breaks`` runs it once more with the break in place, and
it must fail then: a test that cannot fail shows nothing.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

Test = Callable[[], None]
Break = Callable[[pytest.MonkeyPatch], None]


class Shown(msgspec.Struct, frozen=True):
    """One rule, the test that shows it, and the break that the test must catch."""

    identifier: str
    test: Test
    plant: Break


RULES: dict[str, Shown] = {}


def rule(identifier: str, *, breaks: Break) -> Callable[[Test], Test]:
    """Say that the decorated test shows this rule, and what breaks it."""

    def register(test: Test) -> Test:
        RULES[f"{identifier}: {test.__name__}"] = Shown(identifier, test, breaks)
        return test

    return register
