"""What an attempt knows and has asked for: shared by the parts that decide.

Nothing here is saved. A restart builds it anew from the record and from what the runner sees.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Hashable

from tenter.engine.actions import Action, ConfirmObject, DeleteObject, ReleaseHook
from tenter.engine.options import Propagation
from tenter.engine.record import HookState, Record
from tenter.engine.sightings import Sighting
from tenter.engine.tasks import Plan, Task, TaskKind
from tenter.manifests import Key

Token = tuple[Hashable, ...]
"""Names one thing asked for and not yet answered, such as ``("create", task id)``."""


_READS = frozenset({"confirm", "preflight", "discovery"})
"""The requests that change nothing, and that an end need not wait for."""

CONFIRM_TRIES = 8
LONGEST_CONFIRM_PAUSE = 15.0
"""A live GET that fails is tried again after 1, 2, 4 ... 15 s; after so many its object is given
up as unreadable, about a minute later."""


class Situation:
    """The plan, the record, the live objects as last seen, and the requests under way."""

    def __init__(self, plan: Plan, record: Record, saved_version: int) -> None:
        self.plan = plan
        self.record = record
        self.tasks: dict[str, Task] = {task.id: task for task in plan.tasks}
        self.live: dict[Key, Sighting] = {}
        self.confirmed_absent: dict[Key, None] = {}
        self.departed: dict[Key, str] = {}
        self.asked: dict[Token, None] = {}
        self.saved_version = saved_version
        self.refused_releases: dict[str, str] = {}
        self.refused_deletes: dict[str, str] = {}
        self.unreadable: dict[Key, str] = {}
        self._failed_reads: dict[Key, int] = {}
        self._read_again_at: dict[Key, float] = {}
        self.unreleased: dict[str, HookState] = {}
        self._releasable: deque[str] = deque()
        self._unsettled: dict[str, None] = {}
        self.owed_deletions: dict[str, None] = {}
        self.settled_as_failed: bool | None = None
        self._actions: list[Action] = []
        self._changed_at: dict[str, int] = {}
        self._alarms: list[float] = []
        self._alarmed: dict[float, None] = {}
        self._hooks_by_key: dict[Key, list[str]] = {}
        for task in plan.tasks:
            if task.kind is TaskKind.HOOK:
                self._hooks_by_key.setdefault(task.key, []).append(task.id)
        for task_id, state in record.hooks.items():
            if task_id not in self.tasks:
                self._hooks_by_key.setdefault(state.key, []).append(task_id)
            self._index(task_id)

    # Asking

    def ask(self, token: Token, action: Action) -> None:
        """Ask for ``action`` unless it is under way already."""
        if token not in self.asked:
            self.asked[token] = None
            self._actions.append(action)

    def release(self, key: Key, uid: str) -> None:
        """Ask for the hook finalizer to be removed from the object of this uid."""
        self.ask(("release", uid), ReleaseHook(key, uid))

    def delete(self, key: Key, uid: str, propagation: Propagation) -> None:
        """Ask for the object of this uid to be deleted."""
        self.ask(("delete", key, uid), DeleteObject(key, uid, propagation))

    def confirm(self, key: Key) -> None:
        """Ask for a live GET, unless one has just failed: then it is asked for a while later."""
        if key not in self._read_again_at:
            self.ask(("confirm", key), ConfirmObject(key))

    def confirm_failed(self, key: Key, message: str, now: float) -> None:
        """Note that a live GET failed; the next one may be asked for after a growing pause."""
        self.answered(("confirm", key))
        failures = self._failed_reads.get(key, 0) + 1
        self._failed_reads[key] = failures
        if failures >= CONFIRM_TRIES:
            self.unreadable[key] = message
        again = now + min(2.0 ** (failures - 1), LONGEST_CONFIRM_PAUSE)
        self._read_again_at[key] = again
        self.wake_by(again)

    def was_read(self, key: Key) -> None:
        """Note that the object was seen or is known to be gone: earlier failures are over."""
        if key in self._failed_reads:
            del self._failed_reads[key]
            self._read_again_at.pop(key, None)
            self.unreadable.pop(key, None)

    def take_readable_again(self, now: float) -> list[Key]:
        """Return the keys whose pause after a failed GET is over."""
        due = [key for key, again in self._read_again_at.items() if again <= now]
        for key in due:
            del self._read_again_at[key]
        return due

    def answered(self, token: Token) -> None:
        """Note that what ``token`` names was answered."""
        self.asked.pop(token, None)

    def deletion_asked(self, key: Key) -> bool:
        """Tell whether a deletion of the object of this key is not answered yet."""
        live = self.live.get(key)
        uids = ("", live.uid) if live else ("",)
        return any(("delete", key, uid) in self.asked for uid in uids)

    def awaits_writes(self) -> bool:
        """Tell whether a request that may create or change something is not answered yet."""
        return any(token[0] in {"create", "apply", "namespace"} for token in self.asked)

    def awaits_changes(self) -> bool:
        """Tell whether a request that is not answered yet may change anything at all."""
        return any(token[0] not in _READS for token in self.asked)

    def take_actions(self) -> tuple[Action, ...]:
        """Return what was asked for since the last call."""
        actions, self._actions = tuple(self._actions), []
        return actions

    # Saving

    def changed(self, task_id: str = "") -> None:
        """Note that the saved part of the record changed, for this task's hook where given."""
        self.record.version += 1
        if task_id:
            self._changed_at[task_id] = self.record.version
            self._index(task_id)

    def _index(self, task_id: str) -> None:
        state = self.record.hooks[task_id]
        self._unsettled[task_id] = None
        if state.phase.ended and not state.released:
            self.unreleased[task_id] = state
            self._releasable.append(task_id)
        else:
            self.unreleased.pop(task_id, None)

    def take_releasable(self) -> list[HookState]:
        """Return the ended hooks that were saved since the last call and hold their finalizer."""
        found: list[HookState] = []
        # In the order of their changes: behind one that is not saved, none is.
        while self._releasable and self.is_saved(self._releasable[0]):
            state = self.unreleased.get(self._releasable.popleft())
            if state is not None:
                found.append(state)
        return found

    def take_unsettled(self) -> dict[str, None]:
        """Return the hooks of which something changed since the last call."""
        unsettled, self._unsettled = self._unsettled, {}
        return unsettled

    def refused(self, key: Key) -> None:
        """Note that the server refused something for the hooks that live in this object."""
        self._unsettled.update(dict.fromkeys(i for i, _ in self.hooks_on(key)))

    @property
    def save_needed(self) -> bool:
        """Whether the record holds changes that are not saved."""
        return self.record.version > self.saved_version

    @property
    def begun(self) -> bool:
        """Whether the attempt was saved at all, before which nothing may be changed."""
        return self.saved_version >= 0

    def is_saved(self, task_id: str) -> bool:
        """Tell whether the last change of this task's hook was saved."""
        return self.begun and self.saved_version >= self._changed_at.get(task_id, 0)

    # Time

    def wake_by(self, when: float) -> None:
        """See to it that ``decide`` is asked again at ``when`` (Unix seconds)."""
        if when not in self._alarmed:
            self._alarmed[when] = None
            heapq.heappush(self._alarms, when)

    def alarm_rang(self, now: float) -> bool:
        """Tell whether an alarm was due at ``now``, and forget those that were."""
        rang = False
        while self._alarms and self._alarms[0] <= now:
            del self._alarmed[heapq.heappop(self._alarms)]
            rang = True
        return rang

    @property
    def next_alarm(self) -> float | None:
        """The earliest alarm."""
        return self._alarms[0] if self._alarms else None

    # Hooks

    def hook_of(self, task: Task) -> HookState | None:
        """Return the hook's state, None where it was not begun."""
        return self.record.hooks.get(task.id)

    def hooks_on(self, key: Key) -> list[tuple[str, HookState]]:
        """Return the begun hooks of this attempt that live in the object of this key."""
        hooks = self.record.hooks
        return [(i, hooks[i]) for i in self._hooks_by_key.get(key, ()) if i in hooks]
