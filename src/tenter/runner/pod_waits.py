"""Why the Pods of an object visibly wait: an image, a ConfigMap, a node that fits.

A Job or a Deployment says how many Pods it lacks and not what they lack; the Pods themselves do, or
the cluster's warnings of them. So the Pods of a namespace, and the warnings, are followed once an
awaited object in it has been on its way for a while, which costs nothing where all goes well; the
Pods of hooks are followed for their logs anyway. It is a help and no condition: what cannot be
followed is not told of.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

from tenter.errors import Forbidden, TenterError
from tenter.health import Health, HealthStatus, waiting_reason
from tenter.kube.informers import Change
from tenter.manifests import GroupKind, Key, Manifest
from tenter.runner.surroundings import Surroundings
from tenter.runner.warning_events import WarningEvents

PATIENCE = 2.0
"""Seconds that an object may be on its way before its Pods are looked at."""

_POD = GroupKind("", "Pod")
_JOB = GroupKind("batch", "Job")
_DEPLOYMENT = GroupKind("apps", "Deployment")
_HAVE_PODS = frozenset(
    {
        _JOB,
        _DEPLOYMENT,
        GroupKind("apps", "ReplicaSet"),
        GroupKind("apps", "StatefulSet"),
        GroupKind("apps", "DaemonSet"),
    }
)
_LOOKED_AT = _HAVE_PODS | {_POD}
_STARTING = frozenset({"ContainerCreating", "PodInitializing"})
_TEMPLATE_HASH = "pod-template-hash"

Owner = tuple[Key, str]
"""An object by its key and uid; a Deployment's uid is not known from its Pods and left empty."""


class PodWaits:
    """The reasons of waiting Pods, by the objects they belong to.

    ``changed`` is called with the key of an object of whose Pods another reason is known.
    """

    def __init__(
        self,
        surroundings: Surroundings,
        tasks: asyncio.TaskGroup,
        changed: Callable[[Key], None],
    ) -> None:
        self._surroundings = surroundings
        self._tasks = tasks
        self._changed = changed
        self._reasons: dict[Owner, dict[Key, str]] = {}
        self._starting: dict[str, tuple[Key, Manifest]] = {}
        self._awaited: dict[str, Key] = {}
        self._warnings = WarningEvents(surroundings.client, self._warned)
        self._followed: dict[str, asyncio.TimerHandle] = {}
        self._closer = surroundings.informers.on_change(self._pod_changed)

    def close(self) -> None:
        """Call nobody any more."""
        self._closer()
        for timer in self._followed.values():
            timer.cancel()

    def reason(self, key: Key, uid: str) -> str:
        """Return why a Pod of the object visibly waits; empty where none does, or none is known.

        It begins with Kubernetes' own word (``ImagePullBackOff``), and ends with which Pod it is.
        """
        pods = self._reasons.get((key, "" if key.group_kind == _DEPLOYMENT else uid))
        if not pods:
            # Without Pods the warning is of why it gets none.
            return self._warnings.last(uid) if key.group_kind in _HAVE_PODS else ""
        waits = {pod: reason for pod, reason in pods.items() if reason}
        if not waits:
            return ""
        pod, reason = next(iter(waits.items()))
        if pod == key:
            return reason
        more = f" and {len(waits) - 1} more" if len(waits) > 1 else ""
        return f"{reason} (Pod {pod.name}{more})"

    def explained(self, key: Key, uid: str, health: Health | None) -> Health | None:
        """Return the health of an object that lacks Pods with the reason why they wait."""
        if health is None or key.group_kind not in _LOOKED_AT:
            return health
        if health.status is HealthStatus.PROGRESSING:
            self._awaited[uid] = key
            self._follow_soon(key.namespace)
        elif health.status is not HealthStatus.DEGRADED or key.group_kind == _JOB:
            return health
        reason = self.reason(key, uid)
        if not reason or reason in health.message:
            return health
        message = f"{health.message}; {reason}" if health.message else reason
        return Health(health.status, message)

    def _follow_soon(self, namespace: str) -> None:
        if namespace not in self._followed:
            loop = asyncio.get_running_loop()
            self._followed[namespace] = loop.call_later(PATIENCE, self._follow, namespace)

    def _follow(self, namespace: str) -> None:
        self._tasks.create_task(self._watch(namespace))

    async def _watch(self, namespace: str) -> None:
        informers = self._surroundings.informers
        try:
            pods = await self._surroundings.client.resource("", "Pod")
            await informers.watch(pods, namespace)
        except Forbidden:
            return  # credentials that may not see Pods sync all the same
        except TenterError:
            del self._followed[namespace]  # the next word of an object on its way tries again
            return
        for pod in informers.items(pods, namespace):
            self._note(pods.key_of(pod), pod, gone=False)
        await self._warnings.follow(namespace)

    def _warned(self, uid: str) -> None:
        if uid in self._starting:
            self._note(*self._starting[uid], gone=False)
        elif uid in self._awaited:
            self._changed(self._awaited[uid])

    def _pod_changed(self, change: Change) -> None:
        if change.key.group_kind == _POD:
            self._note(change.key, change.object, gone=change.deleted)

    def _note(self, key: Key, pod: Manifest, *, gone: bool) -> None:
        """Take in a Pod's state: why it waits, where it visibly does."""
        self._starting.pop(pod["metadata"].get("uid") or "", None)
        reason = "" if gone else self._reason_of(key, pod)
        for owner in _owners(key, pod):
            before = self.reason(*owner)
            pods = self._reasons.setdefault(owner, {})
            if gone:
                pods.pop(key, None)
            else:
                pods[key] = reason
            if self.reason(*owner) != before:
                self._changed(owner[0])

    def _reason_of(self, key: Key, pod: Manifest) -> str:
        uid = pod["metadata"].get("uid") or ""
        if pod["metadata"].get("deletionTimestamp"):
            return ""
        reason = waiting_reason(pod)
        if reason and reason not in _STARTING:
            return reason
        if (pod.get("status") or {}).get("phase") != "Pending":
            return ""
        # Its status says nothing more while it is started; perhaps the cluster warns of it.
        self._starting[uid] = (key, pod)
        return self._warnings.last(uid)


def _owners(key: Key, pod: Manifest) -> Iterator[Owner]:
    """Yield what a Pod belongs to: itself, its controller, and that one's Deployment."""
    metadata: dict[str, Any] = pod["metadata"]
    yield key, metadata.get("uid") or ""
    for reference in metadata.get("ownerReferences") or ():
        group, _, _ = (reference.get("apiVersion") or "").rpartition("/")
        name, kind = reference.get("name") or "", reference.get("kind") or ""
        yield Key(group, kind, key.namespace, name), reference.get("uid") or ""
        ending = f"-{(metadata.get('labels') or {}).get(_TEMPLATE_HASH)}"
        if kind == "ReplicaSet" and name.endswith(ending):
            # A Deployment names its ReplicaSets after the hash that it labels their Pods with.
            yield Key("apps", "Deployment", key.namespace, name.removesuffix(ending)), ""
