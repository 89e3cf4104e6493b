"""What is remembered of an application between two commands.

Kept in parts, each encoded by itself, because they change at different times: the record with
every step of an operation, the history with every sync. Where they are kept is not known here.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tenter.applications.saved_source import SavedSource
from tenter.engine import Record
from tenter.errors import StateError
from tenter.manifests import Key, Manifest
from tenter.runner import Report

FORMAT = 1
"""The form of the saved state; a later version of Tenter may write another."""

ABOUT = "about"
RECORD = "record"
REPORT = "report"
INVENTORY = "inventory"
HISTORY = "history"
RUNNING = "running"
DELETE_HOOKS = "delete-hooks"


class KeptManifest(msgspec.Struct, frozen=True):
    """A manifest as it was loaded, and the place it came from."""

    manifest: Manifest
    origin: str = ""


class About(msgspec.Struct, kw_only=True):
    """Whose state this is. ``last_started`` is the start of the latest attempt (Unix seconds).

    ``revision`` and ``asked`` are those of the latest operation, ``target_revision`` is the branch,
    tag or commit that it was to follow; ``keep_manifests`` and
    ``history_limit`` say what becomes of it in the history. ``sources`` (as an Application writes
    them) and ``revisions`` are those of an operation of the controller, which may have several.
    """

    format: int = FORMAT
    application: str
    namespace: str
    source: SavedSource | None = None
    last_started: int = 0
    revision: str = ""
    target_revision: str = ""
    asked: dict[str, Any] = {}
    keep_manifests: bool = False
    history_limit: int = 10
    sources: tuple[dict[str, Any], ...] = ()
    revisions: tuple[str, ...] = ()


class Inventory(msgspec.Struct, kw_only=True):
    """Every object ever applied and not yet pruned, and the hooks' objects that stayed."""

    objects: list[Key] = []
    hooks: list[Key] = []


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One successful sync. Times are Unix seconds; ``manifests`` are kept only when asked for."""

    id: int
    deployed_at: float
    deploy_started_at: float
    revision: str
    source: SavedSource | None = None
    manifests: tuple[KeptManifest, ...] | None = None


class State(msgspec.Struct, kw_only=True):
    """All parts. ``running`` holds the running operation's manifests where no revision does."""

    about: About
    record: Record | None = None
    report: Report | None = None
    inventory: Inventory = msgspec.field(default_factory=Inventory)
    history: list[HistoryEntry] = []
    running: tuple[KeptManifest, ...] = ()
    delete_hooks: tuple[KeptManifest, ...] = ()

    @property
    def runs(self) -> bool:
        """Whether the state holds an operation that has not ended."""
        return self.record is not None and not self.record.phase.ended

    @property
    def deletes(self) -> bool:
        """Whether the state's operation removes the application."""
        return self.record is not None and self.record.deletion


_PARTS: dict[str, Any] = {
    RECORD: Record,
    REPORT: Report,
    INVENTORY: Inventory,
    HISTORY: list[HistoryEntry],
    RUNNING: tuple[KeptManifest, ...],
    DELETE_HOOKS: tuple[KeptManifest, ...],
}
_FIELDS = {
    RECORD: "record",
    REPORT: "report",
    INVENTORY: "inventory",
    HISTORY: "history",
    RUNNING: "running",
    DELETE_HOOKS: "delete_hooks",
}


def decode_state(parts: dict[str, bytes], where: str) -> State:
    """Return the state of ``parts``; ``where`` names their place in errors.

    Raises ``StateError`` where they cannot be read.
    """
    try:
        about = msgspec.json.decode(parts[ABOUT], type=About)
        if about.format > FORMAT:
            raise StateError(
                f"{where} was written by a newer Tenter (format {about.format}). Upgrade Tenter"
            )
        fields = {
            _FIELDS[name]: msgspec.json.decode(data, type=_PARTS[name])
            for name, data in parts.items()
            if name in _PARTS and data
        }
    except (KeyError, msgspec.DecodeError) as error:
        raise StateError(
            f"{where} holds no readable state of an application ({error}). Restore the Secret, or "
            "delete it to begin anew; objects on the cluster stay"
        ) from error
    return State(about=about, **fields)


def encode_parts(state: State, *names: str) -> dict[str, bytes]:
    """Return the named parts of ``state`` as they are kept; all of them where none is named.

    A part that holds nothing is encoded as no bytes, and so is forgotten.
    """
    parts: dict[str, bytes] = {}
    for name in names or (ABOUT, *_PARTS):
        value = state.about if name == ABOUT else getattr(state, _FIELDS[name])
        parts[name] = msgspec.json.encode(value) if value else b""
    return parts
