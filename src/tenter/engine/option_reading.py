"""Sync options from their text, ``Name=value``: of an operation and of one object.

An option that Tenter does not know, or does not honour yet, is refused: an ignored option is a
promise broken in silence.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from tenter.engine.durations import read_duration
from tenter.engine.options import (
    ObjectOptions,
    PreflightMode,
    Propagation,
    RetryOptions,
    SyncOptions,
)
from tenter.errors import OptionError
from tenter.manifests import Manifest, key_of

SYNC_OPTIONS = "argocd.argoproj.io/sync-options"
TIMEOUT = "tenter.dev/timeout"

_Changes = dict[str, Any]
_Reader = Callable[[str], _Changes]


def _flag(field: str) -> _Reader:
    def read(value: str) -> _Changes:
        return {field: _boolean(value)}

    return read


def _boolean(value: str) -> bool:
    if value not in {"true", "false"}:
        raise ValueError("true or false")
    return value == "true"


def _confirmable(field: str) -> _Reader:
    def read(value: str) -> _Changes:
        if value == "confirm":
            return {field: True, f"confirm_{field}": True}
        if value not in {"true", "false"}:
            raise ValueError("true, false or confirm")
        return {field: value == "true", f"confirm_{field}": False}

    return read


def _propagation(value: str) -> _Changes:
    if value not in list(Propagation):
        raise ValueError("foreground, background or orphan")
    return {"prune_propagation": Propagation(value)}


def _preflight(value: str) -> _Changes:
    if value not in list(PreflightMode):
        raise ValueError("server, client or none")
    return {"preflight": PreflightMode(value)}


def _timeout(field: str) -> _Reader:
    def read(value: str) -> _Changes:
        seconds = read_duration(value)
        if not seconds:
            raise ValueError("a duration above zero, such as 90s or 10m")
        return {field: seconds}

    return read


def _compatibility(value: str) -> _Changes:
    if value != "argocd":
        raise ValueError("argocd")
    return {"argocd_compatible": True, "preflight": PreflightMode.CLIENT}


_OBJECT: dict[str, _Reader] = {
    "Validate": _flag("validate"),
    "Replace": _flag("replace"),
    "SkipDryRunOnMissingResource": _flag("skip_dry_run_on_missing_resource"),
    "Prune": _confirmable("prune"),
    "Delete": _confirmable("delete"),
    "PruneLast": _flag("prune_last"),
    "PrunePropagationPolicy": _propagation,
    "ServerSideApply": _flag("server_side"),
    "ClientSideApplyMigration": _flag("migrate"),
}
_OBJECT_ONLY: dict[str, _Reader] = {"Force": _flag("force")}
_OPERATION: dict[str, _Reader] = {
    "CreateNamespace": _flag("create_namespace"),
    "Preflight": _preflight,
    "HookTimeout": _timeout("hook_timeout"),
    "SyncTimeout": _timeout("sync_timeout"),
    "SelectiveHooks": _flag("selective_hooks"),
    "Supersede": _flag("supersede"),
    "Compatibility": _compatibility,
    "ApplyOutOfSyncOnly": _flag("out_of_sync_only"),
    "FailOnSharedResource": _flag("fail_on_shared"),
    "RespectIgnoreDifferences": _flag("respect_ignored"),
}


def read_options(texts: Iterable[str], base: SyncOptions | None = None) -> SyncOptions:
    """Return the options of an operation: ``texts`` (``Name=value``) over ``base``.

    Raises ``OptionError`` for unknown names (naming the nearest known) and values.
    """
    options = base or SyncOptions()
    # Compatibility changes what others default to, so what is named explicitly comes after it.
    for text in sorted(texts, key=lambda text: not text.startswith("Compatibility=")):
        name, value = _split(text, "sync option")
        if name in _OBJECT:
            changes = _read(_OBJECT[name], name, value, "sync option")
            options = msgspec.structs.replace(
                options, objects=msgspec.structs.replace(options.objects, **changes)
            )
        elif name in _OPERATION:
            options = msgspec.structs.replace(
                options, **_read(_OPERATION[name], name, value, "sync option")
            )
            if name == "Compatibility":
                # Argo CD applies client-side and lets the server drop unknown fields.
                as_there = msgspec.structs.replace(
                    options.objects, server_side=False, validate=False
                )
                options = msgspec.structs.replace(options, objects=as_there)
        elif name in _OBJECT_ONLY:
            raise OptionError(
                f"sync option {name} holds for one object. Put it in that object's annotation "
                f"{SYNC_OPTIONS}, or force the whole sync with --force"
            )
        else:
            raise _unknown(name, [*_OBJECT, *_OPERATION], "sync option")
    return options


def read_retry(retry: dict[str, Any]) -> RetryOptions:
    """Return the retry options of an Application's ``retry`` {limit, backoff, refresh}.

    Durations are texts such as ``5s`` or bare seconds. Raises ``OptionError`` for values that are
    none.
    """
    backoff = retry.get("backoff") or {}
    default = RetryOptions()
    try:
        return RetryOptions(
            limit=int(retry.get("limit", default.limit)),
            duration=_seconds(backoff.get("duration"), default.duration),
            factor=int(backoff.get("factor", default.factor)),
            max_duration=_seconds(backoff.get("maxDuration"), default.max_duration),
            refresh=bool(retry.get("refresh", False)),
        )
    except (TypeError, ValueError):
        raise OptionError(
            f"retry is {retry!r}, which cannot be read. It takes limit (an integer) and backoff "
            "with duration, factor and maxDuration, such as 5s, 2 and 3m"
        ) from None


def _seconds(text: object, default: float) -> float:
    if text is None:
        return default
    seconds = read_duration(str(text))
    if seconds is None:
        raise ValueError(text)
    return seconds


def object_options(manifest: Manifest, base: ObjectOptions, origin: str = "") -> ObjectOptions:
    """Return ``base`` with the object's own sync-options annotation over it.

    ``origin`` is the manifest's place. Raises ``OptionError`` naming the object.
    """
    annotations = (manifest.get("metadata") or {}).get("annotations") or {}
    text = annotations.get(SYNC_OPTIONS)
    if not text:
        return base
    where = f"{_named(manifest, origin)}: annotation {SYNC_OPTIONS}: sync option"
    return with_texts(base, [part.strip() for part in text.split(",") if part.strip()], where)


def with_texts(base: ObjectOptions, texts: Iterable[str], where: str) -> ObjectOptions:
    """Return ``base`` with an object's option ``texts`` over it; ``where`` begins errors."""
    for text in texts:
        name, value = _split(text, where)
        reader = _OBJECT.get(name) or _OBJECT_ONLY.get(name)
        if reader is None:
            if name in _OPERATION:
                raise OptionError(f"{where} {name} holds for a whole application, not one object")
            raise _unknown(name, [*_OBJECT, *_OBJECT_ONLY], where)
        base = msgspec.structs.replace(base, **_read(reader, name, value, where))
    return base


def object_timeout(manifest: Manifest, origin: str = "") -> float | None:
    """Return the seconds of the object's ``tenter.dev/timeout``, None where it has none.

    ``origin`` is the manifest's place. Raises ``OptionError`` where it is not a duration.
    """
    annotations = (manifest.get("metadata") or {}).get("annotations") or {}
    text = annotations.get(TIMEOUT)
    if text is None:
        return None
    seconds = read_duration(text)
    if not seconds:
        raise OptionError(
            f'{_named(manifest, origin)}: annotation {TIMEOUT} is "{text}", which is not a '
            "duration above zero. Write it as 90s, 10m or 1h30m"
        )
    return seconds


def _named(manifest: Manifest, origin: str) -> str:
    name = key_of(manifest).short
    return f"{origin}: {name}" if origin else name


def _split(text: str, where: str) -> tuple[str, str]:
    name, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not name:
        raise OptionError(f'{where} "{text}" has no value. Write it as Name=value')
    return name, value


def _read(reader: _Reader, name: str, value: str, where: str) -> _Changes:
    try:
        return reader(value)
    except ValueError as error:
        raise OptionError(f'{where} {name} cannot be "{value}": it takes {error}') from None


def _unknown(name: str, known: Iterable[str], where: str) -> OptionError:
    names = list(known)
    lowered = {word.lower(): word for word in names}
    near = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.5)
    advice = f"Did you mean {lowered[near[0]]}?" if near else f"Known are {', '.join(names)}"
    place, colon, what = where.rpartition(": ")
    return OptionError(f'{place}{colon}unknown {what} "{name}". {advice}')
