"""What a controller decided to write: values, performed by the driver.

A reconcile function returns these and touches nothing, so that every decision can be tried without
a cluster.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from tenter.manifests import Manifest


class Create(msgspec.Struct, frozen=True):
    """Create ``manifest``. An object of that name that is there already is left alone."""

    manifest: Manifest


class WriteStatus(msgspec.Struct, frozen=True):
    """Write ``manifest``'s status, refused if the object has changed since it was read."""

    manifest: Manifest


class Patch(msgspec.Struct, frozen=True):
    """Merge ``changes`` into ``manifest``, refused if the object has changed since it was read.

    Through ``subresource``, annotations can be written without counting as a change of what is
    wanted.
    """

    manifest: Manifest
    changes: dict[str, Any]
    subresource: str = ""


class Delete(msgspec.Struct, frozen=True):
    """Delete ``manifest`` (this very object, by its uid)."""

    manifest: Manifest
    propagation: str = "Background"


Write: TypeAlias = Create | WriteStatus | Patch | Delete


class Outcome(msgspec.Struct, frozen=True):
    """What one look at an object led to.

    ``writes`` are performed in order; neighbours of one type at once. ``wake_at`` (Unix seconds)
    is when to look again even if nothing changes.
    """

    writes: tuple[Write, ...] = ()
    wake_at: float | None = None


def earliest(*moments: float | None) -> float | None:
    """Return the first of ``moments`` that are known, or None."""
    return min((moment for moment in moments if moment is not None), default=None)
