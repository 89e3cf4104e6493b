"""What a request asks for beside its object: the query parameters and DeleteOptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from tenter.embedded.statuses import Refusal, bad_request

_PROPAGATIONS = ("Background", "Foreground", "Orphan")
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


def deletion(query: Mapping[str, str], body: Mapping[str, Any]) -> Deletion:
    """Read DeleteOptions from the body, else from the query; raises ``Refusal`` for bad values."""
    conditions = body.get("preconditions") or {}
    grace = body.get("gracePeriodSeconds", query.get("gracePeriodSeconds"))
    propagation = body.get("propagationPolicy") or query.get("propagationPolicy")
    orphan = body.get("orphanDependents")
    if propagation is None and orphan is not None:
        propagation = "Orphan" if orphan else "Background"
    if propagation is not None and propagation not in _PROPAGATIONS:
        raise _unsupported("propagationPolicy", propagation, _PROPAGATIONS, "DeleteOptions")
    dry_run = body.get("dryRun") or query.get("dryRun") or ""
    try:
        seconds = None if grace in (None, "") else max(0, int(grace))
    except (TypeError, ValueError):
        raise bad_request(f"gracePeriodSeconds must be an integer, not {grace!r}") from None
    return Deletion(
        grace=seconds,
        propagation=propagation,
        uid=conditions.get("uid"),
        version=conditions.get("resourceVersion"),
        dry_run=_dry_run(dry_run[0] if isinstance(dry_run, list) else dry_run, "DeleteOptions"),
    )


def _dry_run(value: str, kind: str) -> bool:
    if value not in ("", "All"):
        raise _unsupported("dryRun", value, ("All",), kind)
    return value == "All"


def _unsupported(field: str, value: str, choices: tuple[str, ...], kind: str) -> Refusal:
    supported = ", ".join(f'"{choice}"' for choice in choices)
    message = f'Unsupported value: "{value}": supported values: {supported}'
    cause = {"reason": "FieldValueNotSupported", "message": message, "field": field}
    return Refusal(
        422,
        "Invalid",
        f'{kind}.meta.k8s.io "" is invalid: {field}: {message}',
        details={"group": "meta.k8s.io", "kind": kind, "causes": [cause]},
    )
