"""Asks for the end of a running operation, from any process.

The process that runs it is told by an annotation on the state's Secret, which it watches. Where no
process is left (the Lease has run out), the operation is ended here and now: its running hooks are
released and deleted, and its record is closed.
"""

from __future__ import annotations

import msgspec

from tenter.applications.lease import Lease
from tenter.applications.operations import saved_operation, saved_planner
from tenter.applications.outcome import Outcome, outcome_of
from tenter.applications.secrets import TERMINATE, StateSecrets
from tenter.applications.session import Session, read_state, session_at
from tenter.applications.state import State
from tenter.applications.workplace import Workplace
from tenter.engine import (
    AttemptFacts,
    Phase,
    Plan,
    Record,
    Stage,
    StageKey,
    Task,
    TaskKind,
)
from tenter.errors import StateError, TenterError
from tenter.runner import Control, Planner, run_operation

TERMINATED = "Operation terminated"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The process that runs the operation was asked to end it."""

    holder: str


class HooksAlone:
    """Plans nothing but the hooks that the record knows, for a source that cannot be read."""

    def __init__(self, record: Record) -> None:
        self._record = record

    def plan(self, facts: AttemptFacts) -> Plan:
        """Return the hooks, each in its phase."""
        del facts
        stages: dict[StageKey, list[Task]] = {}
        for task_id, hook in self._record.hooks.items():
            # A task's id begins with its phase.
            stage = StageKey(Phase(task_id.partition("/")[0]), 0)
            task = Task(
                id=task_id, kind=TaskKind.HOOK, phase=stage.phase, wave=stage.wave, key=hook.key
            )
            stages.setdefault(stage, []).append(task)
        return Plan(
            stages=tuple(
                Stage(key=key, groups=tuple((task,) for task in tasks))
                for key, tasks in stages.items()
            )
        )

    async def next_facts(self, previous: AttemptFacts, started: int) -> AttemptFacts:
        """Return the facts as they were: an operation that is ended has no further attempt."""
        del started
        return previous


async def terminate(
    workplace: Workplace, application: str, place: str, reason: str = TERMINATED
) -> Asked | Outcome:
    """Have the application's running operation end; ``place`` is the namespace of its state.

    Returns who was asked, or, where nobody runs it any more, how it was ended here. Raises
    ``StateError`` where no operation is running.
    """
    state = await read_state(workplace.client, application, place)
    if state is None or not state.runs:
        raise StateError(
            f"no operation of {application} is running (namespace {place}). See what was with: "
            f"tenter history --app {application}"
        )
    lease = Lease(workplace.client, workplace.environment, application, place, "")
    holding = await lease.holding()
    if holding is not None:
        secrets = StateSecrets(workplace.client, application, place, "")
        await secrets.annotate({TERMINATE: reason})
        return Asked(holder=holding.holder)
    return await end_abandoned(workplace, application, place, reason)


async def end_abandoned(
    workplace: Workplace, application: str, place: str, reason: str = TERMINATED
) -> Outcome:
    """End an operation that no process runs. Raises ``OperationInProgress`` where one does."""
    async with session_at(workplace, application, place) as session:
        if session.state is None or not session.state.runs:
            raise StateError(f"no operation of {application} is running (namespace {place})")
        return await end_here(session, session.state, workplace, reason)


async def end_here(
    session: Session, state: State, workplace: Workplace, reason: str = TERMINATED
) -> Outcome:
    """End the unfinished operation of an opened application."""
    record = state.record
    if record is None:
        raise StateError(f"{session.where} holds no operation")
    planner = await _planner(state, record, workplace)
    operation = saved_operation(state, record, planner, saved=True)
    control = Control()
    control.terminate(reason)
    async with workplace.surroundings() as surroundings:
        await run_operation(surroundings, operation, session, control)
    return outcome_of(operation, operation.revision, resumed=True)


async def _planner(state: State, record: Record, workplace: Workplace) -> Planner:
    """Return what plans as the operation did; only its policies tell which hooks are to go."""
    alone = HooksAlone(record)
    if record.deletion:
        return alone
    try:
        planner = await saved_planner(workplace, state, record)
        planned = [task.id for task in planner.plan(record.attempt).tasks]
    except TenterError as error:
        workplace.warn(f"The operation's manifests cannot be read again ({error})")
        return alone
    return planner if all(task_id in planned for task_id in record.hooks) else alone
