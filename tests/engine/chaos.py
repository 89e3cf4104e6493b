"""A hostile run of one operation: answers late and out of order, crashes, retries, terminations.

Everything random comes from one ``Random``; what really happened is read from the cluster's own
history, never from the engine's record.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import msgspec

from tenter.engine import (
    Action,
    ApplyHook,
    Attempt,
    AttemptStarted,
    ConfirmFailed,
    ConfirmObject,
    CreateHook,
    DeleteFailed,
    DeleteObject,
    Event,
    Gone,
    PruneTarget,
    Record,
    ReleaseFailed,
    ReleaseHook,
    Saved,
    Seen,
    TaskFailed,
    TerminateRequested,
    TimePassed,
    next_attempt,
    plan_deletion,
)
from tenter.health import Health
from tenter.manifests import Key, Manifest
from tests.engine.world import DEGRADED, HEALTHY, PROGRESSING, LiveObject, World

MAX_STEPS = 8000

HANGS = None
"""The outcome of what never ends by itself."""


class ChaoticWorld(World):
    """A world whose requests, answers and crashes come in an order that ``random`` chooses.

    ``deletes`` removes the application, whose live objects are ``prunes``; otherwise those are what
    a sync prunes. With ``meddlers`` others delete and make objects meanwhile. With ``faults`` the
    server refuses some releases, deletions and reads. What fails for the first ``failures``
    attempts succeeds after them.
    """

    def __init__(
        self,
        *targets: Manifest,
        random: Random,
        crashes: int = 0,
        terminate_at: int | None = None,
        deletes: bool = False,
        meddlers: bool = False,
        faults: bool = False,
        failures: int = 1000,
        prunes: Sequence[PruneTarget] = (),
        **rest: object,
    ) -> None:
        self.deletes = deletes
        self.owned = tuple(prunes)
        super().__init__(*targets, prunes=prunes, **rest)  # type: ignore[arg-type]
        self.random = random
        self.crashes = crashes
        self.terminate_at = terminate_at
        self.meddlers = meddlers
        self.faults = faults
        self.failures = failures
        self.requests: list[Action] = []
        self.answers: list[Event] = []
        self.running: list[str] = []
        self.departing: list[LiveObject] = []
        self.creations: list[tuple[int, str]] = []
        self.refusals: list[str] = []
        self.overdue = 0
        self.record.deletion = deletes

    def run_to_end(self) -> ChaoticWorld:
        """Run until the operation is over; fail when it is stuck or goes on for ever."""
        self.start()
        for number in range(MAX_STEPS):
            if self.end is not None:
                if self.end.retry_at is None:
                    return self
                self._begin_again()
            if number == self.terminate_at:
                self.history.append("terminate")
                self.tell(TerminateRequested())
            self._one_thing()
        raise AssertionError(f"not over after {MAX_STEPS} steps: {self.decision}\n{self.history}")

    def _one_thing(self) -> None:
        if self.crashes and self.random.random() < 0.02:
            self.crashes -= 1
            self._crash()
            return
        if self.meddlers and self.random.random() < 0.02:
            self._meddle()
        choices = []
        if self.requests:
            choices.append(self._perform_one)
        if self.answers:
            choices.append(self._answer_one)
        if self.running:
            choices.append(self._finish_one)
        if self.departing:
            choices.append(self._depart_one)
        if self.decision.wake_at is not None and not (self.running or self.answers):
            choices.append(self._ring)
        choices.append(self._decide)
        self.random.choice(choices)()

    def _ring(self) -> None:
        """Let time pass until the engine asked to be woken, while requests are under way."""
        if self.random.random() < 0.1 and self.decision.wake_at is not None:
            self.now = max(self.now, self.decision.wake_at)
            self.answers.append(TimePassed())

    def _decide(self) -> None:
        self.decision = self.attempt.decide(self.now)
        if self.decision.end is not None:
            self.end = self.decision.end
            self.saved_record = msgspec.json.encode(self.record)
            return
        wake_at = self.decision.wake_at
        self.overdue = self.overdue + 1 if wake_at is not None and wake_at <= self.now else 0
        assert self.overdue < 10, f"wakes without end: {self.decision}"
        if self.decision.save and self.random.random() < 0.7:
            self.saves += 1
            self.saved_record = msgspec.json.encode(self.record)
            self.answers.append(Saved(self.record.version))
        self.requests.extend(self.decision.actions)
        under_way = self.requests or self.answers or self.running or self.departing
        if not (under_way or self.decision.save):
            wake = self.decision.wake_at
            assert wake is not None or self.decision.waits, "nothing to do and nothing to wait for"
            assert wake is not None, f"waits for what cannot happen: {self.decision.waits}"
            # After a restart a deadline may have passed already: then it is due at once.
            self.now = max(self.now, wake)
            self.answers.append(TimePassed())

    def _perform_one(self) -> None:
        action = self.requests.pop(self.random.randrange(len(self.requests)))
        self.answers.extend(self.perform(action))

    def perform(self, action: Action) -> list[Event]:
        """Do what the engine asks, or refuse it, and return what happened."""
        if self.faults and self.random.random() < 0.15:
            match action:
                case ReleaseHook(key, uid):
                    self.refusals.append(uid)
                    return [ReleaseFailed(key, uid, "refused")]
                case DeleteObject(key, uid):
                    self.refusals.append(uid)
                    return [DeleteFailed(key, "refused")]
                case ConfirmObject(key):
                    return [ConfirmFailed(key, "refused")]
        if isinstance(action, ApplyHook):
            live = self.objects.get(action.task.key)
            if live is None or live.uid != action.uid:
                return [TaskFailed(action.task.id, "deleted or replaced by another")]
        if isinstance(action, CreateHook) and action.task.key not in self.objects:
            self.creations.append((self.record.attempt.number, action.task.key.name))
        return super().perform(action)

    def _answer_one(self) -> None:
        # A watch tells of one object in order, and a request's answer never overtakes its watch:
        # only whole answers are shuffled against the rest, from the front of the queue.
        self.tell(self.answers.pop(0))

    # What goes on by itself

    def _finish_one(self) -> None:
        name = self.running.pop(self.random.randrange(len(self.running)))
        live = self.live(name)
        health = self._outcome(name)
        if live is not None and live.health == PROGRESSING and health is not HANGS:
            live.health = health
            live.version += 1
            self.answers.append(Seen(live.sighting()))

    def _outcome(self, name: str) -> Health | None:
        if self.record.attempt.number >= self.failures:
            return HEALTHY
        return self.outcomes.get(name, self.outcomes.get(name.partition("-")[0], HEALTHY))

    def _depart_one(self) -> None:
        live = self.departing.pop(self.random.randrange(len(self.departing)))
        if self.objects.get(live.key) is live and not live.finalizer:
            self._drop(live)
            self.answers.append(Gone(live.key, live.uid))

    def _drop(self, live: LiveObject) -> None:
        del self.objects[live.key]
        self.history.append(f"gone {live.key.name}")

    def _delete(self, key: Key, uid: str) -> list[Event]:
        if self.random.random() < 0.5:
            events = super()._delete(key, uid)
            if any(isinstance(event, Gone) for event in events):
                self.history.append(f"gone {key.name}")
            return events
        self.slow_deletions = True
        try:
            events = super()._delete(key, uid)
        finally:
            self.slow_deletions = False
        live = self.objects.get(key)
        if live is not None and live.deleting:
            self.departing.append(live)
        return events

    def _run_object(self, live: LiveObject) -> list[Event]:
        if live.health == PROGRESSING:
            self.running.append(live.key.name)
        return []

    def _meddle(self) -> None:
        """Someone else deletes an object, or makes one anew that was pruned."""
        gone = [target.key for target in self.owned if target.key not in self.objects]
        if gone and self.random.random() < 0.5:
            live = self._make(self.random.choice(gone), "")
            self.history.append(f"remake {live.key.name}")
            self.answers.append(Seen(live.sighting()))
            return
        if not self.objects:
            return
        live = self.random.choice(list(self.objects.values()))
        self.history.append(f"meddle {live.key.name}")
        if live.finalizer:
            live.deleting, live.active = True, False
            live.version += 1
            self.answers.append(Seen(live.sighting()))
        else:
            self._drop(live)
            self.answers.append(Gone(live.key, live.uid))

    # Beginning, again and after a crash

    def _new_attempt(self, saved_version: int) -> Attempt:
        if not self.deletes:
            return super()._new_attempt(saved_version)
        made = plan_deletion(self.targets, self.owned, self.options, self.record.attempt)
        return Attempt(made, self.record, saved_version)

    def _begin_again(self) -> None:
        """Begin the next attempt at its time, or end a terminated operation."""
        assert self.record.retry_at is not None
        self.now = max(self.now, self.record.retry_at)
        facts = self.record.attempt
        started = max(int(self.now), facts.started + 1)
        next_attempt(
            self.record, msgspec.structs.replace(facts, number=facts.number + 1, started=started)
        )
        self.end = None
        self.requests.clear()
        self.answers.clear()
        self.attempt = self._new_attempt(-1)
        self.history.append("attempt")
        self.start()
        if "terminate" in self.history:
            self.tell(TerminateRequested())

    def _crash(self) -> None:
        """Lose memory; requests on the wire may or may not have arrived."""
        for action in self.requests:
            if self.random.random() < 0.5:
                self.perform(action)
        self.requests.clear()
        self.answers.clear()
        self.history.append("crash")
        if self.saved_record:
            self.record = msgspec.json.decode(self.saved_record, type=Record)
            if self.record.retry_at is not None:
                self._begin_again()
                return
            version = self.record.version
        else:
            version = -1
            self.record.version = 0
            self.record.hooks = {}
            self.record.results = {}
            self.record.causes = []
            self.record.cursor = None
            self.record.checked = False
            self.record.terminating = ""
        self.attempt = self._new_attempt(version)
        for key in {task.key: None for task in self.plan.tasks}:
            live = self.objects.get(key)
            self.tell(Seen(live.sighting()) if live else Gone(key, confirmed=True))
        self.tell(AttemptStarted())
        if self.terminate_at is not None and "terminate" in self.history:
            self.tell(TerminateRequested())


def outcome_of(word: str) -> object:
    """Return the health that a word of the strategies stands for."""
    return {"ok": HEALTHY, "fail": DEGRADED, "hang": HANGS}[word]
