"""SyncRun: the truth about one operation of an Application, as an object of the cluster.

``spec`` says whose operation it is and what was asked; ``status`` is for people and their tools;
``report`` is what the hooks said, readable, at most 64 KiB; ``state`` is the record from which a
restarted controller goes on, compressed, and never cut: what has no room is in Secrets beside it.

A SyncRun is not owned by its Application in Kubernetes' sense: the record of a deletion must
outlive a foreground deletion, and is removed by the controller itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from tenter.applications.secrets import APPLICATION_LABEL, MANAGED_BY
from tenter.applications.state import DELETE_HOOKS, RUNNING
from tenter.engine import Record
from tenter.engine.operation_state import timestamp
from tenter.errors import StateError
from tenter.kube.client import Client
from tenter.kube.selectors import label_selector
from tenter.manifests import Key, Manifest

GROUP = "tenter.dev"
VERSION = "v1alpha1"
KIND = "SyncRun"
APPLICATION_UID = "tenter.dev/application-uid"
KEPT = 10
"""How many SyncRuns of an Application are kept, the running one included."""


class SyncRunSpec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Whose operation it is, and what was asked (an Application's ``operation``)."""

    application: str
    application_uid: str
    operation: dict[str, Any] = {}
    deletion: bool = False


class SyncRunForm:
    """A SyncRun as the main object of a state. ``status`` and ``report`` are written as they are.

    ``report`` stays out of the object while it is empty.
    """

    def __init__(self, namespace: str, name: str, spec: SyncRunSpec) -> None:
        self._key = Key(GROUP, KIND, namespace, name)
        self._spec = spec
        self.status: dict[str, Any] = {}
        self.report: dict[str, Any] = {}

    @property
    def key(self) -> Key:
        """The SyncRun's key."""
        return self._key

    @property
    def version(self) -> str:
        """The API version of SyncRuns."""
        return VERSION

    @property
    def where(self) -> str:
        """The state's place, for messages."""
        return f"SyncRun {self._key.name} in namespace {self._key.namespace}"

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels by which an Application's SyncRuns, and their Secrets, are found."""
        return labels_of(self._spec.application, self._spec.application_uid)

    @property
    def secret_parts(self) -> tuple[str, ...]:
        """Manifests may hold Secrets' values, which not everyone who reads SyncRuns may see."""
        return (RUNNING, DELETE_HOOKS)

    def write(self, index: bytes, inline: Mapping[str, str]) -> Manifest:
        """Return the SyncRun without its metadata."""
        run: Manifest = {
            "apiVersion": f"{GROUP}/{VERSION}",
            "kind": KIND,
            "spec": msgspec.to_builtins(self._spec),
            "status": self.status,
            "state": {"index": index.decode(), "parts": dict(inline)},
        }
        if self.report:
            run["report"] = self.report
        return run

    def read(self, main: Manifest) -> tuple[bytes, Mapping[str, str]]:
        """Return what the SyncRun holds. Raises ``StateError`` where it holds no state."""
        state = main.get("state") or {}
        index, parts = state.get("index"), state.get("parts")
        if not isinstance(index, str) or not isinstance(parts, dict):
            raise StateError(
                f"{self.where} holds no state. Install this version of its definition with: "
                "tenter install --crds | kubectl apply -f -"
            )
        return index.encode(), parts


def labels_of(application: str, uid: str) -> dict[str, str]:
    """Return the labels of what is kept of an Application's operations."""
    return {MANAGED_BY: "tenter", APPLICATION_LABEL: application[:63], APPLICATION_UID: uid}


def run_name(application: str, operation: str) -> str:
    """Return the name of the SyncRun of ``operation`` (its identifier in the record)."""
    return f"{application[: 252 - len(operation)]}-{operation}"


def run_status(record: Record, revision: str) -> dict[str, Any]:
    """Return a SyncRun's ``status`` for ``record``."""
    status: dict[str, Any] = {
        "phase": record.phase.value,
        "message": record.message,
        "startedAt": timestamp(record.started_at),
        "attemptStartedAt": timestamp(record.attempt.started),
        "retryCount": record.attempt.number,
    }
    if revision:
        status["revision"] = revision
    if record.finished_at is not None and record.phase.ended:
        status["finishedAt"] = timestamp(record.finished_at)
    return status


def has_ended(run: Manifest) -> bool:
    """Tell whether nothing more will happen in the operation of a SyncRun."""
    return (run.get("status") or {}).get("phase") not in {"", None, "Running", "Terminating"}


async def list_runs(client: Client, namespace: str, uid: str) -> list[Manifest]:
    """Return the SyncRuns of the Application ``uid``, the oldest first."""
    resource = await client.resource(GROUP, KIND, VERSION)
    listed = await client.list(
        resource, namespace, label_selector=label_selector({APPLICATION_UID: uid})
    )
    return sorted(listed.items, key=_age)


def spec_of(run: Manifest) -> SyncRunSpec:
    """Return a SyncRun's spec. Raises ``StateError`` where it cannot be read."""
    try:
        return msgspec.convert(run.get("spec"), SyncRunSpec)
    except msgspec.ValidationError as error:
        name = run["metadata"]["name"]
        raise StateError(f"SyncRun {name} cannot be read ({error}); delete it") from error


def _age(run: Manifest) -> tuple[str, str]:
    started: str = (run.get("status") or {}).get("startedAt") or ""
    name: str = run["metadata"]["name"]
    return started, name
