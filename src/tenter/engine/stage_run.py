"""One stage under way: what is done in which order, and when it is complete.

The order within a stage: leftovers of earlier hooks lose their finalizers, then prunes, then
BeforeHookCreation deletions, then the kinds one after the other (a CRD must be established before
the next kind), then everything started is waited for. A failure stops nothing that has begun: the
rest of the stage is still attempted and what runs is awaited, because a half-watched hook is a
lost result. Only a refused prune stops its stage.
"""

from __future__ import annotations

from itertools import chain

from tenter.engine.actions import ApplyHook, ApplyObject, CreateHook, RefreshDiscovery
from tenter.engine.clearing import (
    mark_of,
    obstacle,
    refusal,
    release_leftovers,
    way_is_clear,
)
from tenter.engine.decision import Wait, WaitKind
from tenter.engine.hook_states import intend, note_abandoned, note_created, note_ended, note_refused
from tenter.engine.judging import SettleGuard, Verdict, judge_hook, judge_resource
from tenter.engine.planning import kind_of_crd
from tenter.engine.prune_run import PruneRun
from tenter.engine.record import HookState, TaskPhase
from tenter.engine.results import note_health, resource_word
from tenter.engine.sightings import Sighting
from tenter.engine.situation import Situation
from tenter.engine.tasks import Stage, Task, TaskKind
from tenter.engine.time_limits import TimeLimits, timed_out
from tenter.engine.waiting import Waited, wait_message, waits_of
from tenter.manifests import Key

_CRD = "CustomResourceDefinition"


class StageRun:
    """The progress of one stage of an attempt.

    With ``only_await`` nothing new begins: the attempt has failed before a restart, and what runs
    is waited for. ``refused`` are the tasks that could not be applied, ``failed`` those that were
    and ended badly.
    """

    def __init__(
        self, situation: Situation, stage: Stage, guard: SettleGuard, *, only_await: bool = False
    ) -> None:
        self.situation = situation
        self.stage = stage
        self.refused: list[tuple[Task, str]] = []
        self.failed: list[tuple[Task, str]] = []
        self._guard = guard
        self._by_key: dict[Key, list[Task]] = {}
        for task in chain.from_iterable(stage.groups):
            self._by_key.setdefault(task.key, []).append(task)
        self._prunes = PruneRun(situation, stage)
        self._group = -1
        self._limits = TimeLimits(situation)
        self._to_clear: dict[str, Task] = {}
        self._to_start: dict[str, Task] = {}
        self._unanswered: dict[str, Task] = {}
        self._unestablished: dict[str, Task] = {}
        self._hooks: dict[str, Task] = {}
        self._resources: dict[str, Task] = {}
        self._dirty: dict[str, Task] = {}
        self._discovery_wanted = False
        self._stopped = False
        self._stopping: tuple[str, bool] | None = None
        self._recall_failures()
        if only_await:
            self._await_what_runs()
        else:
            self._to_clear = {
                task.id: task
                for task in chain.from_iterable(stage.groups)
                if task.kind is TaskKind.HOOK and situation.hook_of(task) is None
            }

    @property
    def has_hooks(self) -> bool:
        """Whether any of the stage's tasks is a hook."""
        return any(task.kind is TaskKind.HOOK for task in chain.from_iterable(self.stage.groups))

    @property
    def complete(self) -> bool:
        """Whether everything of the stage that is to begin has begun and ended."""
        if self._unanswered or self._hooks or self._resources or self._unestablished:
            return False
        return self._stopped or (not self._to_start and self._group >= len(self.stage.groups))

    # What the attempt asks

    def step(self, now: float) -> None:
        """Do all that can be done now."""
        if self._stopping is not None:
            # A request that was under way when the stage was stopped may have begun something.
            message, resources = self._stopping
            self.stop(message, now, resources=resources)
        self._go_on(now)
        # What has just begun may have ended already: after a restart, or a hook without a check.
        while self._dirty:
            self._go_on(now)

    def _go_on(self, now: float) -> None:
        dirty, self._dirty = self._dirty, {}
        for task in dirty.values():
            self._judge(task, now)
        if self._stopped or not self._cleared(now):
            return
        while self._group_is_done():
            self._group += 1
            if self._group >= len(self.stage.groups):
                return
            self._begin_group(now)
        for task in list(self._to_start.values()):
            self._start(task, now)

    def touch(self, key: Key) -> None:
        """Note that the object of this key was seen anew, or is gone."""
        for task in self._by_key.get(key, ()):
            if self._is_judged(task):
                self._dirty[task.id] = task
        self._prunes.touch(key)

    def check_deadlines(self, now: float) -> None:
        """Fail what has taken longer than its timeout, and judge anew what had to settle."""
        begun = (self._hooks, self._resources, self._unestablished)
        for task in chain.from_iterable(list(tasks.values()) for tasks in begun):
            if not self._limits.is_up(task, now):
                self._dirty[task.id] = task
                continue
            self._judge(task, now)  # what has ended by now is no longer late
            if self._is_judged(task):
                message = timed_out(task, self.situation.live.get(task.key))
                self._end(task, Verdict(TaskPhase.FAILED, message), now)
        for task in [*self._to_clear.values(), *self._to_start.values()]:
            if self._limits.is_up(task, now) and obstacle(self.situation, task) is not None:
                self._give_up(task, f"{timed_out(task)}, an earlier one is still there", now)

    def stop(self, message: str, now: float, *, resources: bool) -> None:
        """Begin nothing more; fail the hooks that run, and with ``resources`` those as well."""
        self._stopped = True
        self._stopping = (message, resources)
        for task in chain.from_iterable(self.stage.groups):
            state = self.situation.hook_of(task)
            if state is not None and not state.phase.ended and task.id not in self._unanswered:
                self._end_begun(task, state, message, now)
        for task in list(self._resources.values()) if resources else ():
            self._end(task, Verdict(TaskPhase.FAILED, message), now)
        for tasks in (self._to_start, self._to_clear, self._resources, self._unestablished):
            tasks.clear()
        self._prunes.abandon()

    # Before the kinds

    def _cleared(self, now: float) -> bool:
        """Tell whether leftovers and prunes are gone, so that the kinds may begin."""
        if release_leftovers(self.situation, list(self._to_clear.values())):
            return False
        if not self._prunes.step():
            return False
        if self._prunes.failed:
            self.failed.extend(self._prunes.failed)
            self._stopped = True
            return False
        self._to_clear = {
            task_id: task
            for task_id, task in self._to_clear.items()
            if not way_is_clear(self.situation, task)
        }
        for task in self._to_clear.values():
            self._limit_obstacle(task, now)
        return not self._to_clear

    def prune_refused(self, key: Key, message: str) -> None:
        """Note that the server will not delete the object of this key."""
        self._prunes.refused(key, message)

    # The kinds, one after the other

    def _group_is_done(self) -> bool:
        if self._unanswered or self._to_start or self._unestablished:
            return False
        if self._discovery_wanted:
            tasks = self.stage.groups[self._group]
            if any(task.id in self._hooks for task in tasks):
                return False
            kinds = tuple(kind_of_crd(task.manifest) for task in tasks if task.manifest)
            self.situation.ask(("discovery",), RefreshDiscovery(kinds))
            return False
        return self._group < len(self.stage.groups)

    def _begin_group(self, now: float) -> None:
        for task in self.stage.groups[self._group]:
            state = self.situation.hook_of(task)
            if task.kind is TaskKind.APPLY:
                self._unanswered[task.id] = task
                self.situation.ask(("apply", task.id), ApplyObject(task))
            elif state is None:
                self._limits.begin(task, now)
                intend(self.situation, task, now)
                self._to_start[task.id] = task
            elif state.phase.ended:
                continue
            elif state.created:
                self._limits.begin(task, state.started_at)
                self._await(task)
            else:
                self._limits.begin(task, state.started_at)
                self._to_start[task.id] = task

    def _start(self, task: Task, now: float) -> None:
        situation = self.situation
        if not situation.is_saved(task.id):
            return
        if not way_is_clear(situation, task):
            self._limit_obstacle(task, now)
            return
        del self._to_start[task.id]
        in_the_way = refusal(situation, task)
        sighting = situation.live.get(task.key)
        if in_the_way:
            self.apply_failed(task, f"an earlier one is in the way: {in_the_way}", now)
        elif sighting is not None and sighting.attempt == mark_of(situation, task):
            self.created(task, sighting)
        elif sighting is not None:
            self._unanswered[task.id] = task
            situation.ask(("apply", task.id), ApplyHook(task, sighting.uid))
        else:
            self._unanswered[task.id] = task
            situation.ask(("create", task.id), CreateHook(task))

    # Answers

    def applied(self, task: Task, now: float) -> None:
        """Note that an ordinary resource was applied."""
        self._unanswered.pop(task.id, None)
        self._limits.begin(task, now)
        if self._stopped:
            return
        if task.key.kind == _CRD:
            self._unestablished[task.id] = self._dirty[task.id] = task
            self._discovery_wanted = True
            self._limits.watch(task)
        elif self.stage.awaits_resources:
            self._await(task)

    def hook_found(self, task: Task, sighting: Sighting, now: float | None = None) -> None:
        """Note the object that has the hook's name, ours or another's.

        ``now`` where it was created this moment, not found.
        """
        self._unanswered.pop(task.id, None)
        if sighting.attempt == mark_of(self.situation, task):
            self.created(task, sighting, now=now)
        else:
            self._to_start[task.id] = task

    def created(
        self,
        task: Task,
        sighting: Sighting,
        outcome: str = "created",
        now: float | None = None,
    ) -> None:
        """Note that a hook's own object is there.

        Its time counts from ``now`` where it was created this moment: what passed between the
        intent and the creation, as when a process died there, is none of its own.
        """
        self._unanswered.pop(task.id, None)
        note_created(self.situation, task, sighting, outcome, now)
        self._limits.begin(task, self.situation.record.hooks[task.id].started_at)
        self._discovery_wanted = self._discovery_wanted or task.key.kind == _CRD
        self._await(task)

    def apply_failed(self, task: Task, message: str, now: float) -> None:
        """Note that an object could not be applied or created."""
        self._unanswered.pop(task.id, None)
        self.refused.append((task, message))
        note_refused(self.situation, task, message, now)

    def _give_up(self, task: Task, message: str, now: float) -> None:
        """Fail a hook whose way was never clear; it has not been created."""
        self._to_clear.pop(task.id, None)
        self._to_start.pop(task.id, None)
        began = self._limits.since(task, now)
        self.situation.record.hooks.setdefault(task.id, HookState(key=task.key, started_at=began))
        self.failed.append((task, message))
        note_refused(self.situation, task, message, now)

    def discovered(self) -> None:
        """Note that the kinds which this group's CRDs define are known."""
        self._discovery_wanted = False

    # Judging what runs

    def _recall_failures(self) -> None:
        """Count the hooks that failed before a restart: what has failed stays failed."""
        for task in chain.from_iterable(self.stage.groups):
            state = self.situation.hook_of(task)
            if state is not None and state.phase is TaskPhase.FAILED:
                (self.failed if state.created else self.refused).append((task, state.message))

    def _await_what_runs(self) -> None:
        self._prunes.abandon()
        self._group = len(self.stage.groups)
        for task in chain.from_iterable(self.stage.groups):
            state = self.situation.hook_of(task)
            if state is None or state.phase.ended:
                continue
            self._limits.begin(task, state.started_at)
            sighting = self.situation.live.get(task.key)
            if state.created:
                self._await(task)
            elif sighting is not None and sighting.attempt == mark_of(self.situation, task):
                self.created(task, sighting)
            else:
                note_abandoned(self.situation, task, "not begun", state.started_at)

    def _await(self, task: Task) -> None:
        tasks = self._hooks if task.kind is TaskKind.HOOK else self._resources
        tasks[task.id] = self._dirty[task.id] = task
        self._limits.watch(task)

    def _is_judged(self, task: Task) -> bool:
        return any(
            task.id in tasks for tasks in (self._hooks, self._resources, self._unestablished)
        )

    def _judge(self, task: Task, now: float) -> None:
        if not self._is_judged(task):
            return
        state = self.situation.hook_of(task)
        sighting = self.situation.live.get(task.key)
        if sighting is None or (state is not None and sighting.uid != state.uid):
            self._judge_missing(task, replaced=sighting is not None, now=now)
            return
        if not self._guard.counts(sighting, self.situation, now):
            return
        verdict = judge_hook(sighting) if task.id in self._hooks else judge_resource(sighting)
        if verdict.phase.ended:
            self._end(task, verdict, now)
        else:
            note_health(self.situation.record, task, verdict.phase, verdict.message)

    def _judge_missing(self, task: Task, *, replaced: bool, now: float) -> None:
        """Fail a task whose object is gone, once a live GET has said so."""
        situation = self.situation
        unreadable = situation.unreadable.get(task.key, "")
        if unreadable and not replaced:
            message = f"{resource_word(task.key)} is not seen and cannot be read: {unreadable}"
            self._end(task, Verdict(TaskPhase.FAILED, message), now)
            return
        if not replaced and task.key not in situation.confirmed_absent:
            situation.confirm(task.key)
            return
        state = situation.hook_of(task)
        if state is not None:
            state.released = True
        message = f"{resource_word(task.key)} vanished before its result was seen"
        self._end(task, Verdict(TaskPhase.FAILED, message), now)

    def _end(self, task: Task, verdict: Verdict, now: float) -> None:
        for tasks in (self._hooks, self._resources, self._unestablished):
            tasks.pop(task.id, None)
        note_health(self.situation.record, task, verdict.phase, verdict.message)
        note_ended(self.situation, task, verdict, now)
        if verdict.phase is TaskPhase.FAILED:
            self.failed.append((task, verdict.message))

    def _end_begun(self, task: Task, state: HookState, message: str, now: float) -> None:
        """Fail a hook that runs, or was about to; after a restart only the record knows of it."""
        sighting = self.situation.live.get(task.key)
        ours = sighting is not None and sighting.attempt == mark_of(self.situation, task)
        if sighting is not None and ours and not state.created:
            state.uid, state.created = sighting.uid, True
        if state.created:
            self._end(task, Verdict(TaskPhase.FAILED, message), now)
        else:
            note_abandoned(self.situation, task, message, now)

    def _limit_obstacle(self, task: Task, now: float) -> None:
        """Limit the wait for what stands in the hook's place to go.

        The wait for an earlier result to be saved has no limit: without a save nothing can be
        failed either.
        """
        if obstacle(self.situation, task) is not None:
            self._limits.since(task, now)
            self._limits.watch(task)

    # For people

    def _waited(self) -> list[Waited]:
        return [
            (WaitKind.CONFIRMATION, self._prunes.held),
            (WaitKind.HOOK, self._hooks),
            (WaitKind.RESOURCE, self._unestablished),
            (WaitKind.RESOURCE, self._resources),
            (WaitKind.DELETION, self._prunes.going),
            (WaitKind.DELETION, self._to_clear),
            (WaitKind.DELETION, self._blocked()),
        ]

    def _blocked(self) -> dict[str, Task]:
        live = self.situation.live
        return {
            task_id: task
            for task_id, task in self._to_start.items()
            if task.key in live and live[task.key].deleting
        }

    def waits(self, now: float) -> tuple[Wait, ...]:
        """Return what the stage waits for, hooks first."""
        return waits_of(
            self.situation,
            self._waited(),
            since=lambda task: self._limits.since(task, now),
            deadline=self._limits.deadline,
        )

    def message(self) -> str:
        """Return the first of the waits in words."""
        return wait_message(self._waited())
