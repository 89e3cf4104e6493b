"""A hostile run of one operation: answers late and out of order, crashes, retries, terminations.

Everything random comes from one ``Random``; what really happened is read from the cluster's own
history, never from the engine's record.
"""

from __future__ import annotations

from random import Random

import msgspec

from tenter.engine import (
    Action,
    Attempt,
    AttemptStarted,
    Event,
    Gone,
    Record,
    Saved,
    Seen,
    TerminateRequested,
    TimePassed,
)
from tenter.manifests import Manifest
from tests.engine.world import DEGRADED, HEALTHY, PROGRESSING, World

MAX_STEPS = 4000


class ChaoticWorld(World):
    """A world whose requests, answers and crashes come in an order that ``random`` chooses."""

    def __init__(
        self,
        *targets: Manifest,
        random: Random,
        crashes: int = 0,
        terminate_at: int | None = None,
        **rest: object,
    ) -> None:
        super().__init__(*targets, **rest)  # type: ignore[arg-type]
        self.random = random
        self.crashes = crashes
        self.terminate_at = terminate_at
        self.requests: list[Action] = []
        self.answers: list[Event] = []
        self.running: list[str] = []
        self.decisions = 0

    def run_to_end(self) -> ChaoticWorld:
        """Run until the operation is over; fail when it is stuck or goes on for ever."""
        self.start()
        for number in range(MAX_STEPS):
            if self.end is not None:
                return self
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
        choices = []
        if self.requests:
            choices.append(self._perform_one)
        if self.answers:
            choices.append(self._answer_one)
        if self.running:
            choices.append(self._finish_one)
        choices.append(self._decide)
        self.random.choice(choices)()

    def _decide(self) -> None:
        self.decision = self.attempt.decide(self.now)
        if self.decision.end is not None:
            self.end = self.decision.end
            self.saved_record = msgspec.json.encode(self.record)
            return
        if self.decision.save and self.random.random() < 0.7:
            self.saves += 1
            self.saved_record = msgspec.json.encode(self.record)
            self.answers.append(Saved(self.record.version))
        self.requests.extend(self.decision.actions)
        idle = not (self.requests or self.answers or self.running or self.decision.save)
        if idle:
            wake = self.decision.wake_at
            assert wake is not None or self.decision.waits, "nothing to do and nothing to wait for"
            assert wake is not None, f"waits for what cannot happen: {self.decision.waits}"
            self.now = max(self.now, wake)
            self.answers.append(TimePassed())

    def _perform_one(self) -> None:
        action = self.requests.pop(self.random.randrange(len(self.requests)))
        self.answers.extend(self.perform(action))

    def _answer_one(self) -> None:
        # A watch tells of one object in order, and a request's answer never overtakes its watch:
        # only whole answers are shuffled against the rest, from the front of the queue.
        self.tell(self.answers.pop(0))

    def _finish_one(self) -> None:
        name = self.running.pop(self.random.randrange(len(self.running)))
        live = self.live(name)
        if live is not None and live.health == PROGRESSING:
            live.health = self.outcomes.get(name, HEALTHY)
            live.version += 1
            self.answers.append(Seen(live.sighting()))

    def _run_object(self, live: object) -> list[Event]:
        key = live.key  # type: ignore[attr-defined]
        if live.health == PROGRESSING:  # type: ignore[attr-defined]
            self.running.append(key.name)
        return []

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
        self.attempt = Attempt(self._new_attempt(version).plan, self.record, version)
        for key in {task.key: None for task in self.plan.tasks}:
            live = self.objects.get(key)
            self.tell(Seen(live.sighting()) if live else Gone(key, confirmed=True))
        self.tell(AttemptStarted())
        if self.terminate_at is not None and "terminate" in self.history:
            self.tell(TerminateRequested())


def outcome_of(word: str) -> object:
    """Return the health that a word of the strategies stands for."""
    return {"ok": HEALTHY, "fail": DEGRADED}[word]
