"""Who owns which field: server-side apply and the tracking of all other writes.

Source of the rules: KEP-555 and the Kubernetes documentation of server-side apply.
"""

from __future__ import annotations

from typing import Any

from tenter.embedded.fields.comparison import applied_set, compare
from tenter.embedded.fields.conformance import typed_errors
from tenter.embedded.fields.errors import FieldConflict, FieldConflicts, TypedPatchError
from tenter.embedded.fields.managers import (
    APPLY,
    BEFORE_FIRST_APPLY,
    UPDATE,
    Entry,
    capped,
    decode,
    encode,
)
from tenter.embedded.fields.merging import merge, withdraw
from tenter.embedded.fields.sets import FieldSet, difference, intersection, paths, union
from tenter.embedded.schema import StructType, prune
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
    anyone else wants now, are gone. ``applied`` holds only what its endpoint writes: the server
    takes the status out, or all but it. ``now`` is an RFC 3339 time in whole seconds
    (``2024-01-31T12:00:00Z``). The result is pruned and not yet defaulted; no argument is changed.
    A no-op returns an object equal to ``live``, at the latest after defaulting (``stringData``).

    Raises ``FieldConflicts`` where another manager owns a field that would change and ``force`` is
    not given; ``TypedPatchError`` where ``applied`` has a field its type does not declare, a value
    of the wrong type, or two entries of one key.
    """
    _check(applied, type_)
    stated = applied_set(applied, type_)
    mine = Entry(manager, APPLY, type_.api_version, now, stated, subresource)
    if live is None:
        return _with_managers(prune(applied, type_), [mine])
    entries = decode(live["metadata"].get("managedFields"))
    if not entries:
        everything = compare({}, live, type_, without_status=type_.built_in).written
        entries = [Entry(BEFORE_FIRST_APPLY, UPDATE, type_.api_version, now, everything)]
    before = next((entry for entry in entries if entry.identity == mine.identity), None)
    others = [entry for entry in entries if entry is not before]
    new = merge(live, applied, type_)
    if before is not None and before.fields != stated:
        # Names and the like belong to nobody and stay: metadata as such is always wanted.
        wanted = {"f:metadata": {}, **stated}
        owned = [wanted, *(entry.fields for entry in others)]
        new = withdraw(new, type_, before.fields, owned)
    # Compared before what is empty goes: to state a 0 is to change a 1, though no 0 is kept.
    change = compare(live, new, type_)
    if change:
        written = change.written
        if not force:
            _refuse_conflicts(others, written)
        others = [_without(entry, written, change.removed) for entry in others]
    if before is not None:
        mine = before if before.fields == stated and not change else mine
        if mine is before and before.api_version != type_.api_version:
            mine = Entry(manager, APPLY, type_.api_version, now, stated, subresource)
    if new == live:
        # Who only says what is so already did nothing at any time.
        mine = mine.at(before.time if before is not None else "")
    return _with_managers(prune(new, type_), [*others, mine])


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
    nobody else. ``managedFields`` that ``new`` brings itself are taken as they are; where it has
    none, those of ``old`` go on; ``[{}]`` resets them. Both objects are pruned and defaulted.
    """
    # A built-in kind's status is written through its subresource alone: what else stands there
    # on creation, the server put there itself.
    change = compare(old or {}, new, type_, without_status=type_.built_in and not subresource)
    given: Any = None
    if old is not None:
        given = None if subresource else new["metadata"].get("managedFields")
        if given == [{}]:
            return _with_managers(new, [])
        given = given or old["metadata"].get("managedFields")
    if not change or (old is not None and not given):
        # An object that has no managers gets some by an apply only.
        return _with_entries(new, given or [])
    entries = decode(given)
    mine = Entry(manager, UPDATE, type_.api_version, now, {}, subresource)
    before = next((entry for entry in entries if entry.identity == mine.identity), mine)
    written = change.written
    others = [_without(e, written, change.removed) for e in entries if e is not before]
    fields = union(difference(before.fields, change.removed), written)
    return _with_managers(new, capped([*others, before.holding(fields, now)]))


def _check(applied: Manifest, type_: StructType) -> None:
    errors = typed_errors(applied, type_)
    if not errors:
        return
    metadata = applied.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    where = f"{metadata.get('namespace', '')}/{metadata.get('name', '')}"
    kind = f"{type_.group}/{type_.version}, Kind={type_.kind}"
    text = errors[0] if len(errors) == 1 else "errors:\n" + "\n".join(f"  {e}" for e in errors)
    raise TypedPatchError(f"failed to create typed patch object ({where}; {kind}): {text}")


def _refuse_conflicts(others: list[Entry], written: FieldSet) -> None:
    conflicts = [
        FieldConflict(entry.label, path)
        for entry in sorted(others, key=lambda entry: entry.label)
        for path in paths(intersection(entry.fields, written))
    ]
    if conflicts:
        raise FieldConflicts(conflicts)


def _without(entry: Entry, written: FieldSet, removed: FieldSet) -> Entry:
    return entry.holding(difference(difference(entry.fields, written), removed))


def _with_managers(obj: Manifest, entries: list[Entry]) -> Manifest:
    return _with_entries(obj, encode(entries))


def _with_entries(obj: Manifest, entries: list[dict[str, Any]]) -> Manifest:
    metadata = obj.get("metadata") or {}
    if metadata.get("managedFields", []) == entries:
        return obj
    metadata = dict(metadata)
    if entries:
        metadata["managedFields"] = entries
    else:
        metadata.pop("managedFields", None)
    return {**obj, "metadata": metadata}
