"""JSON paths of the kind that CRDs use, for printer columns and scale subresources."""

from __future__ import annotations

import re
from typing import Any

from tenter.manifests.keys import Manifest

_STEP = re.compile(
    r"""\.(?P<field>[^.\[\]]+) | \[(?P<index>\d+|\*)\] | \['(?P<quoted>[^']*)'\]
      | \[\?\(@\.(?P<where>[\w.]+)\s*==\s*["'](?P<is>[^"']*)["']\)\]""",
    re.VERBOSE,
)


def read_path(manifest: Manifest, path: str) -> list[Any]:
    """Return the values at a JSON path of the kind CRDs use: fields, indexes, ``*`` and filters.

    A path that reads nothing, or that is not understood, gives no values.
    """
    values: list[Any] = [manifest]
    text = path.replace("\\.", "\0")
    position = 0
    while position < len(text):
        step = _STEP.match(text, position)
        if step is None:
            return []
        position = step.end()
        values = _follow(values, step)
    return [value for value in values if value is not None]


def _follow(values: list[Any], step: re.Match[str]) -> list[Any]:
    if step["index"] == "*":
        return [item for value in values if isinstance(value, list) for item in value]
    if step["index"]:
        place = int(step["index"])
        return [v[place] for v in values if isinstance(v, list) and place < len(v)]
    if step["where"]:
        return [
            item
            for value in values
            if isinstance(value, list)
            for item in value
            if read_path(item, f".{step['where']}") == [step["is"]]
        ]
    field = (step["quoted"] if step["quoted"] is not None else step["field"]).replace("\0", ".")
    return [value.get(field) for value in values if isinstance(value, dict)]
