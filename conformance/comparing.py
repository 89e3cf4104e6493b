"""Compares two clusters' answers to one script, and says where they differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from conformance.normal import Normaliser
from conformance.scripts import Answer, Script, Step

_NOTHING = "(nothing)"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One value that differs: in which step's answer, where in it, and what each cluster says."""

    script: str
    number: int
    step: Step
    path: str
    embedded: Any
    real: Any

    def __str__(self) -> str:
        return (
            f"{self.script}, step {self.number}, {self.step}: at {self.path} the embedded cluster "
            f"says {_shown(self.embedded)}, the real one {_shown(self.real)}"
        )


def compare(
    script: Script,
    embedded: Sequence[Answer],
    real: Sequence[Answer],
    *,
    namespace: str,
) -> list[Difference]:
    """Return every difference of two clusters' answers to ``script``, played in ``namespace``."""
    prefixes = [prefix for step in script.steps for prefix in _prefixes(step.body)]
    ours = Normaliser(embedded, namespace, prefixes)
    theirs = Normaliser(real, namespace, prefixes)
    found: list[Difference] = []
    for number, step in enumerate(script.steps):
        left, right = ours(embedded[number]), theirs(real[number])
        found += [
            Difference(
                script=script.name, number=number, step=step, path=path, embedded=one, real=other
            )
            for path, one, other in _answers_differing(left, right)
        ]
    return found


def _prefixes(body: Any) -> Iterator[str]:
    metadata = body.get("metadata") if isinstance(body, dict) else None
    if isinstance(metadata, dict) and metadata.get("generateName"):
        yield str(metadata["generateName"])


def _answers_differing(left: Answer, right: Answer) -> Iterator[tuple[str, Any, Any]]:
    if left.status != right.status:
        # Then everything else differs as well.
        yield "status", _summary(left), _summary(right)
    else:
        yield from _differing("", left.body, right.body)


def _summary(answer: Answer) -> str:
    if isinstance(answer.body, dict) and answer.body.get("kind") == "Status":
        return f"{answer.status} {answer.body.get('reason')}"
    return str(answer.status)


def _differing(path: str, left: Any, right: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(left, dict) and isinstance(right, dict):
        for name in sorted({*left, *right}):
            place = f"{path}.{name}"
            if name not in left:
                yield place, _NOTHING, right[name]
            elif name not in right:
                yield place, left[name], _NOTHING
            else:
                yield from _differing(place, left[name], right[name])
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for index, (one, other) in enumerate(zip(left, right, strict=True)):
            yield from _differing(f"{path}[{index}]", one, other)
    elif type(left) is not type(right) or left != right:
        yield path or ".", left, right


def _shown(value: Any) -> str:
    return value if value == _NOTHING else msgspec.json.encode(value).decode()
