"""Counts that may also be shares of a whole: ``1`` or ``"25%"``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tenter.embedded.schema.causes import Cause, invalid
from tenter.embedded.schema.rules.bounds import at_least

_SHARE = re.compile(r"[0-9]+%")


def share_causes(
    holder: Mapping[str, Any], field: str, path: str, *, at_most_all: bool = True
) -> list[Cause]:
    """Judge a count that is there: neither negative nor, if a share, more than the whole."""
    value = holder.get(field)
    if value is None:
        return []
    if not isinstance(value, str):
        return at_least(0, holder, field, path)
    where = f"{path}.{field}"
    if not _SHARE.fullmatch(value):
        return [invalid(where, value, "must be an integer or percentage (e.g '5%')")]
    if at_most_all and int(value[:-1]) > 100:
        return [invalid(where, value, "must not be greater than 100%")]
    return []


def is_nothing(value: Any) -> bool:
    """Tell whether a count comes to 0; a text that is none counts as 0."""
    if not isinstance(value, str):
        return not value
    return int(value[:-1]) == 0 if _SHARE.fullmatch(value) else not value.isdecimal()
