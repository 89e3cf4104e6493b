"""What really happened, read off the server's own history: the lives of objects, what was saved.

Nothing here asks Tenter. Each object has one life, by its uid, and how a hook ended is judged here
anew from its status, by the few rules that matter for the kinds in play.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tenter.applications.secrets import TERMINATE
from tenter.applications.state import About, HistoryEntry, Inventory
from tenter.embedded.store import Change, Store, Verb
from tenter.engine import Record
from tests.simulation.network import actor
from tests.simulation.scenarios import PART, REVISION
from tests.simulation.virtual_loop import Process

FINALIZER = "argocd.argoproj.io/hook-finalizer"
ATTEMPT = "tenter.dev/attempt"
TRACKING = "argocd.argoproj.io/tracking-id"
APPLICATION = "shop"

SUCCEEDED, FAILED = "succeeded", "failed"


@dataclass(eq=False)
class Life:
    """One object from its creation to its end. ``by`` is the process that did it, if one did."""

    uid: str
    kind: str
    name: str
    part: str
    born: float
    by: Process | None
    marks: list[str] = field(default_factory=list)
    revision: int = -1
    held: bool = False
    outcome: str = ""
    was_healthy: bool = False
    was_degraded: bool = False
    deletion: float | None = None
    deleted_by: Process | None = None
    gone: float | None = None
    meddled: bool = False
    hangs: bool = False
    object: dict[str, Any] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        return self.marks[-1] if self.marks else ""

    @property
    def phase(self) -> str:
        return self.mark.rpartition(".")[2]

    @property
    def alive(self) -> bool:
        return self.gone is None

    def __str__(self) -> str:
        return f"{self.kind}/{self.name} ({self.uid[:8]})"


@dataclass(eq=False)
class Saved:
    """What the state's Secret holds."""

    record: Record | None = None
    about: About | None = None
    inventory: Inventory = field(default_factory=Inventory)
    history: list[HistoryEntry] = field(default_factory=list)


Witness = Callable[[str, Life, Process | None], None]


class Ledger:
    """Follows the store from the beginning. ``witness`` is told of each thing that happens.

    ``asked_to_end`` says since when an operation is asked, by an annotation, to end; ``known`` has
    the uids that were ever saved. Its words are ``born``, ``applied`` (an ordinary object),
    ``ended``, ``released``, ``deleting``, ``gone`` and ``saved`` (without a life).
    """

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self.lives: dict[str, Life] = {}
        self.saved = Saved()
        self.asked_to_end: dict[str, float] = {}
        self.known: dict[str, None] = {}
        self.holder = ""
        self.saves = 0
        self.creations = 0
        self._now = now
        self._witnesses: list[Callable[[str, Life | None, Process | None], None]] = []
        store.subscribe(self._happened)

    def on_event(self, witness: Callable[[str, Life | None, Process | None], None]) -> None:
        self._witnesses.append(witness)

    # Reading

    def live(self, part: str) -> list[Life]:
        """Return the lives of a part that have not ended."""
        return [life for life in self.lives.values() if life.part == part and life.alive]

    def of_attempt(self, attempt: str, part: str = "", phase: str = "") -> list[Life]:
        """Return the hooks that carry, or carried, an attempt's mark (``operation.number``)."""
        found = []
        for life in self.lives.values():
            if part and life.part != part:
                continue
            for mark in life.marks:
                of, _, mark_phase = mark.rpartition(".")
                if of == attempt and phase in ("", mark_phase):
                    found.append(life)
                    break
        return found

    # Writing

    def _tell(self, word: str, life: Life | None, process: Process | None) -> None:
        for witness in self._witnesses:
            witness(word, life, process)

    def _happened(self, change: Change) -> None:
        metadata = change.object["metadata"]
        if change.resource == "leases.coordination.k8s.io":
            if metadata["name"] == f"tenter.{APPLICATION}":
                spec = change.object.get("spec") or {}
                gone = change.verb is Verb.DELETE
                self.holder = "" if gone else spec.get("holderIdentity") or ""
            return
        if change.resource == "secrets" and metadata["name"] == f"tenter.{APPLICATION}":
            self._take_saved(change)
            return
        annotations = metadata.get("annotations") or {}
        part = annotations.get(PART)
        if part and not metadata.get("ownerReferences") and change.resource != "replicasets.apps":
            self._note(change, part, annotations)

    def _take_saved(self, change: Change) -> None:
        self.saved = Saved()
        if change.verb is not Verb.DELETE:
            data = change.object.get("data") or {}

            def part(name: str, kind: Any, default: Any) -> Any:
                text = data.get(name)
                if text is None:
                    return default
                return msgspec.json.decode(zlib.decompress(base64.b64decode(text)), type=kind)

            self.saved = Saved(
                part("record", Record, None),
                part("about", About, None),
                part("inventory", Inventory, Inventory()),
                part("history", list[HistoryEntry], []),
            )
        record = self.saved.record
        if record is not None:
            self.known.update((state.uid, None) for state in record.hooks.values())
            annotations = change.object["metadata"].get("annotations") or {}
            if TERMINATE in annotations and not record.phase.ended:
                self.asked_to_end.setdefault(record.operation, self._now())
        self.saves += 1
        self._tell("saved", None, actor.get())

    def _note(self, change: Change, part: str, annotations: dict[str, str]) -> None:
        process = actor.get()
        metadata = change.object["metadata"]
        uid = change.uid
        life = self.lives.get(uid)
        words: list[str] = []
        if life is None:
            life = self.lives[uid] = Life(
                uid=uid,
                kind=change.object["kind"],
                name=metadata["name"],
                part=part,
                born=self._now(),
                by=process,
                hangs="'hang'" in str(change.object),
            )
            self.creations += 1
            words.append("born")
        before = life.object
        life.object = change.object
        mark = annotations.get(ATTEMPT, "")
        if mark and mark != life.mark:
            life.marks.append(mark)
            if "born" not in words:
                words.append("adopted")
        revision = int(annotations.get(REVISION, -1))
        if revision >= 0 and _content(before) != _content(change.object):
            life.revision = revision
            life.was_healthy = life.was_degraded = False
            words.append("applied")
        held = FINALIZER in (metadata.get("finalizers") or ())
        if life.held and not held:
            words.append("released")
        life.held = held
        words += self._judge(life, change.object)
        if metadata.get("deletionTimestamp") and life.deletion is None:
            life.deletion, life.deleted_by = self._now(), process
            words.append("deleting")
        if change.verb is Verb.DELETE:
            if life.deletion is None:
                life.deletion, life.deleted_by = self._now(), process
                words.append("deleting")
            life.gone = self._now()
            words.append("gone")
        for word in words:
            self._tell(word, life, process)

    def _judge(self, life: Life, obj: dict[str, Any]) -> list[str]:
        if life.revision >= 0:
            life.was_healthy = life.was_healthy or is_healthy(obj)
            life.was_degraded = life.was_degraded or is_degraded(obj)
            return []
        if life.outcome:
            return []
        life.outcome = outcome_of(obj)
        return ["ended"] if life.outcome else []


def outcome_of(obj: dict[str, Any]) -> str:
    """Return how a hook ended, empty while it has not; what has no status has succeeded."""
    status = obj.get("status") or {}
    match obj["kind"]:
        case "Job":
            for condition in status.get("conditions") or ():
                if condition["status"] == "True" and condition["type"] in ("Complete", "Failed"):
                    return SUCCEEDED if condition["type"] == "Complete" else FAILED
            return ""
        case "Pod":
            return {"Succeeded": SUCCEEDED, "Failed": FAILED}.get(status.get("phase", ""), "")
        case _:
            return SUCCEEDED


def is_healthy(obj: dict[str, Any]) -> bool:
    """Tell whether an ordinary object is as it should be."""
    status = obj.get("status") or {}
    match obj["kind"]:
        case "Deployment":
            wanted = obj["spec"]["replicas"]
            counts = ("replicas", "updatedReplicas", "availableReplicas")
            seen = status.get("observedGeneration") == obj["metadata"].get("generation")
            return seen and all(status.get(name) == wanted for name in counts)
        case "Job":
            return outcome_of(obj) == SUCCEEDED
        case _:
            return True


def is_degraded(obj: dict[str, Any]) -> bool:
    """Tell whether an ordinary object has failed."""
    if obj["kind"] == "Job":
        return outcome_of(obj) == FAILED
    conditions = (obj.get("status") or {}).get("conditions") or ()
    return any(each.get("reason") == "ProgressDeadlineExceeded" for each in conditions)


def _content(obj: dict[str, Any]) -> Any:
    if not obj:
        return None
    annotations = obj["metadata"].get("annotations") or {}
    return (annotations.get(REVISION), obj.get("spec"), obj.get("data"))
