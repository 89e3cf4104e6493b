"""Whether work still goes on under a Job that someone is deleting.

Our finalizer keeps the Job, and its Pods may finish or be deleted; but a controller need not keep
the status of a Job that goes, so its Pods themselves are asked. They are followed only once such a
Job is seen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tenter.errors import TenterError
from tenter.kube.informers import Change
from tenter.kube.resources import Resource
from tenter.manifests import GroupKind, Key, Manifest, key_of
from tenter.runner.sighting import is_running
from tenter.runner.surroundings import Surroundings

_POD = GroupKind("", "Pod")
_JOB = GroupKind("batch", "Job")


class PodsOfDeleted:
    """Follows the Pods of Jobs that are being deleted.

    ``changed`` is called with the key of a Job when what is known of its Pods has changed.
    """

    def __init__(
        self,
        surroundings: Surroundings,
        tasks: asyncio.TaskGroup,
        changed: Callable[[Key], None],
    ) -> None:
        self._surroundings = surroundings
        self._informers = surroundings.informers
        self._tasks = tasks
        self._changed = changed
        self._jobs: dict[str, Key] = {}
        self._members: dict[Key, str] = {}
        self._asked: dict[str, None] = {}
        self._followed: dict[str, Resource] = {}
        self._closer = self._informers.on_change(self._pod_changed)

    def close(self) -> None:
        """Call nobody any more."""
        self._closer()

    def works(self, key: Key, job: Manifest) -> bool | None:
        """Tell whether Pods of a Job that is being deleted still run; None where not known."""
        metadata = job.get("metadata") or {}
        if key.group_kind != _JOB or not metadata.get("deletionTimestamp"):
            return None
        uid = metadata.get("uid") or ""
        self._jobs[uid] = key
        if key.namespace not in self._asked:
            self._asked[key.namespace] = None
            self._tasks.create_task(self._follow(key.namespace))
        pods = self._followed.get(key.namespace)
        if pods is None:
            return None
        now = self._surroundings.now
        running = False
        for pod in self._informers.items(pods, key.namespace):
            if uid in _owners(pod):
                self._members[key_of(pod)] = uid
                running = running or is_running(pod, now)
        return running

    async def _follow(self, namespace: str) -> None:
        try:
            pods = await self._surroundings.client.resource("", "Pod")
            await self._informers.watch(pods, namespace)
        except TenterError as error:
            self._surroundings.warn(f"The Pods of deleted hooks cannot be followed: {error}")
            return
        self._followed[namespace] = pods
        for key in self._jobs.values():
            if key.namespace == namespace:
                self._changed(key)

    def _pod_changed(self, change: Change) -> None:
        if change.key.group_kind != _POD:
            return
        # Who deletes a Job and says no more orphans its Pods: one that leaves counts as well.
        uids = dict.fromkeys(_owners(change.object))
        uids.setdefault(self._members.get(change.key, ""))
        for uid in uids:
            if uid in self._jobs:
                self._changed(self._jobs[uid])


def _owners(pod: Manifest) -> list[str]:
    references = (pod.get("metadata") or {}).get("ownerReferences") or ()
    return [reference.get("uid") or "" for reference in references]
