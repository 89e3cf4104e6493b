"""One stage under way: what is done in which order, and when it is complete.

The order within a stage: leftovers of earlier hooks are cleared away, then prunes, then the kinds
one after the other (a CRD must be established before the next kind), then everything started is
waited for. A failure stops nothing that has begun: the rest of the stage is still attempted and
what runs is awaited, because a half-watched hook is a lost result.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from tenter.engine.actions import ApplyHook, ApplyObject, CreateHook, RefreshDiscovery
from tenter.engine.decision import Wait, WaitKind
from tenter.engine.durations import write_duration
from tenter.engine.judging import SettleGuard, Verdict, judge_hook, judge_resource
from tenter.engine.options import Propagation
from tenter.engine.planning import attempt_mark, kind_of_crd
from tenter.engine.record import HookState, TaskPhase
from tenter.engine.results import (
    note_failed_to_apply,
    note_health,
    note_hook,
    note_pruned,
    outcome_message,
    resource_word,
)
from tenter.engine.sightings import Sighting
from tenter.engine.situation import Situation
from tenter.engine.tasks import Stage, Task, TaskKind
from tenter.hooks import DeletePolicy
from tenter.manifests import Key

SHOWN_WAITS = 20
"""How many waits a decision lists; its message counts the rest."""


class StageRun:
    """The progress of one stage of an attempt.

    With ``only_await`` nothing new begins: the attempt has failed before a restart, and what runs
    is waited for.
    """

    def __init__(
        self, situation: Situation, stage: Stage, guard: SettleGuard, *, only_await: bool = False
    ) -> None:
        self.situation = situation
        self.stage = stage
        self.failed: list[tuple[Task, str]] = []
        self.refused: list[tuple[Task, str]] = []
        self._guard = guard
        self._only_await = only_await
        self._tasks = {task.id: task for task in stage.tasks}
        self._by_key: dict[Key, list[Task]] = {}
        for task in stage.tasks:
            self._by_key.setdefault(task.key, []).append(task)
        self._prunes: dict[str, Task] = {}
        self._prunes_begun = False
        self._group = -1
        self._waiting_to_start: dict[str, Task] = {}
        self._open: dict[str, Task] = {}
        self._running_hooks: dict[str, Task] = {}
        self._running_resources: dict[str, Task] = {}
        self._started_at: dict[str, float] = {}
        self._dirty: dict[str, Task] = {}
        self._unestablished: dict[str, Task] = {}
        self._discovery_wanted = False
        self._stopped = False
        self._clear: dict[str, Task] = {}
        if only_await:
            self._begin_awaiting()
        else:
            self._clear = {
                task.id: task
                for task in chain.from_iterable(stage.groups)
                if task.kind is TaskKind.HOOK and situation.hook_of(task) is None
            }

    # What the attempt asks

    @property
    def complete(self) -> bool:
        """Whether everything of the stage was begun and has ended."""
        if self._clear or self._prunes or self._open or self._running_hooks:
            return False
        if self._running_resources or self._waiting_to_start or self._unestablished:
            return False
        return self._stopped or (self._prunes_begun and self._group >= len(self.stage.groups))

    @property
    def has_hooks(self) -> bool:
        """Whether any of the stage's tasks is a hook."""
        return any(task.kind is TaskKind.HOOK for task in self._tasks.values())

    @property
    def prunes_hold(self) -> bool:
        """Whether the stage's prunes wait for the user's confirmation."""
        needs = any(task.needs_confirmation for task in self.stage.prunes)
        return needs and not self.situation.record.confirmed

    def step(self, now: float) -> None:
        """Do all that can be done now."""
        for task in [*self._dirty.values()]:
            self._dirty.pop(task.id, None)
            self._judge(task, now)
        if self._stopped or self._leftovers_held() or self.prunes_hold:
            return
        if not self._prunes_begun:
            self._begin_prunes()
        if self._prunes:
            return
        self._clear = {i: task for i, task in self._clear.items() if not self._way_is_clear(task)}
        if self._clear:
            return
        while not self._stopped and self._group_is_done():
            self._group += 1
            if self._group >= len(self.stage.groups):
                return
            self._begin_group(now)
        self._start_waiting_tasks()

    def _leftovers_held(self) -> bool:
        """Ask for the finalizers of earlier runs' hooks to go; tell whether any is still there."""
        held = [
            sighting
            for task in self._clear.values()
            if (sighting := self._obstacle(task)) is not None
            and sighting.finalizer
            and sighting.uid not in self.situation.refused_releases
        ]
        for sighting in held:
            self.situation.release(sighting.key, sighting.uid)
        return bool(held)

    def touch(self, key: Key) -> None:
        """Note that the object of this key was seen anew."""
        for task in self._by_key.get(key, ()):
            if (
                task.id in self._running_hooks
                or task.id in self._running_resources
                or task.id in self._unestablished
                or task.id in self._prunes
            ):
                self._dirty[task.id] = task

    def check_deadlines(self, now: float) -> None:
        """Fail what has run longer than its timeout, and judge anew what had to settle."""
        for task in [*self._running_hooks.values(), *self._running_resources.values()]:
            deadline = self._deadline(task)
            if deadline is not None and now >= deadline:
                self._end(task, Verdict(TaskPhase.FAILED, _timed_out(task.timeout)), now)
            else:
                self._dirty[task.id] = task
        for task in self._unestablished.values():
            self._dirty[task.id] = task

    def stop(self, message: str, now: float, *, resources: bool) -> None:
        """Begin nothing more and fail the hooks that run, and with ``resources`` those as well."""
        self._stopped = True
        for task in [*self._running_hooks.values(), *self._running_resources.values()]:
            if resources or task.kind is TaskKind.HOOK:
                self._end(task, Verdict(TaskPhase.FAILED, message), now)
        self._running_resources.clear()
        for task_id in self._waiting_to_start:
            self._abandon(task_id, message, now)
        self._waiting_to_start.clear()
        self._unestablished.clear()
        self._prunes.clear()
        self._clear.clear()

    # Waits, for people

    def waits(self, now: float) -> tuple[Wait, ...]:
        """Return what the stage waits for, hooks first, at most ``SHOWN_WAITS`` of a kind."""
        if not self._prunes_begun and self.prunes_hold:
            return tuple(
                Wait(kind=WaitKind.CONFIRMATION, key=task.key, since=now)
                for task in islice((t for t in self.stage.prunes if t.needs_confirmation), 20)
            )
        found = [
            *islice(self._waits_of(WaitKind.HOOK, self._running_hooks, now), SHOWN_WAITS),
            *islice(self._waits_of(WaitKind.RESOURCE, self._unestablished, now), SHOWN_WAITS),
            *islice(self._waits_of(WaitKind.RESOURCE, self._running_resources, now), SHOWN_WAITS),
            *islice(self._waits_of(WaitKind.DELETION, self._prunes, now), SHOWN_WAITS),
            *islice(self._waits_of(WaitKind.DELETION, self._clear, now), SHOWN_WAITS),
            *islice(self._waits_of(WaitKind.DELETION, self._blocked(), now), SHOWN_WAITS),
        ]
        return tuple(found)

    def message(self) -> str:
        """Return the first wait in words, with how many more there are."""
        for verb, noun, tasks in (
            (WaitKind.HOOK, "hook", self._running_hooks),
            (WaitKind.RESOURCE, "resource", self._unestablished),
            (WaitKind.RESOURCE, "resource", self._running_resources),
            (WaitKind.DELETION, "object", self._prunes),
            (WaitKind.DELETION, "object", self._clear),
            (WaitKind.DELETION, "object", self._blocked()),
        ):
            if tasks:
                return _waiting(verb, noun, next(iter(tasks.values())).key, len(tasks))
        if not self._prunes_begun and self.prunes_hold:
            held = [task for task in self.stage.prunes if task.needs_confirmation]
            return _waiting(WaitKind.CONFIRMATION, "object", held[0].key, len(held))
        return ""

    def _blocked(self) -> dict[str, Task]:
        return {
            task_id: task
            for task_id, task in self._waiting_to_start.items()
            if task.key in self.situation.live and self.situation.live[task.key].deleting
        }

    def _waits_of(self, kind: WaitKind, tasks: dict[str, Task], now: float) -> Iterator[Wait]:
        for task in tasks.values():
            sighting = self.situation.live.get(task.key)
            detail = sighting.health.message if sighting and sighting.health else ""
            yield Wait(
                kind=kind,
                key=task.key,
                since=self._started_at.get(task.id, now),
                deadline=self._deadline(task),
                detail=detail,
            )

    def _deadline(self, task: Task) -> float | None:
        started = self._started_at.get(task.id)
        return None if task.timeout is None or started is None else started + task.timeout

    # Clearing the way for a hook

    def _obstacle(self, task: Task) -> Sighting | None:
        """Return the live object that must go before the hook is created.

        A named hook without BeforeHookCreation is applied over what is there, so only an object
        that is going away already stands in its way.
        """
        sighting = self.situation.live.get(task.key)
        if sighting is None or sighting.attempt == self.mark_of(task):
            return None
        replaced = DeletePolicy.BEFORE_HOOK_CREATION in task.policies or task.generated_name
        return sighting if replaced or sighting.deleting else None

    def _way_is_clear(self, task: Task) -> bool:
        """Tell whether nothing stands where the hook is to be created; if not, ask for it to go."""
        if self._serves_earlier_hook(task):
            return False
        obstacle = self._obstacle(task)
        if obstacle is None:
            return True
        situation = self.situation
        refusal = situation.refused_releases.get(obstacle.uid) if obstacle.finalizer else None
        refusal = refusal or situation.refused_deletes.get(obstacle.uid)
        if refusal is not None:
            self._waiting_to_start.pop(task.id, None)
            self._begin(task, 0.0)
            self.apply_failed(task, f"{resource_word(task.key)} is in the way: {refusal}", 0.0)
            return True
        if obstacle.finalizer:
            situation.release(obstacle.key, obstacle.uid)
        elif not obstacle.deleting:
            situation.delete(obstacle.key, obstacle.uid, Propagation.FOREGROUND)
        return False

    def _serves_earlier_hook(self, task: Task) -> bool:
        """Tell whether the object still carries the unsaved result of an earlier phase's hook."""
        sighting = self.situation.live.get(task.key)
        return sighting is not None and any(
            state.uid == sighting.uid and task_id != task.id and not state.released
            for task_id, state in self.situation.hooks_on(task.key)
        )

    def mark_of(self, task: Task) -> str:
        """Return the ``tenter.dev/attempt`` by which the task's own object is known."""
        return attempt_mark(self.situation.record.attempt, task.phase)

    # Prunes

    def _begin_prunes(self) -> None:
        self._prunes_begun = True
        for task in self.stage.prunes:
            if task.key in self.situation.record.pruned:
                continue
            sighting = self.situation.live.get(task.key)
            if sighting is None and task.key in self.situation.confirmed_absent:
                self._pruned(task)
                continue
            self._prunes[task.id] = task
            uid = sighting.uid if sighting else ""
            if sighting is None or not sighting.deleting:
                self.situation.delete(task.key, uid, task.options.prune_propagation)
            elif sighting.finalizer:
                self.situation.release(task.key, uid)

    def _judge_prune(self, task: Task) -> None:
        sighting = self.situation.live.get(task.key)
        if sighting is None and ("delete", task.key, "") not in self.situation.asked:
            if task.key in self.situation.confirmed_absent:
                self._prunes.pop(task.id, None)
                self._pruned(task)
            else:
                self.situation.confirm(task.key)

    def _pruned(self, task: Task) -> None:
        self.situation.record.pruned.append(task.key)
        note_pruned(self.situation.record, task)

    def delete_failed(self, key: Key, message: str) -> None:
        """Note that a prune was refused: it fails the stage and nothing more of it begins."""
        for task in self._by_key.get(key, ()):
            if task.id in self._prunes:
                del self._prunes[task.id]
                self._stopped = True
                note_failed_to_apply(self.situation.record, task, message)
                self.failed.append((task, message))

    # Creating and applying

    def _group_is_done(self) -> bool:
        if self._open or self._waiting_to_start or self._unestablished:
            return False
        if self._discovery_wanted:
            kinds = tuple(
                kind_of_crd(task.manifest)
                for task in self.stage.groups[self._group]
                if task.manifest is not None
            )
            self.situation.ask(("discovery",), RefreshDiscovery(kinds))
            return False
        return True

    def _begin_group(self, now: float) -> None:
        for task in self.stage.groups[self._group]:
            state = self.situation.hook_of(task)
            if task.kind is TaskKind.APPLY:
                self._begin(task, now)
                self._open[task.id] = task
                self.situation.ask(("apply", task.id), ApplyObject(task))
            elif state is None:
                self._begin(task, now)
                self._waiting_to_start[task.id] = task
            elif state.created or state.phase.ended:
                self._resume(task, state)
            else:
                self._started_at[task.id] = state.started_at
                self._waiting_to_start[task.id] = task

    def _begin(self, task: Task, now: float) -> None:
        """Note the intent: a hook's is saved before it is created."""
        self._started_at[task.id] = now
        if task.kind is TaskKind.HOOK and self.situation.hook_of(task) is None:
            self.situation.record.hooks[task.id] = HookState(key=task.key, started_at=now)
            self.situation.changed(task.id)

    def _resume(self, task: Task, state: HookState) -> None:
        self._started_at[task.id] = state.started_at
        if not state.phase.ended:
            self._await(task)

    def _begin_awaiting(self) -> None:
        self._prunes_begun = True
        self._group = len(self.stage.groups)
        for task in chain.from_iterable(self.stage.groups):
            state = self.situation.hook_of(task)
            if state is not None and not state.phase.ended:
                self._resume(task, state)

    def _start_waiting_tasks(self) -> None:
        for task in [*self._waiting_to_start.values()]:
            if not self.situation.is_saved(task.id) or not self._way_is_clear(task):
                continue
            state = self.situation.hook_of(task)
            if task.id not in self._waiting_to_start or state is None:
                continue
            del self._waiting_to_start[task.id]
            sighting = self.situation.live.get(task.key)
            self._open[task.id] = task
            if sighting is None:
                self.situation.ask(("create", task.id), CreateHook(task))
            elif sighting.attempt == self.mark_of(task):
                self.created(task, sighting)
            else:
                self.situation.ask(("apply", task.id), ApplyHook(task, sighting.uid))

    # Answers

    def applied(self, task: Task, now: float) -> None:
        """Note that an ordinary resource was applied."""
        self._open.pop(task.id, None)
        self._started_at[task.id] = now
        if task.key.kind == "CustomResourceDefinition":
            self._unestablished[task.id] = task
            self._discovery_wanted = True
            self._dirty[task.id] = task
        elif self.stage.awaits_resources and not self._stopped:
            self._await(task)

    def created(self, task: Task, sighting: Sighting) -> None:
        """Note that a hook's object is there and is ours."""
        self._open.pop(task.id, None)
        state = self.situation.record.hooks[task.id]
        if not state.created:
            state.created = True
            state.uid = sighting.uid
            state.phase = TaskPhase.RUNNING
            note_hook(self.situation.record, task, state)
            note_health(
                self.situation.record,
                task,
                TaskPhase.RUNNING,
                outcome_message(task.key, "created"),
            )
            self.situation.changed(task.id)
        if task.key.kind == "CustomResourceDefinition":
            self._discovery_wanted = True
        self._await(task)

    def applied_over(self, task: Task, sighting: Sighting, outcome: str) -> None:
        """Note that a named hook was applied over an existing object, whose outcome counts."""
        self.created(task, sighting)
        note_health(
            self.situation.record, task, TaskPhase.RUNNING, outcome_message(task.key, outcome)
        )

    def name_taken(self, task: Task) -> None:
        """Note that another's object has the hook's name: clear the way and try again."""
        self._open.pop(task.id, None)
        self._waiting_to_start[task.id] = task

    def apply_failed(self, task: Task, message: str, now: float) -> None:
        """Note that an object could not be applied or created."""
        self._open.pop(task.id, None)
        note_failed_to_apply(self.situation.record, task, message)
        self.refused.append((task, message))
        state = self.situation.hook_of(task)
        if state is not None:
            state.phase = TaskPhase.FAILED
            state.message = message
            state.ended_at = now
            state.released = not state.created
            self.situation.changed(task.id)

    def discovered(self) -> None:
        """Note that the kinds which this group's CRDs define are known."""
        self._discovery_wanted = False

    # Judging what runs

    def _await(self, task: Task) -> None:
        running = self._running_hooks if task.kind is TaskKind.HOOK else self._running_resources
        running[task.id] = task
        self._dirty[task.id] = task
        deadline = self._deadline(task)
        if deadline is not None:
            self.situation.wake_by(deadline)

    def _judge(self, task: Task, now: float) -> None:
        if task.id in self._prunes:
            self._judge_prune(task)
            return
        running = task.id in self._running_hooks or task.id in self._running_resources
        if not running and task.id not in self._unestablished:
            return
        state = self.situation.hook_of(task)
        sighting = self.situation.live.get(task.key)
        if sighting is None or (state is not None and state.uid and sighting.uid != state.uid):
            self._judge_missing(task, sighting, now)
            return
        if not self._guard.counts(sighting, self.situation, now):
            return
        is_hook = task.id in self._running_hooks
        verdict = judge_hook(sighting) if is_hook else judge_resource(sighting)
        if verdict.phase.ended:
            self._end(task, verdict, now)
        else:
            note_health(self.situation.record, task, verdict.phase, verdict.message)

    def _judge_missing(self, task: Task, other: Sighting | None, now: float) -> None:
        if other is None and task.key not in self.situation.confirmed_absent:
            self.situation.confirm(task.key)
            return
        state = self.situation.hook_of(task)
        if state is not None:
            state.released = True
        message = f"{resource_word(task.key)} vanished before its result was seen"
        self._end(task, Verdict(TaskPhase.FAILED, message), now)

    def _end(self, task: Task, verdict: Verdict, now: float) -> None:
        self._running_hooks.pop(task.id, None)
        self._running_resources.pop(task.id, None)
        self._unestablished.pop(task.id, None)
        note_health(self.situation.record, task, verdict.phase, verdict.message)
        state = self.situation.hook_of(task)
        if state is not None:
            state.phase = verdict.phase
            state.message = self.situation.record.results[task.id].message
            state.ended_at = now
            self.situation.changed(task.id)
        if verdict.phase is TaskPhase.FAILED:
            self.failed.append((task, verdict.message))

    def _abandon(self, task_id: str, message: str, now: float) -> None:
        state = self.situation.record.hooks.get(task_id)
        if state is not None and not state.phase.ended:
            state.phase = TaskPhase.FAILED
            state.message = message
            state.ended_at = now
            state.released = True
            note_hook(self.situation.record, self._tasks[task_id], state)
            self.situation.changed(task_id)


def _waiting(kind: WaitKind, noun: str, key: Key, count: int) -> str:
    rest = count - 1
    more = f" and {rest} more {noun}{'s' if rest > 1 else ''}" if rest else ""
    return f"waiting for {kind} {key.short}{more}"


def _timed_out(seconds: float | None) -> str:
    return f"timed out after {write_duration(seconds or 0)}"
