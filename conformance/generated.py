"""Random scripts: objects of one kind, written by turns by several managers in all possible ways.

What controllers do by themselves and in their own time, such as to orphan an object's dependents,
is left out where a later answer could show it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import msgspec
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from conformance.catalogue import delete, get, patch, post, put
from conformance.covered_objects import Draw, json_patch_of, merge_of, object_of, spoiled
from conformance.io_coverage import CoveredKind
from conformance.scripts import APPLY, EDITED, JSON_PATCH, MERGE, STRATEGIC, Script, Step

_SHORTEST, _LONGEST = 6, 14
"""Requests of one script."""
_MANAGERS = st.sampled_from(["one", "two", "three"])
_NAMES = st.sampled_from(["one", "one", "one", "one", "two"])
_SELECTORS = st.sampled_from(
    [
        "app=web",
        "app!=web",
        "app in (web,red)",
        "!tier",
        "tier",
        "app notin (web)",
        "app in (",
        "=x",
    ]
)
_FIELD_SELECTORS = st.sampled_from(
    ["metadata.name=one", "metadata.name!=one", "metadata.colour=red", "x"]
)
_NO_LABELS = {"labels": None}


def some_scripts(kinds: Sequence[CoveredKind], requests: int, number: int) -> list[Script]:
    """Return scripts of ``requests`` requests in all, or a few more; alike for the same ``number``.

    Each kind has as many requests as any other. Hypothesis only draws here: the scripts are played
    later, side by side.
    """
    made = []
    for place, kind in enumerate(kinds):
        made += _some_of(kind, math.ceil(requests / len(kinds)), number * 1000 + place)
    return [msgspec.structs.replace(s, name=f"{s.name} {n}") for n, s in enumerate(made)]


def _some_of(kind: CoveredKind, requests: int, number: int) -> list[Script]:
    made: list[Script] = []
    while (missing := requests - sum(len(script.steps) for script in made)) > 0:

        @seed(number * 1000 + len(made))
        @settings(
            max_examples=math.ceil(missing / _LONGEST),
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(scripts(kind))
        def collect(script: Script) -> None:
            made.append(script)

        collect()
    return made


@st.composite
def scripts(draw: st.DrawFn, kind: CoveredKind) -> Script:
    """Return a strategy of scripts about objects of ``kind``."""
    writer = _Writer(draw, kind)
    for _ in range(draw(st.integers(_SHORTEST, _LONGEST))):
        writer.go_on()
    return Script(name=f"generated: {kind.kind}", steps=tuple(writer.steps))


class _Writer:
    """Writes one script, step by step."""

    def __init__(self, draw: Draw, kind: CoveredKind) -> None:
        self.steps: list[Step] = []
        self._draw = draw
        self._kind = kind
        self._seen: dict[str, list[int]] = {"one": [], "two": []}
        """By name: the steps whose answers may be the object, the last of them last."""

    def go_on(self) -> None:
        """Add a step."""
        name = self._draw(_NAMES)
        if not self._seen[name]:
            step = self._draw(st.sampled_from([self._create, self._create, self._apply]))(name)
        else:
            step = self._draw(st.sampled_from(self._ways()))(name)
        if (step.method != "DELETE" and step.path.endswith(name)) or step.method == "POST":
            self._seen[name].append(len(self.steps))
        self.steps.append(step)

    def _ways(self) -> list[Any]:
        return [
            *[self._apply] * 6,
            *[self._update] * 3,
            *[self._merge] * 3,
            *[self._strategic] * 3,
            *[self._json] * 3,
            *[self._delete] * 2,
            self._create,
            self._generate,
            self._get,
            self._list,
            self._delete_some,
        ]

    # What is asked for

    def _place(self, name: str) -> str:
        return f"{self._kind.path}/{name}"

    def _rarely(self) -> bool:
        rarely: bool = self._draw(st.integers(0, 6)) == 0
        return rarely

    def _options(self) -> dict[str, str]:
        options = {"fieldManager": self._draw(_MANAGERS)}
        if self._rarely():
            options["dryRun"] = "All"
        if self._rarely():
            options["fieldValidation"] = self._draw(st.sampled_from(["Strict", "Warn", "Ignore"]))
        return options

    def _object(self, **metadata: Any) -> dict[str, Any]:
        made = object_of(self._draw, self._kind, metadata)
        if not self._rarely():
            return made
        wrong = spoiled(self._draw, self._kind.content, made)
        return {} if wrong is None else wrong  # no body at all has no content type either

    def _version(self, name: str) -> dict[str, Any]:
        """Return nothing, or the version of an answer, more often the newest than an older one."""
        if self._draw(st.booleans()):
            return {}
        seen = self._seen[name]
        number = seen[-1] if self._draw(st.booleans()) else self._draw(st.sampled_from(seen))
        return {"resourceVersion": f"${number}.metadata.resourceVersion"}

    # Requests

    def _create(self, name: str) -> Step:
        return post(self._kind.path, self._object(name=name), **self._options())

    def _generate(self, _name: str) -> Step:
        # Only tried: what it makes has another name on each cluster, and lists are in their order.
        return post(
            self._kind.path,
            self._object(generateName="some-"),
            **{**self._options(), "dryRun": "All"},
        )

    def _update(self, name: str) -> Step:
        if self._draw(st.integers(0, 2)) == 0:
            body: Any = self._object(name=name, **self._version(name))
        else:
            seen = self._seen[name]
            number = seen[-1] if self._draw(st.booleans()) else self._draw(st.sampled_from(seen))
            change = self._change(strategic=False)
            if self._draw(st.booleans()):
                metadata = change.get("metadata")
                more = {"resourceVersion": None}
                change["metadata"] = {**metadata, **more} if isinstance(metadata, dict) else more
            body = {EDITED: [f"${number}", change]}
        return put(self._place(name), body, **self._options())

    def _change(self, *, strategic: bool) -> dict[str, Any]:
        change = merge_of(self._draw, self._kind.content, strategic=strategic)
        if self._rarely():
            spoilt = spoiled(self._draw, self._kind.content, change)
            return spoilt if isinstance(spoilt, dict) else change
        return change

    def _merge(self, name: str) -> Step:
        return patch(self._place(name), self._change(strategic=False), MERGE, **self._options())

    def _strategic(self, name: str) -> Step:
        return patch(self._place(name), self._change(strategic=True), STRATEGIC, **self._options())

    def _json(self, name: str) -> Step:
        body = json_patch_of(self._draw, self._kind.content)
        return patch(self._place(name), body, JSON_PATCH, **self._options())

    def _apply(self, name: str) -> Step:
        options = self._options()
        if self._draw(st.booleans()):
            options["force"] = "true"
        version = {}
        if self._seen[name] and "dryRun" not in options and self._rarely():
            version = self._version(name)
        return patch(self._place(name), self._object(name=name, **version), APPLY, **options)

    def _delete(self, name: str) -> Step:
        body: dict[str, Any] = {"kind": "DeleteOptions", "apiVersion": "v1"}
        body["propagationPolicy"] = "Background"
        if self._rarely():
            # What has no dependents yet goes at once all the same, so it is only tried.
            body["propagationPolicy"] = self._draw(
                st.sampled_from(["Foreground", "Orphan", "Sideways"])
            )
            body["dryRun"] = ["All"]
        if self._rarely():
            body["gracePeriodSeconds"] = self._draw(st.sampled_from([0, 5]))
        if self._draw(st.integers(0, 3)) == 0:
            number = self._draw(st.sampled_from(self._seen[name]))
            field = self._draw(st.sampled_from(["uid", "resourceVersion"]))
            body["preconditions"] = {field: f"${number}.metadata.{field}"}
        return delete(self._place(name), body)

    def _delete_some(self, _name: str) -> Step:
        body = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"}
        return delete(self._kind.path, body, labelSelector=self._draw(_SELECTORS))

    def _get(self, name: str) -> Step:
        return get(self._place(name))

    def _list(self, _name: str) -> Step:
        query: dict[str, str] = {}
        if self._draw(st.booleans()):
            query["labelSelector"] = self._draw(_SELECTORS)
        if self._draw(st.integers(0, 3)) == 0:
            query["fieldSelector"] = self._draw(_FIELD_SELECTORS)
        pages = [n for n, step in enumerate(self.steps) if step.query.get("limit")]
        if pages and self._draw(st.booleans()):
            asked = self.steps[pages[-1]].query
            return get(self._kind.path, **{**asked, "continue": f"${pages[-1]}.metadata.continue"})
        if self._draw(st.booleans()):
            query["limit"] = "1"
        return get(self._kind.path, **query)
