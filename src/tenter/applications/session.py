"""An application opened for one operation: its Lease held, its state loaded and saved.

Also the journal of the runner: the place where a running operation is saved, and where the wishes
of other processes (annotations on the state's Secret) arrive.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tenter.applications.approval import is_timely
from tenter.applications.keeper import Keeper
from tenter.applications.lease import Lease
from tenter.applications.secrets import APPROVED, TERMINATE, StateSecrets
from tenter.applications.state import State, decode_state
from tenter.applications.workplace import Workplace
from tenter.environment import Environment
from tenter.kube.client import Client
from tenter.kube.informers import Change, Informers
from tenter.manifests import Manifest
from tenter.runner import Requests, SavedOperation


async def read_state(client: Client, application: str, namespace: str) -> State | None:
    """Return an application's state as it is saved, None where there is none.

    Needs no Lease and changes nothing. Raises ``StateError`` where it cannot be read.
    """
    secrets = StateSecrets(client, application, namespace, "")
    parts = await secrets.load()
    return decode_state(parts, secrets.where) if parts is not None else None


class Session:
    """Use as ``async with Session(...)``: entered it holds the Lease, and ``state`` is loaded.

    ``holder`` says who this is, in words for others. Entering raises ``OperationInProgress`` where
    another holds the Lease. Leaving releases it, unless it was lost.
    """

    def __init__(
        self,
        client: Client,
        environment: Environment,
        application: str,
        namespace: str,
        holder: str,
    ) -> None:
        self._client = client
        self._environment = environment
        self._lease = Lease(client, environment, application, namespace, holder)
        self._secrets = StateSecrets(client, application, namespace, holder)
        self._keeper = Keeper(self._secrets, self._lease.ensure, self._tell)
        self._keeping: asyncio.Task[None] | None = None
        self._tasks = asyncio.TaskGroup()
        self._closers: list[Callable[[], None]] = []
        self._requests: Requests | None = None
        self._told: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        await self._lease.acquire()
        try:
            parts = await self._secrets.load()
            if parts is not None:
                self._keeper.state = decode_state(parts, self._secrets.where)
        except BaseException:
            await self._lease.release()
            raise
        await self._tasks.__aenter__()
        self._keeping = self._tasks.create_task(self._lease.keep())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for closer in self._closers:
            closer()
        if self._keeping is not None:
            self._keeping.cancel()
        try:
            await self._tasks.__aexit__(kind, error, traceback)
        except BaseExceptionGroup as group:
            failure = group.exceptions[0]
            if failure is not error:
                raise failure from None
        finally:
            await self._lease.release()

    @property
    def where(self) -> str:
        """The state's place, for messages."""
        return self._secrets.where

    async def follow(self, informers: Informers) -> None:
        """Watch the state's Secret for the wishes of others from now on."""
        key = self._secrets.key
        resource = await self._client.resource("", "Secret", "v1")
        self._closers.append(informers.on_change(self._changed))
        await informers.watch(resource, key.namespace, name=key.name)
        live = informers.get(key)
        if live is not None:
            self._tell_wishes(live)

    @property
    def state(self) -> State | None:
        """The state as it was loaded, or is being kept."""
        return self._keeper.state

    async def begin(self, state: State, *, resumed: bool = False) -> None:
        """Save all of ``state``, as an operation begins, or is gone on with (``resumed``).

        Wishes for earlier operations are forgotten; those for one that is gone on with are not:
        they may have come while no process was there to obey.
        """
        self._told.clear()
        await self._keeper.begin(state, clear=() if resumed else (TERMINATE, APPROVED))

    async def keep(self, *names: str) -> None:
        """Save the named parts of ``state``."""
        await self._keeper.keep(*names)

    async def forget(self) -> None:
        """Delete the state."""
        await self._keeper.forget()

    # The runner's journal

    async def save(self, saved: SavedOperation) -> None:
        """Save the running operation."""
        await self._keeper.save(saved)

    def listen(self, requests: Requests) -> None:
        """Tell ``requests`` of the wishes that arrive, and of those already there."""
        self._requests = requests
        self._tell(self._secrets.annotations)

    def _changed(self, change: Change) -> None:
        if change.key == self._secrets.key and not change.deleted:
            self._tell_wishes(change.object)

    def _tell_wishes(self, secret: Manifest) -> None:
        self._tell((secret.get("metadata") or {}).get("annotations") or {})

    def _tell(self, annotations: dict[str, str]) -> None:
        if self._requests is None:
            return
        reason, approved = annotations.get(TERMINATE), annotations.get(APPROVED)
        if reason and self._told.get(TERMINATE) != reason:
            self._told[TERMINATE] = reason
            self._requests.terminate(reason)
        if approved and self._told.get(APPROVED) != approved:
            self._told[APPROVED] = approved
            if is_timely(approved, self.state.record if self.state is not None else None):
                self._requests.confirm_pruning()


class Detached:
    """The journal of an operation that changes nothing, and so needs no saving: a dry run."""

    async def save(self, saved: SavedOperation) -> None:
        """Do nothing: what a dry run found is in its outcome."""

    def listen(self, requests: Requests) -> None:
        """Do nothing: only this process knows of the dry run."""


def session_at(workplace: Workplace, application: str, place: str) -> Session:
    """Return a session of the application whose state is in the namespace ``place``."""
    return Session(
        workplace.client, workplace.environment, application, place, workplace.identity()
    )
