"""A world in which every action succeeds at once: what remains is the engine's own work.

It answers actions some at a time, as answers come from a cluster, and has ``decide`` asked after
each batch. Only the time inside the engine is counted.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence

from tenter.engine import (
    ATTEMPT,
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
    DeleteObject,
    DeleteRequested,
    DiscoveryRefreshed,
    End,
    Event,
    Gone,
    HookApplied,
    HookCreated,
    HookReleased,
    NamespaceReady,
    Preflight,
    PreflightEnded,
    PrepareNamespace,
    Record,
    RefreshDiscovery,
    ReleaseHook,
    Saved,
    Seen,
    Sighting,
    SyncOptions,
    Target,
    Task,
    plan,
)
from tenter.health import Health, HealthStatus, has_check
from tenter.manifests import Key, Manifest

_START = 1_700_000_000
_HEALTHY = Health(HealthStatus.HEALTHY)
_PROGRESSING = Health(HealthStatus.PROGRESSING, "waiting")


class InstantWorld:
    """Runs one sync of ``manifests``, told in batches of at most ``batch`` answers."""

    def __init__(self, manifests: Sequence[Manifest], batch: int) -> None:
        self._manifests = manifests
        self._batch = batch
        self._queue: deque[Event] = deque()
        self._versions = 0
        self.cpu = 0.0
        self.decisions = 0
        self.events = 0

    def run(self) -> End:
        """Return how the sync ended; ``cpu`` tells the engine's seconds."""
        facts = AttemptFacts(operation="op", number=0, started=_START, revision="1234567")
        record = Record(
            operation="op", options=SyncOptions(), attempt=facts, started_at=float(_START)
        )
        targets = [Target(manifest, "bench.yaml") for manifest in self._manifests]
        began = time.process_time()
        made = plan(targets, record.options, facts)
        attempt = Attempt(made, record)
        self.cpu += time.process_time() - began
        self._queue.extend(Gone(task.key, confirmed=True) for task in made.tasks)
        self._queue.append(AttemptStarted())
        now = float(_START)
        saving = False
        while True:
            events = [self._queue.popleft() for _ in range(min(self._batch, len(self._queue)))]
            now += 0.001
            began = time.process_time()
            for event in events:
                attempt.advance(event, now)
                saving = saving and not isinstance(event, Saved)
            decision = attempt.decide(now)
            self.cpu += time.process_time() - began
            self.decisions += 1
            self.events += len(events)
            if decision.end is not None:
                return decision.end
            if decision.save and not saving:
                self._queue.append(Saved(record.version))
                saving = True
            for action in decision.actions:
                self._queue.extend(self._perform(action))
            if not self._queue:
                raise AssertionError(f"the engine waits for nothing: {decision.message}")

    def _perform(self, action: Action) -> list[Event]:
        match action:
            case PrepareNamespace():
                return [NamespaceReady()]
            case Preflight(tasks):
                return [PreflightEnded({}, {task.id: ApplyOutcome.CREATED for task in tasks})]
            case ApplyObject(task):
                first, *later = self._states(task)
                return [Applied(task.id, ApplyOutcome.CREATED, first), *map(Seen, later)]
            case CreateHook(task):
                first, *later = self._states(task)
                return [HookCreated(task.id, first), *map(Seen, later)]
            case ApplyHook(task):
                first, *later = self._states(task)
                return [HookApplied(task.id, first, ApplyOutcome.CONFIGURED), *map(Seen, later)]
            case ReleaseHook(key, uid):
                return [HookReleased(key, uid)]
            case DeleteObject(key, uid):
                return [DeleteRequested(key, uid), Gone(key, uid)]
            case ConfirmObject(key):
                return [Gone(key, confirmed=True)]
            case RefreshDiscovery():
                return [DiscoveryRefreshed()]
        raise AssertionError(action)

    def _states(self, task: Task) -> list[Sighting]:
        """Return the states that the task's object goes through."""
        if not has_check(task.key.group, task.key.kind):
            return [self._sighting(task, None)]
        return [self._sighting(task, health) for health in (_PROGRESSING, _PROGRESSING, _HEALTHY)]

    def _sighting(self, task: Task, health: Health | None) -> Sighting:
        key: Key = task.key
        self._versions += 1
        annotations = (task.manifest or {})["metadata"].get("annotations") or {}
        return Sighting(
            key=key,
            uid=f"uid of {task.id}",
            version=str(self._versions),
            health=health,
            attempt=annotations.get(ATTEMPT, ""),
        )
