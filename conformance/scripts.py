"""Scripts of API requests, to be played against two clusters.

A script has a namespace of its own, written ``{ns}`` in paths and bodies. What an earlier answer
said is written ``$STEP.path.to.value`` (steps count from 0; a number in the path is a list's index)
as a whole string, in bodies, queries and paths' segments; ``$STEP`` is the whole answer. A body
``{"$edited": [VALUE, PATCH]}`` is VALUE with a JSON merge patch applied: what a client read, and
changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tenter.kube import Request

JSON = "application/json"
JSON_PATCH = "application/json-patch+json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"

EDITED = "$edited"
_REFERENCE = re.compile(r"\$(\d+)(?:\.([\w.\-]+))?")


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One request. ``path`` starts with ``/``; ``body`` is JSON, or text to be sent as it is.

    What a controller does comes at its own pace. A step with ``until`` is asked again until its
    answer is as that says: a status code, ``path.to.value=TEXT`` within the body (no TEXT: the
    value is not there), or ``#N`` for so many events at least. The method ``COMPACT`` is no
    request: the cluster forgets old versions.
    """

    method: str
    path: str
    body: Any = None
    content_type: str = JSON
    query: dict[str, str] = {}
    accept: str = JSON
    until: str = ""

    def __str__(self) -> str:
        asked = "&".join(f"{name}={value}" for name, value in self.query.items())
        return f"{self.method} {self.path}{'?' if asked else ''}{asked}"


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """Steps that are played in order."""

    name: str
    steps: tuple[Step, ...]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a cluster said to one step: the status, and the body as JSON, or as text.

    A watch's body is the list of its events.
    """

    status: int
    body: Any


def request_of(step: Step, namespace: str, answers: Sequence[Answer]) -> Request:
    """Return the step as a request to a cluster that gave ``answers`` to the steps before."""
    body = _filled(step.body, namespace, answers)
    path = "/".join(str(_filled(segment, namespace, answers)) for segment in step.path.split("/"))
    return Request(
        method=step.method,
        path=path,
        query=tuple(
            (name, str(_filled(value, namespace, answers))) for name, value in step.query.items()
        ),
        body=None if body is None else _encoded(body),
        content_type=step.content_type,
        accept=step.accept,
        headers=(("user-agent", "conformance/1"),),  # a manager is named after it
    )


def is_awaited(step: Step, answer: Answer) -> bool:
    """Tell whether ``answer`` is what ``step`` waits for, if it waits for anything."""
    if not step.until:
        return True
    if step.until.startswith("#"):
        return isinstance(answer.body, list) and len(answer.body) >= int(step.until[1:])
    path, equals, text = step.until.partition("=")
    if not equals:
        return answer.status == int(step.until)
    found = _find(answer.body, path.split("."))
    return found is None if not text else str(found) == text


def _encoded(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else msgspec.json.encode(body)


def _filled(value: Any, namespace: str, answers: Sequence[Answer]) -> Any:
    if isinstance(value, str):
        found = _REFERENCE.fullmatch(value)
        if found is not None:
            body = answers[int(found[1])].body
            return body if found[2] is None else _read(body, found[2].split("."))
        return value.replace("{ns}", namespace)
    if isinstance(value, Mapping):
        if value.keys() == {EDITED}:
            before, change = value[EDITED]
            return _edited(_filled(before, namespace, answers), _filled(change, namespace, answers))
        return {name: _filled(each, namespace, answers) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, namespace, answers) for each in value]
    return value


def _edited(value: Any, change: Any) -> Any:
    """Return ``value`` with a JSON merge patch applied (RFC 7386)."""
    if not isinstance(change, Mapping):
        return change
    merged = dict(value) if isinstance(value, Mapping) else {}
    for name, each in change.items():
        if each is None:
            merged.pop(name, None)
        else:
            merged[name] = _edited(merged.get(name), each)
    return merged


def _read(value: Any, path: Sequence[str]) -> Any:
    """Return what is at ``path``; a text that says so where there is nothing."""
    found = _find(value, path)
    return f"nothing-at-{'-'.join(path)}" if found is None else found


def _find(value: Any, path: Sequence[str]) -> Any:
    for name in path:
        if isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        elif isinstance(value, Mapping) and name in value:
            value = value[name]
        else:
            return None
    return value
