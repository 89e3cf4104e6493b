"""Objects as the API server would hand them out, and a cluster of dicts to try controllers on."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Sequence
from typing import Any

from tenter.embedded.controllers.ownership import controller_of
from tenter.embedded.controllers.settings import ControllerSettings
from tenter.embedded.controllers.writes import Create, Delete, Outcome, Patch, Write, WriteStatus
from tenter.embedded.timestamps import format_time
from tenter.manifests import Manifest

NOW = 1_800_000_000.0
SETTINGS = ControllerSettings()


def job(**spec: Any) -> Manifest:
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": "migrate",
            "namespace": "shop",
            "uid": "job-uid",
            "resourceVersion": "1",
        },
        "spec": {
            "parallelism": 1,
            "completions": 1,
            "backoffLimit": 6,
            "template": {
                "spec": {
                    "restartPolicy": "Never",
                    "containers": [{"name": "main", "image": "x"}],
                }
            },
            **spec,
        },
    }


def replica_set(replicas: int = 2, **spec: Any) -> Manifest:
    labels = {"app": "web"}
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": "web",
            "namespace": "shop",
            "uid": "rs-uid",
            "generation": 1,
            "resourceVersion": "1",
        },
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": []}},
            **spec,
        },
    }


def deployment(replicas: int = 3, image: str = "web:1", **spec: Any) -> Manifest:
    labels = {"app": "web"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "web",
            "namespace": "shop",
            "uid": "deployment-uid",
            "generation": 1,
            "resourceVersion": "1",
        },
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
            },
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "main", "image": image}]},
            },
            **spec,
        },
    }


def pod(
    name: str = "p", phase: str = "Pending", *, ready: bool = False, **metadata: Any
) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "shop",
            "uid": f"{name}-uid",
            "resourceVersion": "1",
            "creationTimestamp": format_time(NOW),
            **metadata,
        },
        "spec": {"containers": [{"name": "main"}]},
        "status": {
            "phase": phase,
            "conditions": [
                {
                    "type": "Ready",
                    "status": "True" if ready else "False",
                    "lastTransitionTime": format_time(NOW),
                }
            ],
        },
    }


def finish(item: Manifest, phase: str, at: float = NOW, exit_code: int | None = None) -> None:
    """Let a Pod end."""
    code = (0 if phase == "Succeeded" else 1) if exit_code is None else exit_code
    item["status"] = {
        "phase": phase,
        "containerStatuses": [
            {
                "name": "main",
                "state": {"terminated": {"exitCode": code, "finishedAt": format_time(at)}},
            }
        ],
    }


def conditions(item: Manifest) -> dict[str, str]:
    """Return the reasons of the conditions that hold, by type."""
    return {
        condition["type"]: condition["reason"]
        for condition in (item.get("status") or {}).get("conditions") or ()
        if condition["status"] == "True"
    }


class World:
    """One owner and its children, changed by writes as an API server would change them."""

    def __init__(
        self,
        owner: Manifest,
        reconcile: Callable[[Manifest, Sequence[Manifest], float, ControllerSettings], Outcome],
        settings: ControllerSettings = SETTINGS,
    ) -> None:
        self.owner = owner
        self.children: dict[str, Manifest] = {}
        self.now = NOW
        self.wake_at: float | None = None
        self.deleted: list[str] = []
        self._reconcile = reconcile
        self._settings = settings
        self._numbers = itertools.count(1)

    @property
    def items(self) -> list[Manifest]:
        return list(self.children.values())

    def look(self) -> tuple[Write, ...]:
        """Reconcile once and perform the writes."""
        before = copy.deepcopy((self.owner, self.items))
        outcome = self._reconcile(self.owner, self.items, self.now, self._settings)
        assert (self.owner, self.items) == before, "a pure function changed its arguments"
        for write in outcome.writes:
            self.perform(write)
        self.wake_at = outcome.wake_at
        return outcome.writes

    def settle(self) -> None:
        """Reconcile until there is nothing to do."""
        for _ in range(60):
            if not self.look():
                return
        raise AssertionError("the controller never comes to rest")

    def perform(self, write: Write) -> None:
        match write:
            case Create(manifest):
                new = copy.deepcopy(manifest)
                metadata = new["metadata"]
                number = next(self._numbers)
                metadata.setdefault("name", f"{metadata.get('generateName', '')}{number}")
                metadata["uid"] = f"uid-{number}"
                metadata["generation"] = 1
                metadata["creationTimestamp"] = format_time(self.now)
                assert (controller_of(new) or {}).get("uid") == self.owner["metadata"]["uid"]
                self.children[metadata["uid"]] = new
            case WriteStatus(manifest):
                assert manifest["metadata"]["uid"] == self.owner["metadata"]["uid"]
                self.owner = {**self.owner, "status": copy.deepcopy(manifest["status"])}
            case Patch(manifest, changes):
                self._patch(manifest["metadata"]["uid"], changes)
            case Delete(manifest):
                self.delete(manifest["metadata"]["uid"])

    def _patch(self, uid: str, changes: dict[str, Any]) -> None:
        target = self.owner if uid == self.owner["metadata"]["uid"] else self.children[uid]
        for part, fields in changes.items():
            for field, value in fields.items():
                if isinstance(value, dict):
                    target[part][field] = {**(target[part].get(field) or {}), **value}
                elif value is None:
                    target[part].pop(field, None)
                else:
                    target[part][field] = value
        if "spec" in changes:
            target["metadata"]["generation"] += 1
        self._sweep(uid)

    def delete(self, uid: str) -> None:
        if uid == self.owner["metadata"]["uid"]:
            self.deleted.append(uid)
            return
        self.children[uid]["metadata"].setdefault("deletionTimestamp", format_time(self.now))
        self._sweep(uid)

    def _sweep(self, uid: str) -> None:
        """Remove a deleted child that no finalizer keeps; no node is there to wait for."""
        child = self.children.get(uid)
        if child is None or child["metadata"].get("finalizers"):
            return
        if child["metadata"].get("deletionTimestamp"):
            del self.children[uid]
            self.deleted.append(uid)
