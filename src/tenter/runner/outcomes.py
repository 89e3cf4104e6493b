"""What performing an action came to: the event for the engine, and what it showed of the object.

The second part places the answer among the states that a watch tells (``freshness``).
"""

from __future__ import annotations

import msgspec

from tenter.engine import Event
from tenter.errors import ApiError, TenterError
from tenter.manifests import Manifest
from tenter.runner.undeclared import duplicate_entries, undeclared_fields


class Outcome(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """``event`` answers the action, ``then`` follows it.

    ``shown`` is the object's state in the API server's answer, None where it showed none; ``gone``
    says that it showed there is no such object.
    """

    event: Event
    then: tuple[Event, ...] = ()
    shown: Manifest | None = None
    gone: bool = False


def explain(error: TenterError, *, validated: bool = True) -> str:
    """Return ``error`` as the message of a task's result.

    The API server's own words where there are any; what apply says of undeclared fields and of
    duplicate entries is put in words that name the remedy. ``validated`` is False where the user
    already chose ``Validate=false``.
    """
    if not isinstance(error, ApiError):
        return str(error)
    said = str(error.status.get("message") or error)
    fields = undeclared_fields(said)
    if fields and validated:
        one = len(fields) == 1
        return (
            f"unknown field{'' if one else 's'} {', '.join(fields)}: the kind does not declare "
            f"{'it' if one else 'them'}. Correct or remove {'it' if one else 'them'}, or set the "
            "sync option Validate=false to have such fields dropped"
        )
    if duplicate_entries(said):
        return f"{said}. Give each entry of the list a key of its own"
    return said
