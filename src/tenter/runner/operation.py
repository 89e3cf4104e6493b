"""One operation as the runner is given it: its record, how to plan it, how to name it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from tenter.engine import AttemptFacts, Plan, Record, TaskResult
from tenter.errors import TenterError
from tenter.runner.report import Report


class Planner(Protocol):
    """Plans the attempts of one operation."""

    def plan(self, facts: AttemptFacts) -> Plan:
        """Return the plan of the attempt of ``facts``: the same one each time.

        Raises ``InvalidTasks`` where it must not be carried out, another ``TenterError`` where
        there is none.
        """
        ...

    async def next_facts(self, previous: AttemptFacts, started: int) -> AttemptFacts:
        """Return the facts of the attempt after ``previous``, begun at ``started`` (Unix seconds).

        Here a retry that refreshes reads its source again. Raises ``TenterError`` where it cannot.
        """
        ...


class InvalidTasks(TenterError):  # noqa: N818 - the errors are named after the situation
    """Tasks of a plan that are not permitted: the attempt fails before anything of it is done.

    ``results`` are what is to be told of them, by task id.
    """

    def __init__(self, message: str, results: dict[str, TaskResult]) -> None:
        self.results = results
        super().__init__(message)


class Control:
    """How the user reaches into a running operation from within this process.

    May be made, and used, before the operation begins; each wish is kept until then.
    """

    def __init__(self) -> None:
        self._reason = ""
        self._confirmed = False
        self._terminate: Callable[[str], None] | None = None
        self._confirm: Callable[[], None] | None = None

    def terminate(self, reason: str = "Operation terminated") -> None:
        """Ask for the operation's end: its running hooks are released and deleted."""
        self._reason = reason
        if self._terminate is not None:
            self._terminate(reason)

    def confirm_pruning(self) -> None:
        """Approve the prunes that ask for confirmation."""
        self._confirmed = True
        if self._confirm is not None:
            self._confirm()

    @property
    def terminated(self) -> bool:
        """Whether the end was asked for."""
        return bool(self._reason)

    def bind(self, terminate: Callable[[str], None], confirm: Callable[[], None]) -> None:
        """Have wishes told from now on, and at once those that came before."""
        self._terminate, self._confirm = terminate, confirm
        if self._reason:
            terminate(self._reason)
        if self._confirmed:
            confirm()


@dataclass(slots=True)
class Operation:
    """``record`` and ``report`` are changed as the operation goes on.

    ``asked`` and ``source`` are what was asked for and from where, in an Application's shape;
    ``revision`` is the resolved one. ``saved`` says that the record came from where it is saved,
    so that the operation goes on after a restart.
    """

    application: str
    record: Record
    report: Report
    planner: Planner
    revision: str = ""
    asked: dict[str, Any] = field(default_factory=dict)
    source: dict[str, Any] = field(default_factory=dict)
    saved: bool = False
