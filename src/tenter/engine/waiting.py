"""Waits in words and as values, from the tasks that are waited for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice

from tenter.engine.decision import Wait, WaitKind
from tenter.engine.situation import Situation
from tenter.engine.tasks import Task

SHOWN = 20
"""How many waits of a kind a decision lists; its message counts the rest."""

_NOUNS = {WaitKind.HOOK: "hook", WaitKind.RESOURCE: "resource"}

Waited = tuple[WaitKind, dict[str, Task]]


def wait_message(waited: Iterable[Waited]) -> str:
    """Return the first wait in words: ``waiting for completion of hook X and 2 more hooks``."""
    for kind, tasks in waited:
        for task in tasks.values():
            noun = _NOUNS.get(kind, "object")
            rest = len(tasks) - 1
            more = f" and {rest} more {noun}{'s' if rest > 1 else ''}" if rest else ""
            return f"waiting for {kind} {task.key.short}{more}"
    return ""


def waits_of(
    situation: Situation,
    waited: Iterable[Waited],
    since: Callable[[Task], float],
    deadline: Callable[[Task], float | None],
) -> tuple[Wait, ...]:
    """Return at most ``SHOWN`` waits of each kind, each with the object's own word."""
    found = []
    for kind, tasks in waited:
        for task in islice(tasks.values(), SHOWN):
            sighting = situation.live.get(task.key)
            detail = sighting.health.message if sighting and sighting.health else ""
            found.append(
                Wait(
                    kind=kind,
                    key=task.key,
                    since=since(task),
                    deadline=deadline(task),
                    detail=detail,
                )
            )
    return tuple(found)
