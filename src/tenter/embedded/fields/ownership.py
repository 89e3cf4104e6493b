"""Who owns which field: server-side apply and the tracking of all other writes."""

from __future__ import annotations

from tenter.embedded.schema import StructType
from tenter.manifests import Manifest


def apply(
    live: Manifest | None,
    applied: Manifest,
    type_: StructType,
    *,
    manager: str,
    force: bool,
    now: str,
    subresource: str = "",
) -> Manifest:
    """Return ``live`` with ``applied`` merged in and ``metadata.managedFields`` brought up to date.

    ``live`` is None for a creation. Fields that ``manager`` applied before, and neither it nor
    anyone else wants now, are gone. A no-op returns an object equal to ``live``. ``now`` is an
    RFC 3339 time in whole seconds (``2024-01-31T12:00:00Z``). The result is not yet defaulted, and
    no argument is changed.

    Raises ``FieldConflicts`` where another manager owns a field that would change and ``force`` is
    not given; ``TypedPatchError`` where ``applied`` has a field its type does not declare, a value
    of the wrong type, or two entries of one key.
    """
    raise NotImplementedError


def update(
    old: Manifest | None,
    new: Manifest,
    type_: StructType,
    *,
    manager: str,
    now: str,
    subresource: str = "",
) -> Manifest:
    """Return ``new`` with ``metadata.managedFields`` as they are after ``manager`` wrote it.

    ``old`` is None for a creation (POST). What changed belongs to ``manager`` afterwards, and to
    nobody else. Where ``new`` has no ``managedFields`` at all, those of ``old`` go on; an empty
    list there resets them.
    """
    raise NotImplementedError
