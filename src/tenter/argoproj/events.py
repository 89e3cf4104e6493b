"""Kubernetes Events about an Application, with the reasons and words that Argo CD's users know.

Pure: an Event is built here and created by the controller. They are for people and for what
forwards them; nothing is ever decided by one.
"""

from __future__ import annotations

import enum
import zlib
from collections.abc import Iterator

from tenter.argoproj.application import API_VERSION, Application
from tenter.argoproj.operation import Operation
from tenter.argoproj.status import ApplicationStatus, OperationState
from tenter.engine.operation_state import timestamp
from tenter.manifests import Manifest

COMPONENT = "tenter-controller"
_LONGEST_MESSAGE = 1024
_LONGEST_NAME = 253


class EventReason(enum.StrEnum):
    """Why there is an Event."""

    OPERATION_STARTED = "OperationStarted"
    OPERATION_COMPLETED = "OperationCompleted"
    RESOURCE_UPDATED = "ResourceUpdated"
    RESOURCE_DELETED = "ResourceDeleted"


def started_event(
    application: Application, operation: Operation, revision: str, now: float
) -> Manifest:
    """Return the Event of an operation that begins; ``revision`` is what it syncs to."""
    sync = operation.sync
    kind = "partial sync" if sync is not None and sync.resources else "sync"
    target = revision or "the newest revision"
    if operation.automated:
        message = f"Initiated automated {kind} to '{target}'"
    else:
        user = operation.initiated_by.username if operation.initiated_by else ""
        message = f"{user or 'Unknown user'} initiated {kind} to {target}"
    return event(application, EventReason.OPERATION_STARTED, message, now)


def completed_event(application: Application, state: OperationState, now: float) -> Manifest:
    """Return the Event of an operation that ended."""
    sync = state.operation.sync
    partial = sync is not None and bool(sync.resources)
    words = ["Partial sync operation" if partial else "Sync operation"]
    if state.sync_result is not None:
        revisions = state.sync_result.revisions or (state.sync_result.revision,)
        words += ["to", ",".join(revisions)]
    succeeded = state.phase == "Succeeded"
    words += ["succeeded"] if succeeded else ["failed:", state.message]
    message = " ".join(words)
    return event(application, EventReason.OPERATION_COMPLETED, message, now, warning=not succeeded)


def status_events(
    application: Application, status: ApplicationStatus, now: float
) -> tuple[Manifest, ...]:
    """Return the Events of what changes when ``status`` takes the place of the Application's."""
    return tuple(
        event(application, EventReason.RESOURCE_UPDATED, message, now)
        for message in _changes(application.status, status)
    )


def deleted_event(application: Application, now: float) -> Manifest:
    """Return the Event of an Application that goes, after all that belongs to it."""
    return event(application, EventReason.RESOURCE_DELETED, "deleted application", now)


def event(
    application: Application,
    reason: EventReason,
    message: str,
    now: float,
    *,
    warning: bool = False,
) -> Manifest:
    """Return an Event about the Application, at ``now`` in Unix seconds.

    The same Event at the same time has the same name, so that trying its creation again makes no
    second one.
    """
    metadata = application.metadata
    told = message.encode()[:_LONGEST_MESSAGE].decode(errors="ignore")
    mark = f".{int(now * 1e6):x}{zlib.crc32(f'{reason} {told}'.encode()):08x}"
    at = timestamp(now)
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": metadata.name[: _LONGEST_NAME - len(mark)] + mark,
            "namespace": metadata.namespace,
        },
        "involvedObject": {
            "apiVersion": API_VERSION,
            "kind": "Application",
            "name": metadata.name,
            "namespace": metadata.namespace,
            "uid": metadata.uid,
            "resourceVersion": metadata.resource_version,
        },
        "type": "Warning" if warning else "Normal",
        "reason": reason.value,
        "message": told,
        "source": {"component": COMPONENT},
        "firstTimestamp": at,
        "lastTimestamp": at,
        "count": 1,
    }


def _changes(before: ApplicationStatus, after: ApplicationStatus) -> Iterator[str]:
    old, new = (each.sync.status if each.sync else "" for each in (before, after))
    if old != new:
        yield f"Updated sync status: {old} -> {new}"
    old, new = (each.health.status if each.health else "" for each in (before, after))
    if old != new:
        why = after.health.message if after.health else ""
        yield f"Updated health status: {old} -> {new}{f' ({why})' if why else ''}"
