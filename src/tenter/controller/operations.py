"""The operations of all Applications: which to begin, which to go on with, which to end.

Whether an operation is to run is read off the Application each time it is looked at: ``operation``
asks for one, and an ``operationState`` that has not ended says that one is under way, whoever began
it. What became of it is read off its SyncRuns. So nothing is lost with the process that ran it.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import structlog

from tenter.applications.state import State, decode_state
from tenter.applications.state_store import StateStore
from tenter.argoproj import (
    ConditionType,
    Operation,
    condition,
    merge_patch,
    operation_faults,
    plain,
    read_application,
    read_operation,
    read_status,
    validate,
    windows_of,
    with_conditions,
)
from tenter.argoproj.windows import WindowVerdict, may_sync
from tenter.controller.ground import Ground
from tenter.controller.hosting import Host
from tenter.controller.leftovers import Leftovers
from tenter.controller.managed import ManagedApplication
from tenter.controller.options import operation_options
from tenter.controller.projection import (
    TERMINATING,
    blocked_state,
    closed_state,
    next_history,
    shown_state,
)
from tenter.controller.running import Running, Subject
from tenter.controller.sync_runs import (
    KEPT,
    SyncRunForm,
    has_ended,
    list_runs,
    spec_of,
)
from tenter.engine import OperationPhase
from tenter.engine.endings import TERMINATED
from tenter.engine.operation_state import timestamp
from tenter.errors import (
    NotFound,
    OptionError,
    SpecError,
    StateError,
    StoodDown,
    TenterError,
)
from tenter.kube.backoff import Backoff
from tenter.manifests import Manifest

log = structlog.get_logger(__name__)

SUPERSEDED = "Operation terminated: superseded by a newer operation"
DELETED = "Operation terminated: the application is being deleted"
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0


class Operations:
    """Runs operations as tasks of ``tasks``, at most one for each Application."""

    def __init__(self, ground: Ground, leftovers: Leftovers) -> None:
        self._ground = ground
        self._leftovers = leftovers
        self._running: dict[str, Running | None] = {}
        self._at_work: dict[str, asyncio.Task[None]] = {}
        self._host = Host()

    def host(self, tasks: asyncio.TaskGroup) -> None:
        """Run operations in ``tasks`` from now on."""
        self._host.use(tasks)

    def is_running(self, managed: ManagedApplication) -> bool:
        """Tell whether this process runs an operation of the Application."""
        return managed.object.uid in self._running

    def is_under_way(self, managed: ManagedApplication) -> bool:
        """Tell whether an operation has begun and not ended, whichever process runs it."""
        state = (managed.object.manifest.get("status") or {}).get("operationState") or {}
        return self.is_running(managed) or _is_open(state)

    def consider(self, managed: ManagedApplication) -> bool:
        """Begin or go on with what the Application asks for; tell whether something is under way.

        Wishes for what runs already are passed on.
        """
        manifest = managed.object.manifest
        uid = managed.object.uid
        if uid in self._running:
            running = self._running[uid]
            if running is not None:
                self._pass_on(running, manifest)
            return True
        if _asked(manifest) is None:
            return False
        task = self._host.begin(self._run(managed), f"operation of {managed}")
        if task is None:
            return False
        self._running[uid], self._at_work[uid] = None, task
        return True

    async def leave(self, managed: ManagedApplication) -> None:
        """Leave the Application's operation as it is saved, for another to go on with."""
        task = self._at_work.get(managed.object.uid)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    def _pass_on(self, running: Running, manifest: Manifest) -> None:
        journal = running.journal
        if journal is None:
            return
        journal.seen(manifest)
        if manifest["metadata"].get("deletionTimestamp"):
            journal.terminate(DELETED)
        newer = manifest.get("operation")
        if newer is not None and newer != running.asked and _wants_to_supersede(manifest):
            journal.terminate(SUPERSEDED)

    async def _run(self, managed: ManagedApplication) -> None:
        uid = managed.object.uid
        pause = 0.0
        try:
            pause = await self._perform(managed)
        except StoodDown as error:
            log.info("another process runs the operation", application=str(managed), why=str(error))
            pause = _FIRST_PAUSE
        except NotFound as error:
            log.info("the application is gone", application=str(managed), why=str(error))
        except Exception as error:
            known = isinstance(error, TenterError)
            log.warning(
                "an operation is interrupted, and will be gone on with",
                application=str(managed),
                error=str(error),
                exc_info=None if known else error,
            )
            pause = _LONGEST_PAUSE if not known else _FIRST_PAUSE * 5
        finally:
            self._running.pop(uid, None)
            self._at_work.pop(uid, None)
        managed.due = True
        self._ground.look_again(managed.key, pause)

    async def _perform(self, managed: ManagedApplication) -> float:
        """Perform the Application's operation; return in how many seconds to look at it again."""
        manifest = managed.object.manifest
        metadata = manifest["metadata"]
        runs = await list_runs(self._ground.client, metadata["namespace"], metadata["uid"])
        runs = [run for run in runs if not spec_of(run).deletion]
        newest = runs[-1] if runs else None
        if newest is not None and not has_ended(newest):
            await self._go_on(managed, newest)
        elif newest is not None and _is_unconcluded(manifest, newest):
            state, _, _ = await self._opened(newest)
            await self._conclude(managed, state)
        else:
            asked = _asked(managed.object.manifest)
            if asked is None:
                return 0.0
            wait = await self._begin(managed, asked, _last_started(runs))
            if wait is not None:
                return wait
        await self._forget_old(managed)
        return 0.0

    # Beginning

    async def _begin(
        self, managed: ManagedApplication, asked: dict[str, Any], last_started: int
    ) -> float | None:
        """Begin an operation and run it; or return in how many seconds to ask again whether to."""
        began = timestamp(self._ground.now)
        try:
            operation = read_operation(asked)
            subject = self.subject(managed)
            _check(operation)
            running = Running(self._ground, subject, asked, operation)
        except (SpecError, OptionError) as error:
            await self._close(managed, asked, OperationPhase.ERROR, str(error), began)
            return None
        if _is_terminating(managed.object.manifest) or subject.application.deleted:
            await self._close(managed, asked, OperationPhase.FAILED, TERMINATED, began)
            return None
        verdict = self._verdict(subject, operation)
        if not verdict.allowed:
            await self._show_blocked(managed, asked, verdict.message, began)
            until = verdict.until
            return 3600.0 if until is None else max(1.0, until - self._ground.now)
        await running.begin(last_started)
        await self._run_to_its_end(managed, running)
        return None

    def _verdict(self, subject: Subject, operation: Operation) -> WindowVerdict:
        if subject.project is None:
            return WindowVerdict(allowed=True)
        windows = windows_of(subject.project, subject.application, subject.destination)
        return may_sync(windows, self._ground.now, manual=not operation.automated)

    def subject(self, managed: ManagedApplication, *, begun: bool = False) -> Subject:
        """Return whose operation it is.

        One that has ``begun`` was permitted then, and must come to its end. Raises ``SpecError``
        where the Application may not be synced at all.
        """
        ground = self._ground
        application = read_application(managed.object.manifest)
        faults = [each.message for each in validate(application)]
        if faults and not begun:
            raise SpecError("; ".join(faults))
        live = ground.destinations.find(application.spec.destination)
        destination = ground.destinations.full(application.spec.destination)
        refusals = ground.projects.refusals(application, destination)
        if refusals and not begun:
            raise SpecError("; ".join(refusals))
        return Subject(
            application=application,
            managed=managed,
            live=live,
            place=ground.place(application, live),
            project=None if refusals else ground.projects.find(application.spec.project_name),
            destination=destination,
        )

    async def _go_on(self, managed: ManagedApplication, run: Manifest) -> None:
        state, form, store = await self._opened(run)
        operation = read_operation(state.about.asked)
        running = Running(
            self._ground, self.subject(managed, begun=True), state.about.asked, operation
        )
        await running.go_on(state, form, store)
        await self._run_to_its_end(managed, running)

    async def _run_to_its_end(self, managed: ManagedApplication, running: Running) -> None:
        self._running[managed.object.uid] = running
        self._pass_on(running, managed.object.manifest)
        await running.run()
        if running.state is not None:
            await self._conclude(managed, running.state)

    async def _opened(self, run: Manifest) -> tuple[State, SyncRunForm, StateStore]:
        metadata = run["metadata"]
        form = SyncRunForm(metadata["namespace"], metadata["name"], spec_of(run))
        store = StateStore(self._ground.client, form, self._ground.options.identity)
        form.status = run.get("status") or {}
        form.report = run.get("report") or {}
        state = decode_state(await store.take(run), form.where)
        if state.record is None:
            raise StateError(f"{form.where} holds no operation; delete it")
        return state, form, store

    # Ending

    async def _conclude(self, managed: ManagedApplication, state: State) -> None:
        """Write the operation's last word on the Application, with its history, in one."""
        record, about = state.record, state.about
        if record is None:
            return
        shown = shown_state(record, about)

        def change(manifest: Manifest) -> dict[str, Any]:
            before = manifest.get("status") or {}
            history = next_history(
                before.get("history") or [], record, about, _history_limit(manifest)
            )
            return self._ended(manifest, about.asked, shown, history)

        await self._write_surely(managed, change)

    async def _close(
        self,
        managed: ManagedApplication,
        asked: dict[str, Any],
        phase: OperationPhase,
        message: str,
        began: str,
    ) -> None:
        """End an operation that never had a record."""

        def change(manifest: Manifest) -> dict[str, Any]:
            before = (manifest.get("status") or {}).get("operationState") or {}
            started = before.get("startedAt") if _is_open(before) else began
            state = closed_state(asked, phase, message, started or began, began)
            history = (manifest.get("status") or {}).get("history") or []
            return self._ended(manifest, asked, state, history)

        await self._write_surely(managed, change)

    def _ended(
        self,
        manifest: Manifest,
        asked: dict[str, Any],
        state: dict[str, Any],
        history: list[dict[str, Any]],
    ) -> dict[str, Any]:
        before = manifest.get("status") or {}
        status: dict[str, Any] = {}
        changes = merge_patch(before.get("operationState"), state)
        if changes:
            status["operationState"] = changes
        if history != (before.get("history") or []):
            status["history"] = history
        patch: dict[str, Any] = {"status": status} if status else {}
        newer = manifest.get("operation")
        if newer is None:
            return patch
        if newer != asked and _wants_to_supersede(manifest):
            return patch  # it begins now
        patch["operation"] = None
        if newer != asked:
            patch.setdefault("status", {})["conditions"] = self._refused(manifest)
        return patch

    def _refused(self, manifest: Manifest) -> list[dict[str, Any]]:
        told = condition(
            ConditionType.SYNC,
            "another operation is already in progress; what was asked for meanwhile was not begun. "
            "Ask again, or set the sync option Supersede=true",
        )
        conditions = with_conditions(
            read_status(manifest).conditions,
            [told],
            [ConditionType.SYNC],
            timestamp(self._ground.now),
        )
        return [plain(each) for each in conditions]

    async def _show_blocked(
        self, managed: ManagedApplication, asked: dict[str, Any], message: str, began: str
    ) -> None:
        def change(manifest: Manifest) -> dict[str, Any]:
            before = (manifest.get("status") or {}).get("operationState") or {}
            started = before.get("startedAt") if _is_open(before) else began
            if before.get("phase") == TERMINATING:
                return {}
            changes = merge_patch(before, blocked_state(asked, message, started or began))
            return {"status": {"operationState": changes}} if changes else {}

        await managed.object.write(change)

    async def _write_surely(self, managed: ManagedApplication, change: Any) -> None:
        """Write, and try again until it is written: what has ended must not look as if it ran."""
        backoff = Backoff(self._ground.environment.random, first=_FIRST_PAUSE, most=_LONGEST_PAUSE)
        while True:
            try:
                await managed.object.write(change)
            except NotFound:
                return
            except TenterError as error:
                log.warning("an operation's end could not be shown", error=str(error))
                await asyncio.sleep(backoff.delay())
            else:
                return

    async def _forget_old(self, managed: ManagedApplication) -> None:
        """Remove the oldest SyncRuns of the Application, beyond those that are kept."""
        metadata = managed.object.manifest["metadata"]
        runs = await list_runs(self._ground.client, metadata["namespace"], metadata["uid"])
        for run in runs[:-KEPT]:
            if has_ended(run):
                await self._leftovers.remove(run)


def _asked(manifest: Manifest) -> dict[str, Any] | None:
    """Return the operation that is to run: the one asked for, or the one that has not ended."""
    state = (manifest.get("status") or {}).get("operationState") or {}
    if _is_open(state):
        under_way: dict[str, Any] = state.get("operation") or {}
        return under_way
    asked: dict[str, Any] | None = manifest.get("operation")
    return asked


def _is_open(state: dict[str, Any]) -> bool:
    return state.get("phase") in {OperationPhase.RUNNING.value, TERMINATING}


def _is_terminating(manifest: Manifest) -> bool:
    state = (manifest.get("status") or {}).get("operationState") or {}
    return bool(state.get("phase") == TERMINATING)


def _is_unconcluded(manifest: Manifest, run: Manifest) -> bool:
    """Tell whether the Application does not yet show how the ended operation of ``run`` ended."""
    started = (run.get("status") or {}).get("startedAt") or ""
    state = (manifest.get("status") or {}).get("operationState") or {}
    shown = state.get("startedAt") or ""
    return bool(shown < started or (shown == started and _is_open(state)))


def _last_started(runs: list[Manifest]) -> int:
    """Return a second that no attempt of the ended ``runs`` began after."""
    last = 0
    for run in runs:
        status = run.get("status") or {}
        for text in (status.get("startedAt"), status.get("attemptStartedAt")):
            if text:
                last = max(last, int(datetime.fromisoformat(text).timestamp()))
    return last


def _check(operation: Operation) -> None:
    """Raise ``SpecError`` where the operation cannot be performed as it is written."""
    faults = operation_faults(operation.sync) if operation.sync is not None else None
    if faults is None:
        raise SpecError("the operation asks for nothing; set operation.sync", path="operation")
    if faults:
        raise SpecError("; ".join(faults), path="operation.sync")


def _history_limit(manifest: Manifest) -> int:
    try:
        return read_application(manifest).spec.history_limit
    except SpecError:
        return KEPT


def _wants_to_supersede(manifest: Manifest) -> bool:
    """Tell whether the operation that is asked for ends one that runs."""
    try:
        application = read_application(manifest)
        if application.operation is None:
            return False
        return operation_options(application.spec, application.operation, {}).supersede
    except (SpecError, OptionError):
        return False
