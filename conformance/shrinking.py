"""Makes a failing script as small as it can be and still fail in the same way.

Hypothesis drew the script, but it was played beside others, so that it is not Hypothesis that can
shrink it: here steps are left out, then parts of their bodies and options, as long as the same
difference shows.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, TypeAlias

import msgspec

from conformance.comparing import Difference
from conformance.scripts import EDITED, Script, Step

_REFERENCE = re.compile(r"\$(\d+)(.*)")
Compare: TypeAlias = Callable[[Script], Awaitable[list[Difference]]]


def mark(difference: Difference) -> tuple[str, str, str, str]:
    """Return what makes two differences one fault, wherever it shows."""
    method = f"{difference.step.method} {difference.step.content_type}"
    resource = difference.step.path.partition("{ns}/")[2].partition("/")[0]
    codes = f"{difference.embedded} / {difference.real}" if difference.path == "status" else ""
    return resource, method, re.sub(r"\d+", "#", difference.path), codes


async def shrink(script: Script, compare: Compare) -> tuple[Script, list[Difference]]:
    """Return a smaller script with the first difference of ``script``, and what it differs in.

    ``script`` itself where it does not differ again.
    """
    found = await compare(script)
    if not found:
        return script, found
    wanted = mark(found[0])
    script = msgspec.structs.replace(script, steps=script.steps[: found[0].number + 1])
    smaller = True
    while smaller:
        smaller = False
        for candidate in _smaller(script):
            differences = await compare(candidate)
            if wanted in map(mark, differences):
                script, found, smaller = candidate, differences, True
                break
    return script, found


def _smaller(script: Script) -> Iterator[Script]:
    for number in reversed(range(len(script.steps))):
        steps = without_step(script.steps, number)
        if steps:
            yield msgspec.structs.replace(script, steps=steps)
    for number, step in enumerate(script.steps):
        for less in _smaller_steps(step):
            steps = (*script.steps[:number], less, *script.steps[number + 1 :])
            yield msgspec.structs.replace(script, steps=steps)


def _smaller_steps(step: Step) -> Iterator[Step]:
    for name in step.query:
        query = {other: value for other, value in step.query.items() if other != name}
        yield msgspec.structs.replace(step, query=query)
    for body in _less(step.body):
        yield msgspec.structs.replace(step, body=body)


def _less(value: Any) -> Iterator[Any]:
    """Yield ``value`` with one part less, larger parts first."""
    if isinstance(value, dict) and value.keys() == {EDITED}:
        before, change = value[EDITED]
        for less in _less(change):
            yield {EDITED: [before, less]}
    elif isinstance(value, dict):
        for name in value:
            yield {other: each for other, each in value.items() if other != name}
        for name, each in value.items():
            for less in _less(each):
                yield {**value, name: less}
    elif isinstance(value, list):
        for place in range(len(value)):
            yield [*value[:place], *value[place + 1 :]]
        for place, each in enumerate(value):
            for less in _less(each):
                yield [*value[:place], less, *value[place + 1 :]]


def without_step(steps: Sequence[Step], number: int) -> tuple[Step, ...]:
    """Return ``steps`` without one of them, what the others say of answers counted anew.

    Nothing is left where another step needs its answer.
    """
    rest = []
    for step in (*steps[:number], *steps[number + 1 :]):
        try:
            rest.append(
                msgspec.structs.replace(
                    step, body=_renumbered(step.body, number), query=_renumbered(step.query, number)
                )
            )
        except LookupError:
            return ()
    return tuple(rest)


def _renumbered(value: Any, gone: int) -> Any:
    if isinstance(value, dict):
        return {name: _renumbered(each, gone) for name, each in value.items()}
    if isinstance(value, list):
        return [_renumbered(each, gone) for each in value]
    found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return value
    number = int(found[1])
    if number == gone:
        raise LookupError(f"step {gone} is needed")
    return f"${number - (number > gone)}{found[2]}"
