"""The forms of output that ``-o`` names, and data written in them.

JSON and YAML hold the same data: JSON one item a line, YAML one document an item.
"""

from __future__ import annotations

import enum
import json
from typing import Any


class Format(enum.StrEnum):
    """What ``-o`` takes."""

    TEXT = "text"
    JSON = "json"
    YAML = "yaml"


def render_item(item: Any, form: Format) -> str:
    """Return ``item`` (plain data) as one JSON line, or as one YAML document with its mark."""
    if form is Format.JSON:
        return json.dumps(item, ensure_ascii=False, separators=(", ", ": ")) + "\n"
    import yaml

    class WithoutAliases(yaml.SafeDumper):
        """What is shared in memory is written out each time, as people and kubectl expect."""

        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
            return True

    text: str = yaml.dump(
        item, Dumper=WithoutAliases, sort_keys=False, allow_unicode=True, default_flow_style=False
    )
    return "---\n" + text
