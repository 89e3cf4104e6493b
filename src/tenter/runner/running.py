"""Runs one operation to its end: the loop between the engine and the cluster.

Take in all that happened, decide once, begin what was decided, wait for the next thing to happen or
the moment the decision named. Nothing is asked for twice and nothing is polled; what takes time
runs beside the loop and comes back as an event.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, NoReturn

import msgspec

from tenter.engine import (
    Attempt,
    AttemptStarted,
    Decision,
    End,
    Event,
    HookApplied,
    HookCreated,
    HookExists,
    OperationPhase,
    Plan,
    PruningConfirmed,
    Saved,
    TerminateRequested,
    TimePassed,
    next_attempt,
    operation_state,
)
from tenter.engine.endings import TERMINATED
from tenter.engine.retrying import note_end, with_retry
from tenter.errors import TenterError
from tenter.manifests import GroupKind, group_version
from tenter.runner.inbox import Inbox
from tenter.runner.journal import Journal, Requests
from tenter.runner.logs import LogKeeper
from tenter.runner.narrating import Narrator
from tenter.runner.observing import Observer
from tenter.runner.operation import Control, InvalidTasks, Operation
from tenter.runner.performing import Performer
from tenter.runner.progress import OperationEnded, OperationStarted
from tenter.runner.saving import Saver
from tenter.runner.surroundings import Surroundings


class _Over(Exception):  # noqa: N818 - ends a task group, and is no error
    """The attempt is over: whatever still runs beside it ends."""

    def __init__(self, end: End) -> None:
        super().__init__(end.message)
        self.end = end


class _Unobservable(Exception):  # noqa: N818 - carries an error out of a task group
    """The plan's objects cannot be followed."""

    def __init__(self, error: TenterError) -> None:
        super().__init__(str(error))
        self.error = error


async def run_operation(
    surroundings: Surroundings,
    operation: Operation,
    journal: Journal,
    control: Control | None = None,
) -> None:
    """Run ``operation`` with all its attempts; its record tells how it ended.

    Raises ``StoodDown`` where another process took it over. Cancelling leaves it as it is, to be
    gone on with from where it is saved.
    """
    try:
        await _Running(surroundings, operation, journal).run(control or Control())
    except BaseExceptionGroup as group:
        raise _first(group) from None


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return what went wrong first: what follows it in a task group is its consequence."""
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


class _Running:
    def __init__(self, surroundings: Surroundings, operation: Operation, journal: Journal) -> None:
        self._surroundings = surroundings
        self._operation = operation
        self._record = operation.record
        self._journal = journal
        self._inbox = Inbox()
        self._saver = Saver(
            journal, operation.record, operation.report, self._inbox, surroundings.warn
        )
        self._saved_version = operation.record.version if operation.saved else -1
        self._retries_now = False

    async def run(self, control: Control) -> None:
        record, operation = self._record, self._operation
        self._surroundings.tell(
            OperationStarted(
                at=self._surroundings.now,
                application=operation.application,
                operation=record.operation,
                revision=operation.revision,
                namespace=record.attempt.destination_namespace,
                resumed=operation.saved,
            )
        )
        self._journal.listen(
            Requests(
                terminate=self._terminate,
                confirm_pruning=self._confirm_pruning,
                retry_now=self._retry_now,
            )
        )
        control.bind(self._terminate, self._confirm_pruning)
        async with asyncio.TaskGroup() as tasks:
            saving = tasks.create_task(self._saver.run())
            await self._run_attempts()
            await self._saver.finish()
            saving.cancel()
        self._surroundings.tell(
            OperationEnded(
                at=self._surroundings.now,
                phase=record.phase,
                message=record.message,
                operation_state=operation_state(
                    record, operation.asked, operation.source, operation.revision
                ),
            )
        )

    def _terminate(self, reason: str) -> None:
        self._inbox.put(TerminateRequested(reason))

    def _retry_now(self) -> None:
        if self._record.retry_at is not None:
            self._retries_now = True
            self._inbox.put(TimePassed())

    def _confirm_pruning(self) -> None:
        self._inbox.put(PruningConfirmed())

    # Attempts

    async def _run_attempts(self) -> None:
        record = self._record
        while not record.phase.ended:
            if record.retry_at is None:
                await self._run_attempt()
            else:
                await self._wait_for_retry(record.retry_at)

    async def _run_attempt(self) -> None:
        try:
            plan = self._operation.planner.plan(self._record.attempt)
        except TenterError as error:
            if self._has_hooks:
                raise
            self._end_with(error)
            return
        narrator = Narrator(self._surroundings, self._record, self._operation.report, plan)
        attempt = Attempt(plan, self._record, self._saved_version)
        try:
            async with asyncio.TaskGroup() as tasks:
                await self._drive(attempt, plan, narrator, tasks)
        except* _Over as over:
            narrator.ended(_leaf(over).end)
        except* _Unobservable as unobservable:
            _obey_cancellation()
            problem: TenterError = _leaf(unobservable).error
            if self._has_hooks:
                # To end here would forget them. Saved as it is, the operation can be gone on with.
                raise problem from None
            narrator.ended(self._end_with(problem))
        _obey_cancellation()

    @property
    def _has_hooks(self) -> bool:
        """Whether hooks of this attempt may still hold their finalizer."""
        states = self._record.hooks.values()
        return any(not (state.phase.ended and state.released) for state in states)

    async def _drive(
        self, attempt: Attempt, plan: Plan, narrator: Narrator, tasks: asyncio.TaskGroup
    ) -> NoReturn:
        begun_at_version = self._record.version
        observer = Observer(self._surroundings, self._inbox, tasks)
        logs = LogKeeper(self._surroundings, tasks)
        narrator.reason_of = observer.reason_of
        performer = Performer(
            self._surroundings,
            observer,
            logs=logs,
            inbox=self._inbox,
            tasks=tasks,
            plan=plan,
            record=self._record,
        )
        try:
            tasks.create_task(self._observe(observer, plan))
            while True:
                now = self._surroundings.now
                for event in self._inbox.take():
                    # A save that began in the attempt before says nothing of this one.
                    if isinstance(event, Saved) and event.version < begun_at_version:
                        continue
                    attempt.advance(event, now)
                    narrator.happened(event)
                    self._follow_logs(event, narrator, logs)
                decision = attempt.decide(now)
                if decision.save:
                    self._saver.ask()
                narrator.decided(decision)
                if observer.took_turn():
                    # Who looks at the saved operation is to see why it waits, too.
                    self._saver.ask()
                if decision.end is not None:
                    raise _Over(decision.end)
                for action in decision.actions:
                    performer.start(action)
                await self._wait(decision)
        finally:
            observer.close()
            logs.close()

    async def _wait(self, decision: Decision) -> None:
        if decision.wake_at is None:
            await self._inbox.wait(None)
            return
        await self._inbox.wait(max(0.0, decision.wake_at - self._surroundings.now))
        if self._surroundings.now >= decision.wake_at:
            self._inbox.put(TimePassed())

    async def _observe(self, observer: Observer, plan: Plan) -> None:
        tasks = (*plan.tasks, *plan.skipped)
        versions: dict[GroupKind, str] = {}
        for task in tasks:
            if task.manifest is not None:
                versions.setdefault(task.key.group_kind, group_version(task.manifest)[1])
        try:
            await observer.observe(dict.fromkeys(task.key for task in tasks), versions)
        except* TenterError as errors:
            error: TenterError = _leaf(errors)
            if not self._record.terminating:
                raise _Unobservable(error) from None
            # What the record knows is enough to let go of its hooks.
            self._surroundings.warn(f"The operation ends without a look at its objects: {error}")
        self._inbox.put(AttemptStarted())

    def _follow_logs(self, event: Event, narrator: Narrator, logs: LogKeeper) -> None:
        """Begin to follow the Pods of hooks that were just created, or found after a restart."""
        match event:
            case HookCreated(task_id) | HookExists(task_id) | HookApplied(task_id):
                wanted: Iterable[str] = (task_id,)
            case AttemptStarted():
                wanted = tuple(self._record.hooks)
            case _:
                return
        for task_id in wanted:
            task = narrator.task(task_id)
            state = self._record.hooks.get(task_id)
            if task is None or state is None or not state.uid or state.released:
                continue  # what it said was kept before it was released
            logs.begin(task, state.uid, narrator.hook_report(task), ended=state.phase.ended)

    def _end_with(self, error: TenterError) -> End:
        """End the attempt for a reason that the engine does not know of."""
        now = self._surroundings.now
        end = End(phase=OperationPhase.ERROR, message=f"ComparisonError: {error}")
        if isinstance(error, InvalidTasks):
            self._record.results.update(error.results)
            end = End(phase=OperationPhase.FAILED, message=str(error))
        end = with_retry(self._record, end, now)
        note_end(self._record, end, now)
        return end

    # Retries

    async def _wait_for_retry(self, retry_at: float) -> None:
        """Wait for the next attempt's time and begin it, or end where the user wants that."""
        self._saver.ask()
        record = self._record
        while True:
            now = self._surroundings.now
            for event in self._inbox.take():
                if isinstance(event, TerminateRequested):
                    self._end_waiting(event, now)
                    return
                if isinstance(event, PruningConfirmed):
                    record.confirmed = True
            if now >= retry_at or self._retries_now:
                break
            await self._inbox.wait(retry_at - now)
        self._retries_now = False
        started = max(int(now), record.attempt.started + 1)
        try:
            facts = await self._operation.planner.next_facts(record.attempt, started)
        except TenterError as error:
            # An attempt that could not begin is one all the same, or the limit would never come.
            number = record.attempt.number + 1
            record.attempt = msgspec.structs.replace(record.attempt, number=number, started=started)
            self._end_with(error)
            return
        next_attempt(record, facts)
        self._saved_version = -1

    def _end_waiting(self, event: TerminateRequested, now: float) -> None:
        """End an operation of which nothing runs: every hook of the last attempt has ended."""
        record = self._record
        record.terminating = event.message or TERMINATED
        note_end(record, End(phase=OperationPhase.FAILED, message=record.terminating), now)


def _obey_cancellation() -> None:
    """Go on being cancelled, where that and another end came in the same moment.

    A task group whose task failed raises that failure alone, and a cancellation from outside it
    would be lost (until CPython 3.13).
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _leaf(group: BaseExceptionGroup[BaseException]) -> Any:
    return _first(group)
