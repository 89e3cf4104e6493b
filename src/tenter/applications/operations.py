"""An operation before the runner has it: begun anew, or as the saved state holds it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from tenter.applications.preparing import prepare_saved
from tenter.applications.state import About, State
from tenter.applications.sync_planning import SyncPlanner, nothing
from tenter.applications.workplace import Workplace
from tenter.engine import AttemptFacts, Record, Selected, SyncOptions
from tenter.runner import Operation, Planner, Report


class FirstPlanner(Protocol):
    """Plans the first attempt of an operation."""

    async def first_facts(self, operation: str, started: int) -> AttemptFacts:
        """Return the facts of the first attempt; ``started`` is in Unix seconds."""
        ...


async def new_record(
    workplace: Workplace,
    planner: FirstPlanner,
    about: About,
    options: SyncOptions,
    *,
    selection: tuple[Selected, ...] = (),
    deletion: bool = False,
) -> Record:
    """Return the record of an operation that begins now.

    Its attempt starts at least a second after the application's last one: hooks' names are made
    of that second.
    """
    now = workplace.environment.now()
    operation = f"{int(now):x}-{workplace.environment.random.randrange(16**6):06x}"
    started = max(int(now), about.last_started + 1)
    return Record(
        operation=operation,
        options=options,
        selection=selection,
        deletion=deletion,
        attempt=await planner.first_facts(operation, started),
        started_at=now,
    )


async def saved_planner(
    workplace: Workplace,
    state: State,
    record: Record,
    save: Callable[[], Awaitable[None]] = nothing,
) -> SyncPlanner:
    """Return what plans the sync that ``state`` holds as it was planned; raises as ``prepare``."""
    return SyncPlanner(
        workplace.client,
        await prepare_saved(workplace, state, record.options),
        state.inventory,
        application=state.about.application,
        namespace=state.about.namespace,
        options=record.options,
        selection=record.selection,
        save=save,
        paths=workplace.paths,
    )


def saved_operation(state: State, record: Record, planner: Planner, *, saved: bool) -> Operation:
    """Return the operation that ``state`` holds, for the runner.

    ``saved`` says that it goes on after a restart.
    """
    about = state.about
    return Operation(
        application=about.application,
        record=record,
        report=state.report or Report(operation=record.operation, revision=about.revision),
        planner=planner,
        revision=about.revision,
        asked=about.asked,
        source=about.source.described(about.revision) if about.source is not None else {},
        saved=saved,
    )
