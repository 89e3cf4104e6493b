"""Deletes an application: PreDelete hooks, its objects, PostDelete hooks, and then its state.

The hooks are those of the source while it can be read, so that a repaired hook takes effect;
otherwise those last synced, which are kept for this moment: a Git path that is gone must not keep
anybody from deleting.
"""

from __future__ import annotations

import msgspec

from tenter.applications.operations import new_record, saved_operation
from tenter.applications.outcome import Outcome, outcome_of
from tenter.applications.owned import find_owned, prune_target
from tenter.applications.preparing import documents_of, prepare_again, prepare_documents
from tenter.applications.session import Session, session_at
from tenter.applications.state import ABOUT, INVENTORY, State
from tenter.applications.targets import delete_hooks
from tenter.applications.termination import end_here
from tenter.applications.workplace import Workplace
from tenter.engine import (
    AttemptFacts,
    OperationPhase,
    Plan,
    PruneTarget,
    SyncOptions,
    Target,
    plan_deletion,
)
from tenter.errors import ManifestError, SourceError, StateError, TenterError
from tenter.kube.client import Client
from tenter.manifests import Key
from tenter.runner import Report, run_operation


class DeleteRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The deletion of ``application``, whose state is in ``state_namespace``.

    ``skip_hooks`` runs no delete hooks; ``cascade`` off leaves the application's objects.
    """

    application: str
    state_namespace: str
    skip_hooks: bool = False
    cascade: bool = True
    options: SyncOptions = SyncOptions()


async def delete(request: DeleteRequest, workplace: Workplace) -> Outcome:
    """Delete the application and return how that ended; its state goes when all went well.

    A sync that another process left behind is ended first. A deletion that was interrupted is gone
    on with. Raises ``StateError`` where there is no such application, ``OperationInProgress``,
    ``StoodDown`` and what the client raises.
    """
    async with session_at(workplace, request.application, request.state_namespace) as session:
        state = session.state
        if state is None:
            raise StateError(
                f"there is no application {request.application} in namespace "
                f"{request.state_namespace}. Name its namespace with -n, or that of its state with "
                "--state-namespace"
            )
        if state.runs and not state.deletes:
            await end_here(session, state, workplace)
        return await _delete(request, session, state, workplace)


async def _delete(
    request: DeleteRequest, session: Session, state: State, workplace: Workplace
) -> Outcome:
    about = state.about
    goes_on = state.runs and state.deletes
    planner = _DeletionPlanner(request, session, state, workplace)
    await planner.read()
    record = state.record
    if record is None or not goes_on:
        options = msgspec.structs.replace(
            request.options, prune=True, run_hooks=not request.skip_hooks, create_namespace=False
        )
        record = await new_record(workplace, planner, about, options, deletion=True)
        about.last_started = record.attempt.started
        about.asked = {"delete": {"cascade": request.cascade}}
        state.record = record
        state.report = Report(operation=record.operation, revision=about.revision)
    elif request.skip_hooks:
        record.options = msgspec.structs.replace(record.options, run_hooks=False)
    await session.begin(state)
    operation = saved_operation(state, record, planner, saved=goes_on)
    async with workplace.surroundings() as surroundings:
        await session.follow(surroundings.informers)
        await run_operation(surroundings, operation, session, workplace.control)
    outcome = outcome_of(operation, about.revision, resumed=goes_on)
    if record.phase is OperationPhase.SUCCEEDED:
        await session.forget()
    else:
        await session.keep(ABOUT, INVENTORY)
    return outcome


class _DeletionPlanner:
    """Plans the attempts of a deletion; the hooks are read again for each."""

    def __init__(
        self, request: DeleteRequest, session: Session, state: State, workplace: Workplace
    ) -> None:
        self._request = request
        self._session = session
        self._state = state
        self._workplace = workplace
        self._hooks: list[Target] = []

    async def read(self) -> None:
        """Read the delete hooks: from the source, else as they were last synced."""
        if self._request.skip_hooks:
            self._hooks = []
            return
        state, about = self._state, self._state.about
        kept = state.delete_hooks
        try:
            prepared = await prepare_again(self._workplace, about, self._request.options)
        except (SourceError, ManifestError) as error:
            if kept:
                self._workplace.warn(
                    f"The source cannot be read ({error}); the delete hooks are those last synced"
                )
            prepared = await prepare_documents(
                documents_of(kept),
                self._workplace,
                application=about.application,
                namespace=about.namespace,
                options=self._request.options,
            )
        self._hooks = delete_hooks(prepared.targets)

    def plan(self, facts: AttemptFacts) -> Plan:
        """Return the plan of an attempt."""
        options = msgspec.structs.replace(
            self._request.options, run_hooks=not self._request.skip_hooks, prune=True
        )
        return plan_deletion(self._hooks, facts.prunes, options, facts)

    async def first_facts(self, operation: str, started: int) -> AttemptFacts:
        """Return the facts of the first attempt; ``started`` is in Unix seconds."""
        return AttemptFacts(
            operation=operation,
            number=0,
            started=started,
            revision=self._state.about.revision,
            destination_namespace=self._state.about.namespace,
            prunes=await self._owned(),
        )

    async def next_facts(self, previous: AttemptFacts, started: int) -> AttemptFacts:
        """Return the facts of the attempt after ``previous``."""
        await self.read()
        self._state.about.last_started = started
        await self._session.keep(ABOUT)
        return msgspec.structs.replace(previous, number=previous.number + 1, started=started)

    async def _owned(self) -> tuple[PruneTarget, ...]:
        if not self._request.cascade:
            return ()
        inventory, about = self._state.inventory, self._state.about
        client = self._workplace.client
        objects = await find_owned(client, inventory.objects, about.application, about.namespace)
        hooks = await self._owned_hooks(client, inventory.hooks)
        live = {**objects.live, **hooks}
        return tuple(prune_target(key, obj) for key, obj in live.items())

    async def _owned_hooks(self, client: Client, keys: list[Key]) -> dict[Key, dict[str, object]]:
        """Return the hooks' objects that are still there; delete hooks are the plan's own."""
        own = {task.key for task in self.plan(_NO_FACTS).tasks}
        about = self._state.about
        try:
            found = await find_owned(
                client,
                [key for key in keys if key not in own],
                about.application,
                about.namespace,
                tracked=False,
            )
        except TenterError as error:
            self._workplace.warn(f"Objects of earlier hooks may stay: {error}")
            return {}
        return found.live


_NO_FACTS = AttemptFacts(operation="", number=0, started=0)
