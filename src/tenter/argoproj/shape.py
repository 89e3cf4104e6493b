"""What all shapes of ``argoproj.io/v1alpha1`` have in common.

A shape is a frozen struct with Python's names, read from and written as the resource's camelCase
fields. A field with a default is one that the resource may omit, and is left out when written with
its default value, as Argo CD leaves out what is empty; a field without one is required both ways.
Unknown fields are ignored: newer Argo CDs have some that this package does not know.
"""

from __future__ import annotations

from typing import Any

import msgspec


class Shape(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The base of every part of a resource."""


def plain(shape: Shape) -> dict[str, Any]:
    """Return ``shape`` as the plain mapping that the resource holds, without what is empty."""
    # By way of JSON, so that lists are lists as in any other object, and compare equal to them.
    fields: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(shape))
    return fields
