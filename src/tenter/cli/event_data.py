"""Progress events as plain data, for ``-o json`` and ``-o yaml``.

A plan is told by its stages and tasks, without manifests: those may hold secrets, and are in the
source already. The last event becomes ``{"operationState": ...}``, in the Application's shape.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tenter.library import AttemptPlanned, OperationEnded, Plan, Progress, Stage, Task


def event_data(event: Progress) -> dict[str, Any]:
    """Return ``event`` as JSON-like data; ``type`` names it, but for the last one."""
    if isinstance(event, OperationEnded):
        return {"operationState": event.operation_state}
    if isinstance(event, AttemptPlanned):
        return {
            "type": "AttemptPlanned",
            "at": event.at,
            "number": event.number,
            **plan_data(event.plan),
        }
    data: dict[str, Any] = msgspec.to_builtins(event)
    return data


def plan_data(plan: Plan) -> dict[str, Any]:
    """Return the stages and tasks of ``plan``, in the order they run."""
    return {
        "stages": [_stage_data(stage) for stage in plan.stages],
        "failStages": [_stage_data(stage) for stage in plan.fail_stages],
        "skipped": [_task_data(task) for task in plan.skipped],
    }


def _stage_data(stage: Stage) -> dict[str, Any]:
    return {
        "phase": stage.key.phase.value,
        "wave": stage.key.wave,
        "awaitsResources": stage.awaits_resources,
        "tasks": [_task_data(task) for task in stage.tasks],
    }


def _task_data(task: Task) -> dict[str, Any]:
    data: dict[str, Any] = {"task": task.id, "kind": task.kind.value}
    data["key"] = msgspec.to_builtins(task.key)
    if task.policies:
        data["deletePolicies"] = sorted(policy.value for policy in task.policies)
    if task.timeout is not None:
        data["timeout"] = task.timeout
    if task.skip_reason:
        data["skipReason"] = task.skip_reason
    if task.origin:
        data["origin"] = task.origin
    return data
