"""One operation of one Application, from what was asked to its last word.

Begun anew, or gone on with from its SyncRun after a restart; both ways lead through the same steps:
a record that is saved, a runner that performs it, a conclusion that is written on the Application.
The order makes a crash anywhere harmless: the SyncRun exists before anything is done, says that it
has ended before the Application does, and an Application that still shows an operation as running
finds what became of it in its SyncRun.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tenter.applications.operations import new_record
from tenter.applications.preparing import documents_of, kept
from tenter.applications.state import ABOUT, INVENTORY, About, Inventory, State
from tenter.applications.state_store import StateStore
from tenter.applications.sync_planning import SyncPlanner
from tenter.applications.targets import delete_hooks
from tenter.applications.termination import HooksAlone
from tenter.applications.workplace import Workplace
from tenter.argoproj import (
    Application,
    ApplicationSource,
    Destination,
    Operation,
    Project,
    governing_sources,
    merge_patch,
    object_refusal,
    plain,
)
from tenter.controller.comparison import is_hook
from tenter.controller.ground import Ground
from tenter.controller.journal import OperationJournal
from tenter.controller.kept import KeptOperation
from tenter.controller.live import LiveObjects
from tenter.controller.managed import ManagedApplication
from tenter.controller.operation_planning import OperationPlanner
from tenter.controller.options import operation_options, selection_of
from tenter.controller.projection import TERMINATING, shown_state
from tenter.controller.projects import is_namespaced
from tenter.controller.sync_runs import SyncRunForm, SyncRunSpec, run_name
from tenter.controller.wanted import Place, Wanted, checked, inline_documents
from tenter.engine import Task
from tenter.manifests import Key, Manifest
from tenter.runner import Planner, Report


class Subject(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Whose operation it is: an Application that may be synced, where to, and within what."""

    application: Application
    managed: ManagedApplication
    live: LiveObjects
    place: Place
    project: Project | None
    destination: Destination


class Running:
    """One operation while this process runs it.

    ``asked`` is the operation as the Application has it. After ``begin`` or ``go_on`` there is a
    ``state`` with a record, and ``run`` performs it.
    """

    def __init__(
        self, ground: Ground, subject: Subject, asked: dict[str, Any], operation: Operation
    ) -> None:
        self._ground = ground
        self._subject = subject
        self._operation = operation
        self.asked = asked
        self.options = operation_options(
            subject.application.spec,
            operation,
            subject.application.metadata.annotations,
            ground.settings.ignore,
        )
        self._planner = self._new_planner()
        self._resumed = False
        self._kept: KeptOperation | None = None
        self.state: State | None = None

    @property
    def journal(self) -> OperationJournal | None:
        """Where wishes are passed on to; there is one once the operation has begun."""
        return self._kept.journal if self._kept is not None else None

    async def begin(self, last_started: int) -> None:
        """Plan the operation and save its SyncRun.

        ``last_started`` is the start of the Application's latest attempt, in Unix seconds. Raises
        what the client raises.
        """
        subject, spec = self._subject, self._subject.application.spec
        about = About(
            application=subject.place.application,
            namespace=subject.place.namespace,
            asked=self.asked,
            history_limit=spec.history_limit,
            last_started=last_started,
        )
        state = State(about=about, inventory=self._inventory())
        self.state = state
        workplace = Workplace(client=subject.live.client, environment=self._ground.environment)
        record = await new_record(
            workplace,
            self._planner,
            about,
            self.options,
            selection=selection_of(self._operation),
        )
        about.last_started = record.attempt.started
        # No two operations of an Application start in one second: that is how they are told apart.
        record.started_at = max(record.started_at, float(record.attempt.started))
        state.record = record
        state.report = Report(operation=record.operation, revision=about.revision)
        state.delete_hooks = kept(delete_hooks(self._planner.targets))
        metadata = subject.application.metadata
        form = SyncRunForm(
            metadata.namespace,
            run_name(metadata.name, record.operation),
            SyncRunSpec(
                application=metadata.name, application_uid=metadata.uid, operation=self.asked
            ),
        )
        self._kept = self._keep(state, form)
        await self._kept.save()

    async def go_on(self, state: State, form: SyncRunForm, store: StateStore) -> None:
        """Go on with the operation that ``store`` holds. Raises what the client raises."""
        self.state = state
        self._resumed = True
        inventory = self._inventory()
        known = dict.fromkeys([*state.inventory.objects, *inventory.objects])
        state.inventory.objects = list(known)
        self._kept = self._keep(state, form, store)
        self.options = self._kept.record.options
        self._planner = self._new_planner()
        await self._planner.prepare()
        await self._kept.save()

    async def run(self) -> None:
        """Perform the operation to its end. Raises ``StoodDown``."""
        if self._kept is None:
            raise RuntimeError("the operation has not begun yet")
        planner: Planner = self._planner
        ending = self._kept.record.terminating or self._wants_to_end
        if self._resumed and self._planner.failed and ending:
            # Its source is gone: what the record knows is enough to let go of its hooks.
            planner = HooksAlone(self._kept.record)
        await self._kept.run(planner)

    @property
    def _wants_to_end(self) -> bool:
        manifest = self._subject.managed.object.manifest
        state = (manifest.get("status") or {}).get("operationState") or {}
        deleted = bool(manifest["metadata"].get("deletionTimestamp"))
        return deleted or state.get("phase") == TERMINATING

    # What is planned

    def _new_planner(self) -> OperationPlanner:
        return OperationPlanner(
            self._read,
            self._plan_with,
            self._refused,
            namespace=self._subject.place.namespace,
            refresh=self.options.retry.refresh,
        )

    async def _read(self, anew: bool) -> Wanted:
        state, subject = self.state, self._subject
        if state is None:
            raise RuntimeError("there is no state yet")
        about = state.about
        sync = self._operation.sync
        if sync is not None and sync.manifests:
            return self._read_inline(state)
        sources, asked = governing_sources(self._operation, subject.application.spec)
        if self._resumed and about.revisions and not anew:
            sources = tuple(msgspec.convert(each, ApplicationSource) for each in about.sources)
            asked = about.revisions
        commits = await self._ground.sources.resolve(sources, asked, subject.place.project)
        wanted = await self._ground.sources.load(sources, commits, subject.place, self.options)
        about.sources = tuple(plain(source) for source in sources)
        about.revisions = wanted.revisions
        about.revision = wanted.revision
        if state.report is not None:
            state.report.revision = wanted.revision
        return wanted

    def _read_inline(self, state: State) -> Wanted:
        sync = self._operation.sync
        documents = documents_of(state.running)
        if not documents and sync is not None:
            documents = tuple(inline_documents(sync.manifests))
        wanted = checked(documents, self._subject.place, self.options)
        state.running = wanted.prepared.kept
        sources, _ = governing_sources(self._operation, self._subject.application.spec)
        state.about.sources = tuple(plain(source) for source in sources)
        return wanted

    def _plan_with(self, wanted: Wanted) -> SyncPlanner:
        subject, state = self._subject, self.state
        if state is None:
            raise RuntimeError("there is no state yet")
        return SyncPlanner(
            subject.live.client,
            wanted.prepared,
            state.inventory,
            application=subject.place.application,
            namespace=subject.place.namespace,
            options=self.options,
            selection=selection_of(self._operation),
            save=self._save_attempt,
            tracking=subject.place.tracking,
            paths=self._ground.settings.paths,
        )

    def _refused(self, task: Task) -> str:
        subject = self._subject
        if subject.project is None:
            return ""  # it was permitted when it began
        return object_refusal(
            subject.project,
            task.key,
            namespaced=is_namespaced(subject.live.client.discovery, task.key),
            destination=subject.destination,
        )

    def _inventory(self) -> Inventory:
        """Return the objects that are the Application's now, by their marks."""
        objects: list[Key] = []
        hooks: list[Key] = []
        for key, live in self._subject.live.marked(self._subject.place.application):
            (hooks if is_hook(live) else objects).append(key)
        return Inventory(objects=sorted(objects), hooks=sorted(hooks))

    # Where it is saved, and what is shown

    def _keep(
        self, state: State, form: SyncRunForm, store: StateStore | None = None
    ) -> KeptOperation:
        return KeptOperation(
            self._ground,
            self._subject.managed,
            self._subject.live,
            state,
            form,
            shown=self._shown,
            store=store,
        )

    async def _save_attempt(self) -> None:
        if self._kept is not None:
            await self._kept.keep(ABOUT, INVENTORY)

    def _shown(self, manifest: Manifest, waiting: str, terminating: bool) -> dict[str, Any]:
        if self._kept is None:
            return {}
        state = shown_state(self._kept.record, self._kept.state.about, waiting)
        if terminating:
            state["phase"] = TERMINATING
        status = manifest.get("status") or {}
        changes = merge_patch(status.get("operationState"), state)
        return {"status": {"operationState": changes}} if changes else {}
