"""A small cluster for the engine alone: it performs actions and tells what happened.

It keeps a history of what was asked of it, from which the tests read what really happened. Time
is a number that the tests move.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from tenter.engine import (
    ATTEMPT,
    FINALIZER,
    Action,
    Applied,
    ApplyHook,
    ApplyObject,
    ApplyOutcome,
    Attempt,
    AttemptFacts,
    AttemptStarted,
    ConfirmObject,
    CreateHook,
    Decision,
    DeleteObject,
    DeleteRequested,
    DiscoveryRefreshed,
    End,
    Event,
    Gone,
    HookApplied,
    HookCreated,
    HookExists,
    HookReleased,
    NamespaceReady,
    Phase,
    Plan,
    Preflight,
    PreflightEnded,
    PrepareNamespace,
    PruneTarget,
    Record,
    RefreshDiscovery,
    ReleaseHook,
    Saved,
    Seen,
    Selected,
    Sighting,
    SyncOptions,
    Target,
    Task,
    TaskFailed,
    TaskKind,
    TerminateRequested,
    TimePassed,
    next_attempt,
    plan,
    read_options,
)
from tenter.health import Health, HealthStatus
from tenter.manifests import Key, Manifest, key_of

START = 1_700_000_000

HEALTHY = Health(HealthStatus.HEALTHY)
PROGRESSING = Health(HealthStatus.PROGRESSING)
DEGRADED = Health(HealthStatus.DEGRADED, "it broke")
SUSPENDED = Health(HealthStatus.SUSPENDED)


def manifest(
    kind: str,
    name: str = "",
    *,
    group: str = "",
    namespace: str = "shop",
    generate_name: str = "",
    **annotations: str,
) -> Manifest:
    """Return an object; ``hook``, ``policy``, ``wave`` and ``options`` become annotations."""
    names = {
        "hook": "argocd.argoproj.io/hook",
        "policy": "argocd.argoproj.io/hook-delete-policy",
        "wave": "argocd.argoproj.io/sync-wave",
        "options": "argocd.argoproj.io/sync-options",
        "timeout": "tenter.dev/timeout",
        "helm_hook": "helm.sh/hook",
        "helm_weight": "helm.sh/hook-weight",
        "helm_policy": "helm.sh/hook-delete-policy",
    }
    metadata: dict[str, Any] = {"annotations": {names[k]: v for k, v in annotations.items()}}
    if name:
        metadata["name"] = name
    if generate_name:
        metadata["generateName"] = generate_name
    if namespace:
        metadata["namespace"] = namespace
    api_version = f"{group}/v1" if group else "v1"
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata}


def job(name: str = "", **rest: str) -> Manifest:
    """Return a Job."""
    return manifest("Job", name, group="batch", **rest)


def config(name: str, **rest: str) -> Manifest:
    """Return a ConfigMap, which has no health check."""
    return manifest("ConfigMap", name, **rest)


def deployment(name: str, **rest: str) -> Manifest:
    """Return a Deployment."""
    return manifest("Deployment", name, group="apps", **rest)


_CHECKED_KINDS = {"Job", "Deployment", "Pod", "CustomResourceDefinition"}


class LiveObject(msgspec.Struct):
    """An object of the small cluster."""

    key: Key
    uid: str
    version: int
    health: Health | None
    attempt: str = ""
    finalizer: bool = False
    deleting: bool = False
    active: bool = True
    provisional: bool = False
    created_at: float = 0.0

    def sighting(self) -> Sighting:
        return Sighting(
            key=self.key,
            uid=self.uid,
            version=str(self.version),
            health=self.health,
            attempt=self.attempt,
            finalizer=self.finalizer,
            deleting=self.deleting,
            active=self.active,
            provisional=self.provisional,
            created_at=self.created_at,
        )


class World:
    """A cluster and the loop of a runner, one step at a time.

    ``outcomes`` maps object names to the health they get once they run; a name that is not there
    becomes healthy (or has no check). ``held`` names stay Progressing until ``outcome`` is called.
    ``refused`` maps names to the message with which the server refuses them. With
    ``slow_deletions`` a deleted object stays until ``remove`` is called.
    """

    def __init__(
        self,
        *targets: Manifest,
        options: Sequence[str] = (),
        settings: dict[str, Any] | None = None,
        prunes: Sequence[PruneTarget] = (),
        selection: Sequence[Selected] = (),
        revision: str = "0123456789abcdef",
    ) -> None:
        self.now = float(START)
        self.targets = [Target(target) for target in targets]
        base = msgspec.structs.replace(SyncOptions(), **(settings or {}))
        self.options = read_options(options, base)
        self.selection = tuple(selection)
        self.objects: dict[Key, LiveObject] = {}
        self.history: list[str] = []
        self.outcomes: dict[str, Health | None] = {}
        self.held: set[str] = set()
        self.refused: dict[str, str] = {}
        self.preflight_errors: dict[str, str] = {}
        self.in_flight: list[Action] = []
        self.events: list[Event] = []
        self.saves = 0
        self.save_blocked = False
        self.slow_deletions = False
        self.saved_record: bytes = b""
        self._counter = 0
        facts = AttemptFacts(
            operation="op",
            number=0,
            started=START,
            revision=revision,
            destination_namespace="shop",
            prunes=tuple(prunes),
        )
        self.record = Record(
            operation="op",
            options=self.options,
            selection=self.selection,
            attempt=facts,
            started_at=self.now,
        )
        self.attempt = self._new_attempt(-1)
        self.decision = Decision()
        self.end: End | None = None

    # Reading

    def created(self) -> list[str]:
        """Return the names of the hooks that were created, in order."""
        return [line.removeprefix("create ") for line in self.history if line.startswith("create ")]

    def result(self, name: str, phase: str = "") -> Any:
        """Return the one result of the object of this name (in this phase)."""
        found = [
            result
            for result in self.record.results.values()
            if result.key.name == name and (not phase or result.sync_phase == phase)
        ]
        assert len(found) == 1, found
        return found[0]

    def live(self, name: str) -> LiveObject | None:
        """Return the live object of this name."""
        found = [item for item in self.objects.values() if item.key.name == name]
        return found[0] if found else None

    @property
    def plan(self) -> Plan:
        return self.attempt.plan

    def task(self, name: str) -> Task:
        """Return the one task of the object of this name."""
        found = [task for task in self.plan.tasks if task.key.name == name]
        assert len(found) == 1, found
        return found[0]

    def goes_on(self) -> bool:
        """Tell whether the attempt has not ended."""
        return self.end is None

    # Set-up

    def put(self, target: Manifest, **fields: Any) -> LiveObject:
        """Put a live object there as if someone had made it before."""
        item = self._make(key_of(target), fields.pop("attempt", ""))
        for name, value in fields.items():
            setattr(item, name, value)
        return item

    # Running

    def run(self, until: Callable[[World], bool] | None = None, steps: int = 2000) -> World:
        """Run until the attempt ends, nothing more happens by itself, or ``until`` holds."""
        if not self.events and not self.history:
            self.start()
        for _ in range(steps):
            if until is not None and until(self):
                return self
            if not self.step():
                return self
        raise AssertionError(f"still going after {steps} steps: {self.history[-20:]}")

    def start(self) -> None:
        """Tell the engine what is there, and that the attempt starts."""
        for key in {task.key: None for task in self.plan.tasks}:
            live = self.objects.get(key)
            self.tell(Seen(live.sighting()) if live else Gone(key, confirmed=True))
        self.tell(AttemptStarted())

    def tell(self, event: Event) -> None:
        """Hand an event to the engine at once."""
        self.attempt.advance(event, self.now)

    def step(self) -> bool:
        """Decide, save, perform; tell whether anything happened."""
        if self.end is not None:
            return False
        self.decision = self.attempt.decide(self.now)
        if self.decision.end is not None:
            self.end = self.decision.end
            self.save()
            return False
        happened = self.save() if self.decision.save else False
        for action in self.decision.actions:
            for event in self.perform(action):
                self.tell(event)
            happened = True
        return happened

    def save(self) -> bool:
        """Save the record, unless that is blocked."""
        if self.save_blocked:
            return False
        self.saves += 1
        self.saved_record = msgspec.json.encode(self.record)
        self.tell(Saved(self.record.version))
        return True

    def crash(self) -> None:
        """Lose everything in memory and go on from what was saved."""
        if not self.saved_record:
            self.attempt = self._new_attempt(-1)
        else:
            self.record = msgspec.json.decode(self.saved_record, type=Record)
            self.attempt = self._new_attempt(self.record.version)
        self.history.append("crash")
        self.start()

    def pass_time(self, seconds: float) -> World:
        """Move the clock, tell the engine, and run on."""
        self.now += seconds
        self.tell(TimePassed())
        return self.run()

    def outcome(self, name: str, health: Health) -> World:
        """Let a live object reach this health, and run on."""
        live = self.live(name)
        assert live is not None, name
        self.change(live, health=health)
        return self.run()

    def change(self, live: LiveObject, **fields: Any) -> None:
        """Change a live object and tell the engine."""
        for name, value in fields.items():
            setattr(live, name, value)
        live.version += 1
        self.tell(Seen(live.sighting()))

    def remove(self, name: str) -> World:
        """Let an object vanish, and run on."""
        live = self.live(name)
        assert live is not None, name
        del self.objects[live.key]
        self.tell(Gone(live.key, live.uid))
        return self.run()

    def terminate(self) -> World:
        """Ask for the operation to end, and run on."""
        self.tell(TerminateRequested())
        return self.run()

    def retry(self) -> World:
        """Begin the next attempt when its time has come, and run it."""
        assert self.end is not None
        assert self.end.retry_at is not None
        self.now = self.end.retry_at
        number = self.record.attempt.number + 1
        next_attempt(
            self.record,
            msgspec.structs.replace(self.record.attempt, number=number, started=int(self.now)),
        )
        self.end = None
        self.attempt = self._new_attempt(-1)
        self.start()
        return self.run()

    # Performing

    def perform(self, action: Action) -> list[Event]:
        """Do what the engine asks and return what happened."""
        match action:
            case PrepareNamespace():
                self.history.append("namespace")
                return [NamespaceReady()]
            case Preflight(tasks):
                self.history.append("preflight")
                errors = {
                    task.id: self.preflight_errors[task.key.name]
                    for task in tasks
                    if task.key.name in self.preflight_errors
                }
                return [PreflightEnded(errors)]
            case ApplyObject(task):
                return self._apply(task)
            case CreateHook(task):
                return self._create(task)
            case ApplyHook(task, uid):
                live = self.objects[task.key]
                assert live.uid == uid
                self.history.append(f"apply over {task.key.name}")
                live.attempt = _mark(task)
                live.finalizer = True
                live.version += 1
                return [HookApplied(task.id, live.sighting(), ApplyOutcome.CONFIGURED)]
            case ReleaseHook(key, uid):
                return self._release(key, uid)
            case DeleteObject(key, uid, _):
                return self._delete(key, uid)
            case ConfirmObject(key):
                found = self.objects.get(key)
                return [Seen(found.sighting(), True) if found else Gone(key, confirmed=True)]
            case RefreshDiscovery(kinds):
                self.history.append(f"discover {' '.join(map(str, kinds))}")
                return [DiscoveryRefreshed()]
        raise AssertionError(action)

    def _apply(self, task: Task) -> list[Event]:
        name = task.key.name
        if name in self.refused:
            self.history.append(f"refuse {name}")
            return [TaskFailed(task.id, self.refused[name])]
        self.history.append(f"apply {name}")
        existing = self.objects.get(task.key)
        live = existing or self._make(task.key, "")
        outcome = ApplyOutcome.UNCHANGED if existing else ApplyOutcome.CREATED
        return [Applied(task.id, outcome, live.sighting()), *self._run_object(live)]

    def _create(self, task: Task) -> list[Event]:
        name = task.key.name
        if name in self.refused:
            self.history.append(f"refuse {name}")
            return [TaskFailed(task.id, self.refused[name])]
        existing = self.objects.get(task.key)
        if existing is not None:
            return [HookExists(task.id, existing.sighting())]
        self.history.append(f"create {name}")
        live = self._make(task.key, _mark(task))
        live.finalizer = FINALIZER in (task.manifest or {})["metadata"]["finalizers"]
        return [HookCreated(task.id, live.sighting()), *self._run_object(live)]

    def _run_object(self, live: LiveObject) -> list[Event]:
        if live.key.name in self.held or live.key.kind not in _CHECKED_KINDS:
            return []
        live.health = self.outcomes.get(live.key.name, HEALTHY)
        live.version += 1
        return [Seen(live.sighting())]

    def _release(self, key: Key, uid: str) -> list[Event]:
        self.history.append(f"release {key.name}")
        live = self.objects.get(key)
        events: list[Event] = [HookReleased(key, uid)]
        if live is not None and live.uid == uid:
            live.finalizer = False
            live.version += 1
            if live.deleting:
                del self.objects[key]
                events.append(Gone(key, uid))
            else:
                events.append(Seen(live.sighting()))
        return events

    def _delete(self, key: Key, uid: str) -> list[Event]:
        self.history.append(f"delete {key.name}")
        live = self.objects.get(key)
        events: list[Event] = [DeleteRequested(key, uid)]
        if live is not None and uid in {"", live.uid}:
            live.deleting = True
            if not live.finalizer and not self.slow_deletions:
                del self.objects[key]
                events.append(Gone(key, live.uid))
        return events

    def _make(self, key: Key, attempt: str) -> LiveObject:
        self._counter += 1
        health = PROGRESSING if key.kind in _CHECKED_KINDS else None
        live = LiveObject(key, f"uid-{self._counter}", 1, health, attempt)
        self.objects[key] = live
        return live

    def _new_attempt(self, saved_version: int) -> Attempt:
        made = plan(self.targets, self.options, self.record.attempt, self.selection)
        return Attempt(made, self.record, saved_version)


def _mark(task: Task) -> str:
    mark: str = (task.manifest or {})["metadata"]["annotations"][ATTEMPT]
    return mark


__all__ = [
    "DEGRADED",
    "HEALTHY",
    "PROGRESSING",
    "SUSPENDED",
    "Phase",
    "TaskKind",
    "World",
    "config",
    "deployment",
    "job",
    "manifest",
]
