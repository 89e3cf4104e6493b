"""The journal of one operation: saved in its SyncRun, shown on its Application as it happens.

What is saved is the truth and comes first; what is shown follows it, one write at a time, as often
as there is something new. A failing write of what is shown never holds up the operation. Wishes
(terminate, approved prunes) arrive on the Application, and are told to the runner from here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec
import structlog

from tenter.applications.approval import is_timely
from tenter.applications.keeper import Keeper
from tenter.applications.state import State
from tenter.controller.projection import TERMINATING
from tenter.controller.sync_runs import SyncRunForm, run_status
from tenter.controller.writing import ApplicationObject
from tenter.engine import Record
from tenter.engine.endings import TERMINATED
from tenter.errors import NotFound, TenterError
from tenter.manifests import Manifest
from tenter.runner import Requests, SavedOperation
from tenter.runner.progress import Progress, TaskChanged, WaitingFor

log = structlog.get_logger(__name__)

Shown: TypeAlias = Callable[[Manifest, str, bool], dict[str, Any]]
"""Returns the merge patch that shows the operation on its Application.

Given are the object as it is, what the operation waits for, and whether its end was asked for.
"""

APPROVED = "argocd.argoproj.io/deletion-approved"
"""Annotation of the Application: when the user approved what asks for it (RFC 3339)."""

_BETWEEN_WRITES = 0.25
"""Seconds at least between two writes of what is shown: a sync of many objects has many news."""
_PAUSE = 5.0
"""Seconds until a write that failed is tried again."""


class OperationJournal:
    """Keeps the operation of ``state`` with ``keeper``, whose store has the form ``form``.

    ``application`` is where ``shown`` is written.
    """

    def __init__(
        self,
        keeper: Keeper,
        form: SyncRunForm,
        state: State,
        application: ApplicationObject,
        shown: Shown,
    ) -> None:
        self._keeper = keeper
        self._form = form
        self._state = state
        self._application = application
        self._shown = shown
        self._requests: Requests | None = None
        self._news = asyncio.Event()
        self._waiting = ""
        self._explained = ""
        self._terminate = ""
        self._approved = ""

    # The runner's journal

    async def save(self, saved: SavedOperation) -> None:
        """Save the operation in its SyncRun."""
        self._form.status = run_status(self._record, self._state.about.revision)
        if not saved.ended and self._explained:
            self._form.status["message"] = self._explained
        if saved.ended:
            self._form.report = msgspec.json.decode(saved.report)
        await self._keeper.save(saved)
        self._news.set()

    def listen(self, requests: Requests) -> None:
        """Tell ``requests`` of the wishes that arrive, and of those already there."""
        self._requests = requests
        if self._terminate:
            requests.terminate(self._terminate)
        self.seen(self._application.manifest)

    # Wishes

    def seen(self, manifest: Manifest) -> None:
        """Look at the Application for wishes."""
        state = (manifest.get("status") or {}).get("operationState") or {}
        if state.get("phase") == TERMINATING and not self._record.deletion:
            self.terminate(TERMINATED)
        approved = (manifest["metadata"].get("annotations") or {}).get(APPROVED) or ""
        if approved != self._approved and self._requests is not None:
            self._approved = approved
            if is_timely(approved, self._record):
                self._requests.confirm_pruning()

    def terminate(self, reason: str) -> None:
        """Have the operation end."""
        if self._terminate:
            return
        self._terminate = reason
        if self._requests is not None:
            self._requests.terminate(reason)

    def retry_now(self) -> None:
        """Have an attempt that is awaited begin: what it failed for may have been mended."""
        if self._requests is not None:
            self._requests.retry_now()

    @property
    def _record(self) -> Record:
        if self._state.record is None:
            raise RuntimeError("an operation has no record")
        return self._state.record

    # What is shown

    def heard(self, event: Progress) -> None:
        """Take in what the runner tells."""
        if isinstance(event, WaitingFor):
            self._waiting = self._explained = event.message
            reason = next((wait.reason for wait in event.waits if wait.reason), "")
            if reason:
                self._explained = f"{event.message} ({reason})"
            self._news.set()
        elif isinstance(event, TaskChanged):
            self._news.set()

    async def show(self) -> None:
        """Show the operation on its Application as it goes on, until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self._application.write(self._change)
            except NotFound:
                return  # the Application is gone; its operation ends all the same
            except TenterError as error:
                log.warning("an operation's state could not be shown", error=str(error))
                self._news.set()
                await asyncio.sleep(_PAUSE)
            else:
                await asyncio.sleep(_BETWEEN_WRITES)

    def _change(self, manifest: Manifest) -> dict[str, Any]:
        self.seen(manifest)
        if self._record.phase.ended:
            return {}  # the last word is written by who runs the operation, with what belongs to it
        terminating = bool(self._terminate)
        return self._shown(manifest, self._waiting, terminating)
