"""Plans the attempts of an operation of the controller: from its sources, within its project.

A source that cannot be read is not the end: the attempt fails with it, and a retry reads again. A
plan is made first and then asked of the project, so that hooks, prunes and inline manifests are
held to the same rules as all else, before anything is done.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from tenter.applications.sync_planning import SyncPlanner
from tenter.controller.wanted import Wanted
from tenter.engine import (
    AttemptFacts,
    Plan,
    ResultStatus,
    Target,
    Task,
    TaskKind,
    TaskPhase,
    TaskResult,
)
from tenter.engine.planning import version_of
from tenter.errors import TenterError
from tenter.runner import InvalidTasks


class OperationPlanner:
    """Plans one operation.

    ``read`` returns what is wanted: as the operation has it, or with True as it is by now.
    ``plan_with`` makes a planner of it. ``refused`` tells why the project does not permit a task,
    empty where it does. ``refresh`` says whether every retry reads anew.
    """

    def __init__(
        self,
        read: Callable[[bool], Awaitable[Wanted]],
        plan_with: Callable[[Wanted], SyncPlanner],
        refused: Callable[[Task], str],
        *,
        namespace: str,
        refresh: bool,
    ) -> None:
        self._read = read
        self._plan_with = plan_with
        self._refused = refused
        self._namespace = namespace
        self._refresh = refresh
        self._planner: SyncPlanner | None = None
        self._error: TenterError | None = None

    @property
    def targets(self) -> list[Target]:
        """What is wanted; nothing while that could not be read."""
        return self._planner.targets if self._planner is not None else []

    @property
    def failed(self) -> bool:
        """Whether what is wanted could not be read."""
        return self._error is not None

    async def prepare(self, *, anew: bool = False) -> None:
        """Read what is wanted; what goes wrong is told by ``plan``."""
        try:
            self._planner, self._error = self._plan_with(await self._read(anew)), None
        except TenterError as error:
            self._planner, self._error = None, error

    async def first_facts(self, operation: str, started: int) -> AttemptFacts:
        """Return the facts of the first attempt; ``started`` is in Unix seconds."""
        await self.prepare()
        if self._planner is None:
            return AttemptFacts(
                operation=operation,
                number=0,
                started=started,
                destination_namespace=self._namespace,
            )
        return await self._planner.first_facts(operation, started)

    async def next_facts(self, previous: AttemptFacts, started: int) -> AttemptFacts:
        """Return the facts of the attempt after ``previous``."""
        if self._planner is None or self._refresh:
            await self.prepare(anew=True)
        if self._planner is None:
            return msgspec.structs.replace(
                previous, number=previous.number + 1, started=started, prunes=(), in_sync=()
            )
        return await self._planner.next_facts(previous, started)

    def plan(self, facts: AttemptFacts) -> Plan:
        """Return the plan of an attempt.

        Raises ``InvalidTasks`` where the project does not permit it, and what reading raised.
        """
        if self._planner is None:
            raise self._error or RuntimeError("nothing was prepared")
        plan = self._planner.plan(facts)
        refused = {task.id: (task, why) for task in plan.tasks if (why := self._refused(task))}
        if refused:
            told = list(dict.fromkeys(why for _, why in refused.values()))
            raise InvalidTasks(
                f"one or more synchronization tasks are not valid: {'; '.join(told[:3])}"
                + (f" and {len(told) - 3} more" if len(told) > 3 else ""),
                {task_id: _result(task, why) for task_id, (task, why) in refused.items()},
            )
        return plan


def _result(task: Task, why: str) -> TaskResult:
    return TaskResult(
        key=task.key,
        version=version_of(task),
        status=ResultStatus.SYNC_FAILED,
        message=why,
        hook_type=task.phase.value if task.kind is TaskKind.HOOK else "",
        hook_phase=TaskPhase.FAILED,
        sync_phase=task.phase.value,
    )
