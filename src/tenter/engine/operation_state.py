"""The record as an Application's ``status.operationState``: what users and their tools read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tenter.engine.record import Record, TaskResult


def operation_state(
    record: Record, operation: dict[str, Any], source: dict[str, Any], revision: str
) -> dict[str, Any]:
    """Return the operation in the reference's shape.

    ``operation`` is what was asked for (an Application's ``operation``), ``source`` its source as
    an Application writes it, ``revision`` the resolved one.
    """
    state: dict[str, Any] = {
        "operation": operation,
        "phase": record.phase.value,
        "message": record.message,
        "startedAt": timestamp(record.started_at),
        "syncResult": {
            "revision": revision,
            "source": source,
            "resources": [
                _result(result, record.attempt.destination_namespace)
                for result in record.results.values()
                if result.status is not None
            ],
        },
    }
    if record.finished_at is not None:
        state["finishedAt"] = timestamp(record.finished_at)
    if record.attempt.number:
        state["retryCount"] = record.attempt.number
    if record.options.namespace_labels or record.options.namespace_annotations:
        state["syncResult"]["managedNamespaceMetadata"] = {
            "labels": record.options.namespace_labels,
            "annotations": record.options.namespace_annotations,
        }
    return state


def timestamp(seconds: float) -> str:
    """Return Unix ``seconds`` as Kubernetes writes a time: RFC 3339, whole seconds, UTC."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _result(result: TaskResult, destination: str) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "group": result.key.group,
        "version": result.version,
        "kind": result.key.kind,
        # Results of cluster-scoped objects carry the destination namespace, as in the reference.
        "namespace": result.key.namespace or destination,
        "name": result.key.name,
        "status": result.status.value if result.status else "",
        "message": result.message,
        "hookType": result.hook_type,
        "hookPhase": result.hook_phase.value if result.hook_phase else "",
        "syncPhase": result.sync_phase,
    }
    if result.images:
        fields["images"] = list(result.images)
    return {name: value for name, value in fields.items() if value or name in _REQUIRED}


_REQUIRED = frozenset({"group", "version", "kind", "namespace", "name"})
