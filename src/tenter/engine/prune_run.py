"""The prunes of one stage: confirmed where asked for, then deleted, then seen to be gone."""

from __future__ import annotations

from tenter.engine.results import note_failed_to_apply, note_pruned
from tenter.engine.situation import Situation
from tenter.engine.tasks import Phase, Stage, Task
from tenter.manifests import Key


class PruneRun:
    """The progress of a stage's prunes; ``failed`` holds those the server refused.

    In a cascade an object that asks for confirmation holds back all of it, not its wave alone.
    """

    def __init__(self, situation: Situation, stage: Stage) -> None:
        tasks = stage.prunes
        asking = situation.plan.tasks if stage.key.phase is Phase.CASCADE else tasks
        self.failed: list[tuple[Task, str]] = []
        self.unconfirmed = {task.id: task for task in asking if task.needs_confirmation}
        self.going: dict[str, Task] = {}
        self._situation = situation
        self._tasks = tasks
        self._by_key = {task.key: task for task in tasks}
        self._uids: dict[str, str] = {}
        self._begun = False

    def step(self) -> bool:
        """Do what can be done now; tell whether every object is gone (or refused to go)."""
        if not self._begun:
            if self.unconfirmed and not self._situation.record.confirmed:
                return False
            self._begin()
        return not self.going

    @property
    def held(self) -> dict[str, Task]:
        """The prunes that wait for the user's confirmation."""
        waits = not self._begun and not self._situation.record.confirmed
        return self.unconfirmed if waits else {}

    def touch(self, key: Key) -> None:
        """Note that the object of this key was seen, or was not."""
        task = self._by_key.get(key)
        if task is None or task.id not in self.going:
            return
        sighting = self._situation.live.get(key)
        if sighting is not None:
            # Another of the same name, which someone made meanwhile, is not ours to prune.
            if sighting.uid != (self._uids.get(task.id) or sighting.uid):
                del self.going[task.id]
                self._gone(task)
            return
        # A watch's word that this very object was deleted is as good as a GET.
        if key in self._situation.confirmed_absent or key in self._situation.departed:
            del self.going[task.id]
            self._gone(task)
        elif key in self._situation.unreadable:
            self.refused(key, f"it cannot be read: {self._situation.unreadable[key]}")
        elif not self._situation.deletion_asked(key):
            self._situation.confirm(key)

    def refused(self, key: Key, message: str) -> None:
        """Note that the server will not delete or release the object."""
        task = self._by_key.get(key)
        if task is not None and task.id in self.going:
            del self.going[task.id]
            note_failed_to_apply(self._situation.record, task, message)
            self.failed.append((task, message))

    def abandon(self) -> None:
        """Wait for nothing any more."""
        self._begun = True
        self.going.clear()

    def _begin(self) -> None:
        self._begun = True
        pruned = dict.fromkeys(self._situation.record.pruned)
        for task in self._tasks:
            sighting = self._situation.live.get(task.key)
            if task.key in pruned:
                continue
            uid = task.uid or (sighting.uid if sighting else "")
            replaced = sighting is not None and sighting.uid != uid
            if replaced or (sighting is None and task.key in self._situation.confirmed_absent):
                self._gone(task)
                continue
            self.going[task.id] = task
            self._uids[task.id] = uid
            if sighting is not None and sighting.finalizer:
                self._situation.release(task.key, uid)
            if sighting is None or not sighting.deleting:
                self._situation.delete(task.key, uid, task.options.prune_propagation)

    def _gone(self, task: Task) -> None:
        self._situation.record.pruned.append(task.key)
        note_pruned(self._situation.record, task)
