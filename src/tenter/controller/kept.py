"""An operation with a record, kept in its SyncRun while the runner performs it.

Syncs and deletions are kept, shown and performed in this one way; what they plan is theirs.
"""

from __future__ import annotations

import asyncio
import functools

import structlog

from tenter.applications.keeper import Keeper
from tenter.applications.state import State
from tenter.applications.state_store import StateStore
from tenter.controller.ground import Ground
from tenter.controller.journal import OperationJournal, Shown
from tenter.controller.live import LiveObjects
from tenter.controller.managed import ManagedApplication
from tenter.controller.sync_runs import SyncRunForm, run_status
from tenter.engine import Record
from tenter.errors import StateError
from tenter.runner import Operation, Planner, Report, Surroundings, run_operation
from tenter.runner.progress import Progress, Warned

log = structlog.get_logger(__name__)


class KeptOperation:
    """The operation of ``state``, which has a record, kept in the SyncRun of ``form``.

    ``store`` is given where it was read from there: the operation is gone on with. ``shown`` says
    what the Application shows of it.
    """

    def __init__(
        self,
        ground: Ground,
        managed: ManagedApplication,
        live: LiveObjects,
        state: State,
        form: SyncRunForm,
        *,
        shown: Shown,
        store: StateStore | None = None,
    ) -> None:
        if state.record is None:
            raise StateError(f"{form.where} holds no operation; delete it")
        self.state = state
        self.record: Record = state.record
        self._ground = ground
        self._managed = managed
        self._live = live
        self._form = form
        self._resumed = store is not None
        store = store or StateStore(ground.client, form, ground.options.identity)
        self._keeper = Keeper(store, functools.partial(ground.ensure, managed.key), lambda _: None)
        self.journal = OperationJournal(self._keeper, form, state, managed.object, shown)

    async def save(self) -> None:
        """Save all of the operation. Raises what the client raises, and ``StoodDown``."""
        self._form.status = run_status(self.record, self.state.about.revision)
        await self._keeper.begin(self.state)

    async def keep(self, *names: str) -> None:
        """Save the named parts of the state."""
        await self._keeper.keep(*names)

    async def run(self, planner: Planner) -> None:
        """Perform the operation to its end. Raises ``StoodDown``."""
        state = self.state
        operation = Operation(
            application=state.about.application,
            record=self.record,
            report=state.report or Report(operation=self.record.operation),
            planner=planner,
            revision=state.about.revision,
            asked=state.about.asked,
            saved=self._resumed,
        )
        surroundings = Surroundings(
            client=self._live.client,
            informers=self._live.informers,
            environment=self._ground.environment,
            listener=self._heard,
            scripts=self._ground.settings.scripts,
            paths=self._ground.settings.paths,
        )
        async with asyncio.TaskGroup() as tasks:
            showing = tasks.create_task(self.journal.show())
            await run_operation(surroundings, operation, self.journal)
            showing.cancel()

    def _heard(self, event: Progress) -> None:
        if isinstance(event, Warned):
            log.info("warning", application=str(self._managed), message=event.message)
        self.journal.heard(event)
