"""Label and field selectors, from plain dicts to the text that queries carry.

The server does the selecting; nothing here decides whether an object matches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Wanted: TypeAlias = str | bool | Sequence[str]
"""What a label must be: one value, any of several, present (True) or absent (False)."""


def label_selector(wanted: Mapping[str, Wanted]) -> str:
    """Return a label selector: ``{"app": "web", "tier": ["a", "b"], "old": False}``.

    The labels are all required. Source: the Kubernetes documentation, "Labels and Selectors".
    """
    return ",".join(_requirement(label, value) for label, value in wanted.items())


def _requirement(label: str, value: Wanted) -> str:
    if value is True:
        return label
    if value is False:
        return f"!{label}"
    if isinstance(value, str):
        return f"{label}={value}"
    return f"{label} in ({','.join(value)})"


def field_selector(wanted: Mapping[str, str]) -> str:
    r"""Return a field selector: ``{"metadata.name": "web"}``. All fields are required.

    Source: the Kubernetes documentation, "Field Selectors"; its escapes are those of
    ``k8s.io/apimachinery``'s field selectors: a backslash before ``\``, ``,`` and ``=``.
    """
    return ",".join(f"{field}={_escape(value)}" for field, value in wanted.items())


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace(",", "\\,").replace("=", "\\=")
