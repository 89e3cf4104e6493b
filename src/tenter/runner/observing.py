"""Tells the engine the live states of a plan's objects, none older than our own last word on them.

It starts the informers, tells the first state of every object of the plan, and then each change.
Answers to our own requests pass through here as well: they are placed in the object's stream
(``freshness``), and if the stream does not show one within a while, the object is read itself, so
that a stalled watch delays an operation and never stops it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from tenter.engine import ConfirmFailed, Event, Gone, Seen, Sighting
from tenter.errors import NotFound, ServerFault, TenterError, UnknownKind
from tenter.kube.informers import Change, Scope
from tenter.kube.narrowing import follow
from tenter.kube.resources import Resource
from tenter.manifests import GroupKind, Key, Manifest, key_of
from tenter.runner.causes import has_counted_failures, with_cause
from tenter.runner.freshness import Freshness, Placed
from tenter.runner.going import PodsOfDeleted
from tenter.runner.inbox import Inbox
from tenter.runner.outcomes import Outcome, explain
from tenter.runner.pod_waits import PodWaits
from tenter.runner.sighting import grace_ends_at, sight, sight_plainly
from tenter.runner.surroundings import Surroundings

CATCH_UP_WITHIN = 5.0
"""Seconds that a stream may take to show our own write before the object is read itself."""


class Observer:
    """The live objects of one attempt. ``tasks`` runs what it does by itself.

    ``close`` ends its subscriptions; the informers stay their owner's.
    """

    def __init__(self, surroundings: Surroundings, inbox: Inbox, tasks: asyncio.TaskGroup) -> None:
        self._surroundings = surroundings
        self._client = surroundings.client
        self._informers = surroundings.informers
        self._inbox = inbox
        self._tasks = tasks
        self._guard = Freshness()
        self._keys: dict[Key, None] = {}
        self._heard: dict[Key, None] = {}
        self._versions: dict[GroupKind, str] = {}
        self._unserved: dict[GroupKind, None] = {}
        self._statuses: dict[Key, tuple[str, dict[str, Any] | None]] = {}
        self._scripted: dict[Key, Manifest | Change] = {}
        self._order: deque[Key] = deque()
        self._judging: asyncio.Task[None] | None = None
        self._epochs: dict[Key, int] = {}
        self._waiters: dict[Key, list[tuple[str, asyncio.Future[None]]]] = {}
        self._timers: dict[Key, asyncio.TimerHandle] = {}
        self._pods = PodsOfDeleted(surroundings, tasks, self._look_again)
        self._waits = PodWaits(surroundings, tasks, self._wait_turned)
        self._reason_turned = False
        self._closers = [
            self._informers.on_change(self._changed),
            self._informers.on_relisted(self._relisted),
        ]

    def close(self) -> None:
        """Tell nothing more."""
        for closer in self._closers:
            closer()
        self._closers.clear()
        self._pods.close()
        self._waits.close()
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    # The plan's objects

    async def observe(
        self, keys: Iterable[Key], versions: Mapping[GroupKind, str] | None = None
    ) -> None:
        """Follow the objects of ``keys`` and tell each one's present state.

        Kinds are followed in ``versions``, so that live objects can be compared with targets
        written in those; where none is named, or it is not served, in the preferred one.
        Kinds that the cluster does not serve (yet) are told as gone, and followed once
        ``observe_kinds`` is asked for them. Raises what the first list of an informer raises.
        """
        self._versions.update(versions or {})
        added = [key for key in keys if key not in self._keys]
        self._keys.update(dict.fromkeys(added))
        await self._follow(added)
        for key in added:
            if key not in self._heard:
                self._tell_present(key)

    async def observe_kinds(self, kinds: Iterable[GroupKind]) -> None:
        """Follow the plan's objects of kinds that are served only now, and tell their states."""
        fresh = [kind for kind in kinds if kind in self._unserved]
        for kind in fresh:
            del self._unserved[kind]
        keys = [key for key in self._keys if key.group_kind in fresh]
        await self._follow(keys)
        for key in keys:
            self._tell_present(key)

    async def _follow(self, keys: Iterable[Key]) -> None:
        scopes: dict[tuple[GroupKind, str], list[Key]] = {}
        for key in keys:
            scopes.setdefault((key.group_kind, key.namespace), []).append(key)
        async with asyncio.TaskGroup() as group:
            for (kind, namespace), within in scopes.items():
                try:
                    resource = await self._resource(kind)
                except UnknownKind:
                    self._unserved[kind] = None
                    continue
                group.create_task(self._watch(resource, namespace, within))

    async def _resource(self, kind: GroupKind) -> Resource:
        version = self._versions.get(kind)
        if version is not None:
            with contextlib.suppress(UnknownKind):
                return await self._client.resource(kind.group, kind.kind, version)
        return await self._client.resource(kind.group, kind.kind)

    async def _watch(self, resource: Resource, namespace: str, keys: list[Key]) -> None:
        try:
            sight = await follow(self._informers, resource, namespace, keys)
        except NotFound:
            # Discovery still names a kind whose CRD is gone.
            self._unserved[resource.group_kind] = None
        else:
            if sight.narrowed:
                self._surroundings.warn(sight.narrowed)

    def _tell_present(self, key: Key) -> None:
        obj = self._informers.get(key)
        if obj is not None:
            self._tell(key, obj)
        else:
            # The informer's list was consistent and is at most a moment old: as good as a GET.
            self._inbox.put(Gone(key, confirmed=True))

    # States from the stream

    def _changed(self, change: Change) -> None:
        key = change.key
        if key in self._waiters:
            self._wake_waiters(change)
        if key not in self._keys:
            return
        if change.deleted:
            if self._guard.admits_deletion(key, change.uid):
                self._tell_gone(change)
        elif self._guard.admits(key, change.uid, change.resource_version):
            self._heard[key] = None
            self._tell(key, change.object)
        if not self._guard.holds(key):
            self._stop_timer(key)

    def _relisted(self, scope: Scope) -> None:
        # A list skips states, perhaps the very one that is awaited: read what is held back.
        for key in self._guard.held():
            if key.group_kind == scope.group_kind and scope.covers(key.namespace, key.name):
                self._tasks.create_task(self._read_again(key))

    def _tell(self, key: Key, obj: Manifest) -> None:
        scripts = self._surroundings.scripts
        if (scripts is not None and scripts.covers(obj)) or key in self._scripted:
            self._queue(key, obj)
            return
        now = self._surroundings.now
        touched, works = self._touched(key, obj), self._pods.works(key, obj)
        sighting = sight_plainly(obj, now, touched=touched, works=works)
        self._inbox.put(Seen(self._explained(sighting, obj)))
        grace_ends = grace_ends_at(obj)
        if grace_ends is not None and grace_ends > now:
            self._look_again_at(key, grace_ends - now)

    def _tell_gone(self, change: Change) -> None:
        if change.key in self._scripted:
            self._queue(change.key, change)
        else:
            self._inbox.put(Gone(change.key, change.uid))

    def _queue(self, key: Key, state: Manifest | Change) -> None:
        """Have the state judged by a script, in order; a newer state takes an older one's place."""
        if key not in self._scripted:
            self._order.append(key)
        self._scripted[key] = state
        if self._judging is None or self._judging.done():
            self._judging = self._tasks.create_task(self._judge_queued())

    async def _judge_queued(self) -> None:
        while self._order:
            key = self._order[0]
            state = self._scripted[key]
            epoch = self._epochs.get(key, 0)
            event: Event
            if isinstance(state, Change):
                event = Gone(key, state.uid)
            else:
                event = Seen(await self.sight(state))
            if self._scripted.get(key) is not state:
                continue  # a newer state came meanwhile: judge that one
            self._order.popleft()
            del self._scripted[key]
            # A request of ours that left meanwhile makes what was seen before it stale.
            if epoch == self._epochs.get(key, 0):
                self._inbox.put(event)

    def _look_again_at(self, key: Key, seconds: float) -> None:
        """Judge the object again when its grace period has passed, which no event tells."""
        self._stop_timer(key)
        loop = asyncio.get_running_loop()
        self._timers[key] = loop.call_later(seconds, self._look_again, key)

    def _look_again(self, key: Key) -> None:
        obj = self._informers.get(key)
        if obj is not None and not self._guard.holds(key):
            self._tell(key, obj)

    # Our own requests

    async def sight(self, obj: Manifest, *, written: bool = False) -> Sighting:
        """Return the sighting of a state that an answer showed.

        ``written`` says that this answer's request changed the object, whose status therefore
        still tells of what was before.
        """
        key = key_of(obj)
        if written:
            self._statuses[key] = (obj["metadata"]["uid"], obj.get("status"))
        sighting = await sight(
            obj,
            self._surroundings.scripts,
            self._surroundings.now,
            touched=self._touched(key, obj),
            works=self._pods.works(key, obj),
        )
        return self._explained(sighting, obj)

    def _explained(self, sighting: Sighting, obj: Manifest) -> Sighting:
        scripts = self._surroundings.scripts
        if scripts and scripts.covers(obj):
            return sighting
        health = self._waits.explained(sighting.key, sighting.uid, sighting.health)
        if health is not sighting.health:
            return msgspec.structs.replace(sighting, health=health)
        if not has_counted_failures(sighting, obj):
            return sighting
        try:
            pods = self._client.discovery.find("", "Pod")
        except UnknownKind:
            return sighting
        return with_cause(sighting, self._informers.items(pods, sighting.key.namespace))

    # Why it takes so long

    def reason_of(self, key: Key) -> str:
        """Return why a Pod of the object visibly waits; empty where none is known to."""
        obj = self._informers.get(key)
        return self._waits.reason(key, obj["metadata"].get("uid") or "") if obj is not None else ""

    def took_turn(self) -> bool:
        """Tell whether such a reason turned since this was asked last."""
        turned, self._reason_turned = self._reason_turned, False
        return turned

    def _wait_turned(self, key: Key) -> None:
        if key in self._keys:
            self._reason_turned = True
            self._look_again(key)

    def depart(self, key: Key) -> None:
        """Note that a request on ``key`` leaves: states seen from now on are placed later."""
        present = self._informers.get(key)
        metadata = present["metadata"] if present is not None else {}
        self._guard.depart(key, metadata.get("uid") or "", metadata.get("resourceVersion") or "")
        self._epochs[key] = self._epochs.get(key, 0) + 1
        self._stop_timer(key)

    def land(self, key: Key, outcome: Outcome) -> None:
        """Tell what the request came to, and then what the stream has that is newer."""
        present = self._informers.get(key)
        shown = outcome.shown["metadata"] if outcome.shown is not None else None
        if shown is not None:
            placed = self._guard.answered(key, shown["uid"], shown["resourceVersion"])
        elif outcome.gone:
            uid = present["metadata"]["uid"] if present is not None else ""
            placed = self._guard.vanished(key, uid)
        else:
            placed = self._guard.unanswered(key)
        self._inbox.put(outcome.event)
        for event in outcome.then:
            self._inbox.put(event)
        if placed is Placed.BEHIND:
            self._await_stream(key)
        elif key in self._keys:
            self._tell_newer(key, present, shown)

    def _tell_newer(self, key: Key, present: Manifest | None, shown: dict[str, Any] | None) -> None:
        if present is not None:
            state = present["metadata"]
            if shown is None or state["resourceVersion"] != shown["resourceVersion"]:
                self._tell(key, present)
        elif shown is not None and self._informers.covers(key):
            self._inbox.put(Gone(key, shown["uid"]))

    def _await_stream(self, key: Key) -> None:
        self._stop_timer(key)
        loop = asyncio.get_running_loop()
        self._timers[key] = loop.call_later(CATCH_UP_WITHIN, self._stream_is_late, key)

    def _stream_is_late(self, key: Key) -> None:
        if self._guard.holds(key):
            self._tasks.create_task(self._read_again(key))

    async def _read_again(self, key: Key) -> None:
        if not self._guard.holds(key):
            return
        self.depart(key)
        outcome = await self.read(key)
        if isinstance(outcome.event, ConfirmFailed):
            # Nobody asked for this one, so nobody waits for its failure; the next try is due soon.
            self._guard.unanswered(key)
            self._await_stream(key)
        else:
            self.land(key, outcome)

    def _stop_timer(self, key: Key) -> None:
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()

    # Live reads

    async def read(self, key: Key) -> Outcome:
        """GET the object: ``Seen`` or ``Gone``, confirmed, or ``ConfirmFailed``."""
        try:
            resource = await self._client.resource(key.group, key.kind)
            obj = await self._client.get(resource, key.namespace, key.name)
        except (NotFound, UnknownKind):
            return Outcome(event=Gone(key, confirmed=True), gone=True)
        except TenterError as error:
            return Outcome(event=ConfirmFailed(key, explain(error)))
        return Outcome(event=Seen(await self.sight(obj), confirmed=True), shown=obj)

    def state_of(self, key: Key) -> Manifest | None:
        """Return the object as last seen; never change it."""
        return self._informers.get(key)

    def version_of(self, key: Key) -> str:
        """Return the resource version of the object as last seen, empty where none was."""
        obj = self._informers.get(key)
        return obj["metadata"]["resourceVersion"] if obj is not None else ""

    async def until_gone(self, resource: Resource, key: Key, uid: str, within: float) -> None:
        """Return when the object ``uid`` is gone.

        Raises ``ServerFault`` when it is still there after ``within`` seconds.
        """
        gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiters = self._waiters.setdefault(key, [])
        waiters.append((uid, gone))
        try:
            if await self._is_gone(resource, key, uid):
                return
            async with asyncio.timeout(within):
                await gone
        except TimeoutError:
            # The stream may have missed what happened: the object's own word is the last.
            if not await self._is_gone(resource, key, uid):
                raise ServerFault(
                    f"{key.short} is still being deleted after {within:g} s. See which of its "
                    "finalizers keeps it",
                    code=504,
                ) from None
        finally:
            waiters.remove((uid, gone))
            if not waiters:
                self._waiters.pop(key, None)

    async def _is_gone(self, resource: Resource, key: Key, uid: str) -> bool:
        try:
            live = await self._client.get(resource, key.namespace, key.name)
        except NotFound:
            return True
        return bool(live["metadata"]["uid"] != uid)

    def _wake_waiters(self, change: Change) -> None:
        for uid, gone in self._waiters[change.key]:
            over = change.uid == uid if change.deleted else change.uid != uid
            if over and not gone.done():
                gone.set_result(None)

    def _touched(self, key: Key, obj: Manifest) -> bool | None:
        known = self._statuses.get(key)
        if known is None or known[0] != obj["metadata"].get("uid"):
            return None
        return bool(obj.get("status") != known[1])
