"""Deletes an application: PreDelete hooks, its objects, PostDelete hooks, and then its state.

The hooks are those of the source while it can be read, so that a repaired hook takes effect;
otherwise those last synced, which are kept for this moment: a Git path that is gone must not keep
anybody from deleting.
"""

from __future__ import annotations

import msgspec

from tenter.applications.deletion_planning import DeletionPlanner
from tenter.applications.operations import new_record, saved_operation
from tenter.applications.outcome import Outcome, outcome_of
from tenter.applications.owned import find_owned, prune_target
from tenter.applications.preparing import documents_of, prepare_again, prepare_documents
from tenter.applications.session import Session, session_at
from tenter.applications.state import ABOUT, INVENTORY, State
from tenter.applications.termination import end_here
from tenter.applications.workplace import Workplace
from tenter.engine import OperationPhase, PruneTarget, SyncOptions, Target
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
    options = msgspec.structs.replace(
        request.options, prune=True, run_hooks=not request.skip_hooks, create_namespace=False
    )
    planner = _Reading(request, session, state, workplace).planner(options)
    await planner.read()
    record = state.record
    if record is None or not goes_on:
        record = await new_record(workplace, planner, about, options, deletion=True)
        about.last_started = record.attempt.started
        about.asked = {"delete": {"cascade": request.cascade}}
        state.record = record
        state.report = Report(operation=record.operation, revision=about.revision)
    elif request.skip_hooks:
        record.options = msgspec.structs.replace(record.options, run_hooks=False)
    await session.begin(state, resumed=goes_on)
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


class _Reading:
    """What the plan of a deletion is made of, as the saved state and the cluster have it."""

    def __init__(
        self, request: DeleteRequest, session: Session, state: State, workplace: Workplace
    ) -> None:
        self._request = request
        self._session = session
        self._state = state
        self._workplace = workplace

    def planner(self, options: SyncOptions) -> DeletionPlanner:
        """Return what plans the deletion."""
        about = self._state.about
        return DeletionPlanner(
            self._hooks,
            self._owned,
            revision=about.revision,
            namespace=about.namespace,
            options=options,
            started=self._note_start,
        )

    async def _hooks(self) -> list[Target]:
        """Read the targets: from the source, else the delete hooks as they were last synced."""
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
        return prepared.targets

    async def _note_start(self, started: int) -> None:
        self._state.about.last_started = started
        await self._session.keep(ABOUT)

    async def _owned(self, delete_hook_keys: list[Key]) -> tuple[PruneTarget, ...]:
        if not self._request.cascade:
            return ()
        inventory, about = self._state.inventory, self._state.about
        client = self._workplace.client
        objects = await find_owned(client, inventory.objects, about.application, about.namespace)
        other_hooks = [key for key in inventory.hooks if key not in delete_hook_keys]
        hooks = await self._left_hooks(client, other_hooks)
        live = {**objects.live, **hooks}
        return tuple(prune_target(key, obj) for key, obj in live.items())

    async def _left_hooks(self, client: Client, keys: list[Key]) -> dict[Key, dict[str, object]]:
        """Return the objects of earlier hooks that are still there."""
        about = self._state.about
        try:
            found = await find_owned(
                client, keys, about.application, about.namespace, tracked=False
            )
        except TenterError as error:
            self._workplace.warn(f"Objects of earlier hooks may stay: {error}")
            return {}
        return found.live
