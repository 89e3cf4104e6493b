"""What a request asks for beside its object: the query parameters and DeleteOptions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from tenter.embedded.statuses import Refusal, bad_request

_PROPAGATIONS = ("Background", "Foreground", "Orphan")
_LONGEST_MANAGER = 128
_VALIDATIONS = ("Ignore", "Strict", "Warn")


class WriteOptions(msgspec.Struct, kw_only=True):
    """How to write, and in ``warnings`` what to tell the client beside the answer.

    ``now`` is the time of the write, as objects carry it.
    """

    manager: str
    now: str
    dry_run: bool = False
    validation: str = "Warn"
    force: bool = False
    warnings: list[str] = []


class Deletion(msgspec.Struct, frozen=True, kw_only=True):
    """How to delete; None leaves it to the object and its kind. ``grace`` is in seconds."""

    grace: int | None = None
    propagation: str | None = None
    uid: str | None = None
    version: str | None = None
    dry_run: bool = False


def write_options(query: Mapping[str, str], user_agent: str, now: str, kind: str) -> WriteOptions:
    """Read the parameters of a write; raises ``Refusal`` for values that are none.

    ``kind`` is what they are together, such as ``PatchOptions``.
    Who writes is ``fieldManager``, else the part of the user agent before its slash.
    """
    _check_manager(query.get("fieldManager", ""), kind)
    validation = query.get("fieldValidation") or "Warn"
    if validation not in _VALIDATIONS:
        raise _unsupported("fieldValidation", validation, _VALIDATIONS, kind)
    return WriteOptions(
        manager=query.get("fieldManager") or user_agent.partition("/")[0] or "unknown",
        now=now,
        dry_run=_dry_run(query.get("dryRun", ""), kind),
        validation=validation,
        force=query.get("force") in ("true", "1"),
        warnings=[],
    )


def deletion(query: Mapping[str, str], body: Any) -> Deletion:
    """Read DeleteOptions from the body, else from the query; raises ``Refusal`` for bad values.

    Where there is a body, the query says nothing.
    """
    if body is None:
        dry_run = [query["dryRun"]] if "dryRun" in query else []
        body = {**query, "dryRun": dry_run}
        if "orphanDependents" in query:
            body["orphanDependents"] = query["orphanDependents"] in ("true", "1")
    if not isinstance(body, dict) or body.get("kind", "DeleteOptions") != "DeleteOptions":
        raise bad_request("the body of a deletion must be DeleteOptions")
    conditions = body.get("preconditions") or {}
    grace = body.get("gracePeriodSeconds")
    propagation = body.get("propagationPolicy")
    orphan = body.get("orphanDependents")
    if propagation is not None and orphan is not None:
        raise _wrong(
            "propagationPolicy",
            "FieldValueInvalid",
            f'Invalid value: "{propagation}": orphanDependents and deletionPropagation cannot be '
            "both set",
            "DeleteOptions",
        )
    if propagation is None and orphan is not None:
        propagation = "Orphan" if orphan else "Background"
    if propagation is not None and propagation not in _PROPAGATIONS:
        raise _unsupported("propagationPolicy", propagation, _PROPAGATIONS, "DeleteOptions")
    dry_runs = body.get("dryRun") or [""]
    try:
        seconds = None if grace in (None, "") else max(0, int(grace))
    except (TypeError, ValueError):
        raise bad_request(f"gracePeriodSeconds must be an integer, not {grace!r}") from None
    return Deletion(
        grace=seconds,
        propagation=propagation,
        uid=conditions.get("uid"),
        version=conditions.get("resourceVersion"),
        dry_run=_dry_run(dry_runs[0], "DeleteOptions"),
    )


def _dry_run(value: str, kind: str) -> bool:
    if value not in ("", "All"):
        raise _unsupported("dryRun", value, ("All",), kind)
    return value == "All"


def refuse_force(query: Mapping[str, str]) -> None:
    """Refuse ``force`` of a patch that is no apply (422)."""
    if "force" in query:
        why = "Forbidden: may not be specified for non-apply patch"
        raise _wrong("force", "FieldValueForbidden", why, "PatchOptions")


def _check_manager(manager: str, kind: str) -> None:
    if len(manager) > _LONGEST_MANAGER:
        why = f"Too long: may not be more than {_LONGEST_MANAGER} bytes"
        raise _wrong("fieldManager", "FieldValueTooLong", why, kind)
    for place, letter in enumerate(manager):
        if not letter.isprintable():
            why = f"invalid character U+{ord(letter):04X} (at position {place})"
            message = f"Invalid value: {json.dumps(manager)}: {why}"
            raise _wrong("fieldManager", "FieldValueInvalid", message, kind)


def _unsupported(field: str, value: str, choices: tuple[str, ...], kind: str) -> Refusal:
    supported = ", ".join(f'"{choice}"' for choice in choices)
    message = f'Unsupported value: "{value}": supported values: {supported}'
    return _wrong(field, "FieldValueNotSupported", message, kind)


def _wrong(field: str, reason: str, message: str, kind: str) -> Refusal:
    cause = {"reason": reason, "message": message, "field": field}
    return Refusal(
        422,
        "Invalid",
        f'{kind}.meta.k8s.io "" is invalid: {field}: {message}',
        details={"group": "meta.k8s.io", "kind": kind, "causes": [cause]},
    )
