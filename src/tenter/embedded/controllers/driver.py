"""What runs a controller: a queue of keys, one look at each at a time, its writes, its timers.

Every controller is a pure function; this is the only place where they touch a cluster. A key is
looked at when something of it changed, when a timer it set goes off, or again a little later when
a write failed. Nothing is polled: a quiet cluster costs nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

import msgspec

from tenter import errors
from tenter.embedded.controllers.occurrences import failure, occurrences_of
from tenter.embedded.controllers.ownership import controller_of
from tenter.embedded.controllers.recorder import Recorder
from tenter.embedded.controllers.settings import ControllerSettings
from tenter.embedded.controllers.view import View
from tenter.embedded.controllers.writes import Create, Delete, Outcome, Patch, Write, WriteStatus
from tenter.environment import Environment
from tenter.kube import Client
from tenter.manifests import GroupKind, Key, Manifest, group_version, key_of

FIELD_MANAGER = "kube-controller-manager"
_MOST_ROUNDS = 100
"""Looks in a row that each find something to write; more is a quarrel with another writer."""


class Controller(msgspec.Struct, frozen=True):
    """One controller: the kind it looks after, and what it concludes.

    ``look`` is told the view, the object and the time (Unix seconds). ``concerned`` names the
    objects of ``kind`` that a changed object matters to. ``bereaved`` is asked about an object
    controlled by one of ``kind`` that is gone, and may let go of it.
    """

    kind: GroupKind
    look: Callable[[View, Manifest, float, ControllerSettings], Outcome]
    concerned: Callable[[View, Manifest], Iterable[Key]]
    bereaved: Callable[[Manifest], Outcome] | None = None


class Driver:
    """Runs one controller. ``group`` is where its tasks live; ``recorder`` writes its Events."""

    def __init__(
        self,
        controller: Controller,
        view: View,
        client: Client,
        *,
        environment: Environment,
        settings: ControllerSettings,
        group: asyncio.TaskGroup,
        recorder: Recorder,
    ) -> None:
        self._controller = controller
        self._recorder = recorder
        self._view = view
        self._client = client
        self._environment = environment
        self._settings = settings
        self._group = group
        self._loop = asyncio.get_running_loop()
        self._dirty: dict[Key, None] = {}
        self._running: dict[Key, asyncio.Task[None]] = {}
        self._timers: dict[Key, asyncio.TimerHandle] = {}
        self._failures: dict[Key, int] = {}
        self._rounds: dict[Key, int] = {}
        self._held_back: dict[Key, None] = {}
        self._closed = False

    def tell(self, manifest: Manifest) -> None:
        """Look again at whatever the changed ``manifest`` matters to."""
        key = key_of(manifest)
        if key.group_kind == self._controller.kind or self._is_bereaved(manifest):
            self.enqueue(key)
        for concerned in self._controller.concerned(self._view, manifest):
            self.enqueue(concerned)

    def enqueue(self, key: Key) -> None:
        """Look at ``key`` soon; once, however often it is asked for before that.

        Not before its pause is over, where writes failed repeatedly: what a controller does by a
        stale view may itself be what asks it to look again.
        """
        if self._closed:
            return
        self._dirty[key] = None
        if key not in self._running and key not in self._held_back:
            self._running[key] = self._group.create_task(self._work(key), name=f"look at {key}")

    def close(self) -> None:
        """Stop: no look begins any more, those under way are cancelled."""
        self._closed = True
        for timer in self._timers.values():
            timer.cancel()
        for task in self._running.values():
            task.cancel()

    async def _work(self, key: Key) -> None:
        try:
            while key in self._dirty and key not in self._held_back:
                del self._dirty[key]
                await self._look(key)
        finally:
            del self._running[key]

    async def _look(self, key: Key) -> None:
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()
        manifest = self._view.get(key)
        if manifest is None:
            self._failures.pop(key, None)
            self._rounds.pop(key, None)
            return
        now = self._environment.now()
        if key.group_kind == self._controller.kind:
            outcome = self._controller.look(self._view, manifest, now, self._settings)
        elif self._controller.bereaved is not None and self._is_bereaved(manifest):
            outcome = self._controller.bereaved(manifest)
        else:
            return
        try:
            await self._perform(outcome.writes)
        except errors.TenterError as error:
            failures = self._failures.get(key, 0)
            self._failures[key] = failures + 1
            delay = min(
                self._settings.write_retry * 2 ** min(failures, 20),
                self._settings.write_retry_limit,
            )
            if failures:
                self._held_back[key] = None
            self._wake(key, delay)
            told = failures > 0 or isinstance(error, errors.Conflict | errors.ClusterUnreachable)
            if not told:
                self._recorder.tell(failure(manifest, str(error)))
            return
        self._failures.pop(key, None)
        rounds = self._rounds.pop(key, 0) + 1
        if outcome.writes and rounds < _MOST_ROUNDS:
            # The answers are believed already; what follows from them need not wait for the watch.
            self._rounds[key] = rounds
            self._dirty[key] = None
        elif outcome.writes:
            self._wake(key, self._settings.write_retry_limit)
        elif outcome.wake_at is not None:
            # A timer may go off a hair early; one that comes at once again would spin.
            self._wake(key, max(outcome.wake_at - now, 0.001))

    def _is_bereaved(self, manifest: Manifest) -> bool:
        """Tell whether the controller of ``manifest`` is one of ours, and gone."""
        if self._controller.bereaved is None:
            return False
        reference = controller_of(manifest)
        if reference is None or reference.get("kind") != self._controller.kind.kind:
            return False
        group, _ = group_version(reference)
        if group != self._controller.kind.group:
            return False
        key = Key(
            group, reference["kind"], manifest["metadata"].get("namespace", ""), reference["name"]
        )
        owner = self._view.get(key)
        return owner is None or owner["metadata"].get("uid") != reference.get("uid")

    def _wake(self, key: Key, delay: float) -> None:
        self._timers[key] = self._loop.call_later(delay, self._woken, key)

    def _woken(self, key: Key) -> None:
        self._timers.pop(key, None)
        self._held_back.pop(key, None)
        self.enqueue(key)

    async def _perform(self, writes: Sequence[Write]) -> None:
        versions: dict[str, str] = {}
        for batch in _batches(writes):
            if len(batch) == 1:
                await self._write(batch[0], versions)
                continue
            results = await asyncio.gather(
                *(self._write(write, versions) for write in batch), return_exceptions=True
            )
            for result in results:
                if isinstance(result, BaseException):
                    raise result

    async def _write(self, write: Write, versions: dict[str, str]) -> None:
        """Perform one write; ``versions`` are those our writes just before left, by uid."""
        manifest = write.manifest
        resource = await self._client.resource_of(manifest)
        metadata = manifest["metadata"]
        namespace, name = metadata.get("namespace", ""), metadata.get("name", "")
        uid = metadata.get("uid", "")
        version = versions.get(uid, metadata.get("resourceVersion", ""))
        try:
            match write:
                case Create():
                    after = await self._client.create(
                        resource, manifest, field_manager=FIELD_MANAGER
                    )
                case WriteStatus():
                    current = {**manifest, "metadata": {**metadata, "resourceVersion": version}}
                    after = await self._client.replace(
                        resource, current, subresource="status", field_manager=FIELD_MANAGER
                    )
                case Patch(changes=changes, subresource=subresource):
                    precondition = {"uid": uid, "resourceVersion": version}
                    body = {
                        **changes,
                        "metadata": {**changes.get("metadata", {}), **precondition},
                    }
                    after = await self._client.patch(
                        resource,
                        namespace,
                        name,
                        body,
                        subresource=subresource,
                        field_manager=FIELD_MANAGER,
                    )
                case Delete(propagation=propagation):
                    after = await self._client.delete(
                        resource, namespace, name, uid=uid, propagation=propagation
                    )
        except errors.NotFound:
            if isinstance(write, Create):
                raise
            self._view.removed(manifest)
            return
        except errors.AlreadyExists:
            return
        before = self._view.get(key_of(after)) if metadata.get("name") else None
        for occurrence in occurrences_of(write, before, after):
            self._recorder.tell(occurrence)
        self._believe(write, after, versions)

    def _believe(self, write: Write, after: Manifest, versions: dict[str, str]) -> None:
        metadata = after.get("metadata") or {}
        deleting = bool(metadata.get("deletionTimestamp"))
        if isinstance(write, Delete) and not deleting:
            self._view.removed(write.manifest)
            return
        if deleting and not metadata.get("finalizers") and isinstance(write, Patch):
            # Whether the last finalizer took the object along, the watch will tell.
            return
        metadata.pop("managedFields", None)
        versions[metadata.get("uid", "")] = metadata.get("resourceVersion", "")
        self._view.wrote(after)


def _batches(writes: Sequence[Write]) -> list[list[Write]]:
    """Cut ``writes`` into runs of one type that touch each object once."""
    batches: list[list[Write]] = []
    touched: dict[str, None] = {}
    for write in writes:
        uid = write.manifest["metadata"].get("uid", "")
        if not batches or type(batches[-1][0]) is not type(write) or (uid and uid in touched):
            batches.append([])
            touched = {}
        batches[-1].append(write)
        touched[uid] = None
    return batches
