"""What really happened on a cluster, told from its history and not from what Tenter says of it.

Each line is one step of one object: ``create Job/migrate``, ``finish`` (a Job is complete, a Pod
has succeeded), ``fail``, ``ready`` (a Deployment is available), ``release`` (the hook finalizer
went), ``deleting`` (the deletion was asked for), ``delete`` (it is gone), ``update`` (its spec or
data changed). Objects that controllers made, and Tenter's own state, are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

HOOK_FINALIZER = "argocd.argoproj.io/hook-finalizer"
_UNINTERESTING = frozenset({"Lease", "Event", "Endpoints", "EndpointSlice"})
_MADE_BY_THE_CLUSTER = frozenset({("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")})


@dataclass(frozen=True)
class Step:
    """One step of one object; ``manifest`` is the object after it."""

    what: str
    kind: str
    namespace: str
    name: str
    uid: str
    manifest: dict[str, Any]

    @property
    def line(self) -> str:
        return f"{self.what} {self.kind}/{self.name}"


class Story:
    """The steps since some moment, oldest first."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self.steps = list(steps)

    @property
    def lines(self) -> list[str]:
        return [step.line for step in self.steps]

    def __contains__(self, line: str) -> bool:
        return any(step.line == line for step in self.steps)

    def __repr__(self) -> str:
        return "\n".join(self.lines)

    def _names(self, what: str, kind: str) -> list[str]:
        return [
            f"{step.kind}/{step.name}"
            for step in self.steps
            if step.what == what and kind in ("", step.kind)
        ]

    def created(self, kind: str = "") -> list[str]:
        """Return ``Kind/name`` of what was created, in order; all kinds, or one."""
        return self._names("create", kind)

    def deleted(self, kind: str = "") -> list[str]:
        return self._names("delete", kind)

    def uids(self, kind: str, name: str) -> list[str]:
        """Return the uid of each object that was created under this name."""
        return [
            step.uid
            for step in self.steps
            if (step.what, step.kind, step.name) == ("create", kind, name)
        ]

    def in_order(self, *lines: str) -> bool:
        """Tell whether the first ``lines[0]`` is before the first ``lines[1]`` after it, and so on.

        Raises AssertionError, with the whole story, where one of them never happened.
        """
        told = self.lines
        for line in lines:
            assert line in told, f"{line!r} never happened:\n{self!r}"
        places = [told.index(line) for line in lines]
        return places == sorted(places)

    @property
    def changed_nothing(self) -> bool:
        """Whether nobody changed anything; what runs already may become ready or end."""
        return not [step for step in self.steps if step.what not in {"ready", "finish", "fail"}]


def steps_of(verb: str, before: dict[str, Any] | None, after: dict[str, Any]) -> Iterator[Step]:
    """Yield the steps that one change is; ``verb`` is create, update or delete."""
    if not _is_interesting(after):
        return
    for what in _whats(verb, before or {}, after):
        metadata = after["metadata"]
        yield Step(
            what=what,
            kind=after["kind"],
            namespace=metadata.get("namespace", ""),
            name=metadata["name"],
            uid=metadata["uid"],
            manifest=after,
        )


def _whats(verb: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    if verb == "create":
        yield "create"
    if _ended(after) and _ended(after) != _ended(before):
        yield _ended(after)
    if verb == "update" and _wanted(before) != _wanted(after):
        yield "update"
    if _held(before) and not _held(after):
        yield "release"
    if _deleting(after) and not _deleting(before):
        yield "deleting"
    if verb == "delete":
        yield "delete"


def _wanted(obj: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in obj.items() if name not in ("metadata", "status")}


def _held(obj: dict[str, Any]) -> bool:
    return HOOK_FINALIZER in (obj.get("metadata", {}).get("finalizers") or ())


def _deleting(obj: dict[str, Any]) -> bool:
    return bool(obj.get("metadata", {}).get("deletionTimestamp"))


def _ended(obj: dict[str, Any]) -> str:
    """Return ``finish``, ``fail`` or ``ready`` where the status says so, else nothing."""
    status = obj.get("status") or {}
    phase = status.get("phase")
    if phase in {"Succeeded", "Done"}:
        return "finish"
    if phase in {"Failed", "Broken"}:
        return "fail"
    for condition in status.get("conditions") or ():
        if condition.get("status") == "True":
            if condition["type"] == "Complete":
                return "finish"
            if condition["type"] == "Failed":
                return "fail"
            if condition["type"] == "Available" and obj.get("kind") == "Deployment":
                return "ready"
    return ""


def _is_interesting(obj: dict[str, Any]) -> bool:
    metadata = obj["metadata"]
    kind = obj.get("kind", "")
    return not (
        kind in _UNINTERESTING
        or metadata.get("ownerReferences")
        or (kind, metadata["name"]) in _MADE_BY_THE_CLUSTER
        or obj.get("type") == "tenter.dev/state"
    )
