"""Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs and CronJobs."""

from __future__ import annotations

from typing import Any

from tenter.embedded.schema.causes import Cause, forbidden, invalid, not_supported, required
from tenter.embedded.schema.rules.bounds import at_least, unchanged
from tenter.embedded.schema.rules.pods import template_causes
from tenter.embedded.schema.rules.rollouts import (
    daemon_set_strategy_causes,
    deployment_strategy_causes,
    stateful_set_strategy_causes,
)
from tenter.embedded.schema.rules.schedules import schedule_causes
from tenter.embedded.schema.rules.selectors import is_readable, selector_causes, selects
from tenter.manifests import Manifest

_STATEFUL_SET_MUTABLE = (
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)
_PARTS_OF_REPLICAS = {
    "Deployment": ("updatedReplicas", "readyReplicas", "availableReplicas"),
    "ReplicaSet": ("fullyLabeledReplicas", "readyReplicas", "availableReplicas"),
    "StatefulSet": ("readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"),
}
_SUSPENDED_MUTABLE = ("affinity", "nodeSelector", "schedulingGates", "tolerations")
_POD_MANAGEMENT = ("OrderedReady", "Parallel")
_MISMATCH = "`selector` does not match template `labels`"


def _set_causes(obj: Manifest, kind: str) -> list[Cause]:
    """Judge what all that keep replicas of one template share."""
    spec = obj.get("spec") or {}
    causes = at_least(0, spec, "replicas", "spec")
    causes += at_least(0, spec, "minReadySeconds", "spec")
    if kind != "statefulset":
        causes += at_least(0, spec, "revisionHistoryLimit", "spec")
    template = spec.get("template") or {}
    selector = spec.get("selector")
    if selector is None:
        causes += [] if kind == "daemonset" else [required("spec.selector")]
        labels = (template.get("metadata") or {}).get("labels") or {}
        causes.append(invalid("spec.template.metadata.labels", labels, _MISMATCH))
    else:
        causes += selector_causes(selector, "spec.selector")
        if not selector.get("matchLabels") and not selector.get("matchExpressions"):
            why = f"empty selector is invalid for {kind}"
            causes.append(invalid("spec.selector", selector, why))
        elif is_readable(selector):
            causes += _match_causes(selector, template, "spec.template")
        elif kind != "daemonset":
            # Then the template is not looked at.
            causes.append(invalid("spec.selector", selector, "invalid label selector"))
            return causes + (_life_causes(template, kind) if kind == "statefulset" else [])
    causes += template_causes(template, "spec.template")
    return causes + _life_causes(template, kind)


def _life_causes(template: dict[str, Any], kind: str) -> list[Cause]:
    """Judge what would end a Pod that is to be kept running."""
    causes: list[Cause] = []
    policy = (template.get("spec") or {}).get("restartPolicy")
    if policy != "Always":
        path = "spec.template.spec.restartPolicy"
        causes.append(not_supported(path, policy or "", ["Always"]))
    if (template.get("spec") or {}).get("activeDeadlineSeconds") is not None:
        why = f"activeDeadlineSeconds in {kind} is not Supported"
        causes.append(forbidden("spec.template.spec.activeDeadlineSeconds", why))
    return causes


def _match_causes(selector: dict[str, Any], template: dict[str, Any], path: str) -> list[Cause]:
    labels = (template.get("metadata") or {}).get("labels") or {}
    if selects(selector, labels):
        return []
    return [invalid(f"{path}.metadata.labels", labels, _MISMATCH)]


def deployment_causes(obj: Manifest) -> list[Cause]:
    """Return what is wrong with a Deployment."""
    causes = _set_causes(obj, "deployment")
    spec = obj.get("spec") or {}
    causes += deployment_strategy_causes(spec.get("strategy") or {}, "spec.strategy")
    causes += at_least(0, spec, "progressDeadlineSeconds", "spec")
    deadline = spec.get("progressDeadlineSeconds")
    if deadline is not None and deadline <= (spec.get("minReadySeconds") or 0):
        why = "must be greater than minReadySeconds"
        causes.append(invalid("spec.progressDeadlineSeconds", deadline, why))
    return causes


def replica_set_causes(obj: Manifest) -> list[Cause]:
    """Return what is wrong with a ReplicaSet."""
    return _set_causes(obj, "replicaset")


def stateful_set_causes(obj: Manifest) -> list[Cause]:
    """Return what is wrong with a StatefulSet."""
    spec = obj.get("spec") or {}
    causes = _set_causes(obj, "statefulset")
    policy = spec.get("podManagementPolicy")
    if policy not in _POD_MANAGEMENT:
        why = "must be 'OrderedReady' or 'Parallel'"
        causes.append(invalid("spec.podManagementPolicy", policy, why))
    return causes + stateful_set_strategy_causes(
        spec.get("updateStrategy") or {}, "spec.updateStrategy"
    )


def daemon_set_causes(obj: Manifest) -> list[Cause]:
    """Return what is wrong with a DaemonSet."""
    spec = obj.get("spec") or {}
    strategy = spec.get("updateStrategy") or {}
    return _set_causes(obj, "daemonset") + daemon_set_strategy_causes(
        strategy, "spec.updateStrategy"
    )


def counter_causes(obj: Manifest) -> list[Cause]:
    """Return what is wrong with the counters in the status of what keeps replicas."""
    status = obj.get("status") or {}
    causes: list[Cause] = []
    for field, value in status.items():
        if isinstance(value, int) and not isinstance(value, bool):
            causes += at_least(0, status, field, "status")
    if obj["kind"] not in _PARTS_OF_REPLICAS:
        return causes
    most = status.get("replicas") or 0
    for field in _PARTS_OF_REPLICAS[obj["kind"]]:
        if (status.get(field) or 0) > most:
            why = "cannot be greater than status.replicas"
            causes.append(invalid(f"status.{field}", status.get(field), why))
    ready, available = status.get("readyReplicas") or 0, status.get("availableReplicas") or 0
    if available > ready:
        why = "cannot be greater than readyReplicas"
        causes.append(invalid("status.availableReplicas", available, why))
    return causes


def selector_changes(old: Manifest, new: Manifest) -> list[Cause]:
    """Return the cause where a set's selector changed."""
    return unchanged(old.get("spec") or {}, new.get("spec") or {}, "selector", "spec")


def stateful_set_changes(old: Manifest, new: Manifest) -> list[Cause]:
    """Return the cause where a StatefulSet changed in what it may not."""
    fixed_before, fixed_after = (
        {k: v for k, v in (o.get("spec") or {}).items() if k not in _STATEFUL_SET_MUTABLE}
        for o in (old, new)
    )
    if fixed_before == fixed_after:
        return []
    named = ", ".join(f"'{field}'" for field in _STATEFUL_SET_MUTABLE[:-1])
    why = (
        f"updates to statefulset spec for fields other than {named}"
        f" and '{_STATEFUL_SET_MUTABLE[-1]}' are forbidden"
    )
    return [forbidden("spec", why)]


def job_causes(obj: Manifest) -> list[Cause]:
    """Return what is wrong with a Job."""
    spec = obj.get("spec") or {}
    causes = _job_spec_causes(spec, "spec")
    selector, template = spec.get("selector"), spec.get("template") or {}
    if selector is None:
        causes.append(required("spec.selector"))
        labels = (template.get("metadata") or {}).get("labels") or {}
        causes.append(invalid("spec.template.metadata.labels", labels, _MISMATCH))
        return causes
    causes += selector_causes(selector, "spec.selector")
    if is_readable(selector):
        causes += _match_causes(selector, template, "spec.template")
    if not spec.get("manualSelector"):
        causes += _own_label_causes(obj)
    return causes


def _own_label_causes(job: Manifest) -> list[Cause]:
    """Return what keeps a Job from knowing its Pods by the labels that the server gives them."""
    metadata, spec = job["metadata"], job["spec"]
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels") or {}
    own = {
        "controller-uid": metadata.get("uid", ""),
        "job-name": metadata.get("name", ""),
        "batch.kubernetes.io/controller-uid": metadata.get("uid", ""),
        "batch.kubernetes.io/job-name": metadata.get("name", ""),
    }
    path = "spec.template.metadata.labels"
    causes: list[Cause] = []
    for name, value in own.items():
        if name not in labels:
            causes.append(required(f"{path}[{name}]", f"must be '{value}'"))
        elif labels[name] != value:
            causes.append(invalid(f"{path}[{name}]", labels, f"must be '{value}'"))
    if not selects(spec["selector"], own):
        causes.append(invalid("spec.selector", spec["selector"], "`selector` not auto-generated"))
    return causes


def _job_spec_causes(spec: dict[str, Any], path: str) -> list[Cause]:
    causes: list[Cause] = []
    for field in (
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
        "ttlSecondsAfterFinished",
    ):
        causes += at_least(0, spec, field, path)
    if spec.get("completionMode") == "Indexed" and spec.get("completions") is None:
        why = "when completion mode is Indexed"
        causes.append(required(f"{path}.completions", why))
    template = spec.get("template") or {}
    causes += template_causes(template, f"{path}.template")
    policy = (template.get("spec") or {}).get("restartPolicy")
    if policy in {None, "", "Always"}:
        why = 'valid values: "OnFailure", "Never"'
        causes.append(required(f"{path}.template.spec.restartPolicy", why))
    elif policy not in {"OnFailure", "Never"}:
        allowed = ["Never", "OnFailure"]
        causes.append(not_supported(f"{path}.template.spec.restartPolicy", policy, allowed))
    return causes


def job_changes(old: Manifest, new: Manifest) -> list[Cause]:
    """Return what may not change in a Job and did.

    While it is suspended, where its Pods may run and what they are given can change.
    """
    before, after = old.get("spec") or {}, new.get("spec") or {}
    causes: list[Cause] = []
    if not (before.get("completionMode") == "Indexed" and _resized(before, after)):
        causes += unchanged(before, after, "completions", "spec")
    causes += unchanged(before, after, "selector", "spec")
    template = after.get("template") or {}
    if before.get("suspend") and _is_suspended(old.get("status") or {}):
        template = _suspended_template(before.get("template") or {}, template)
    if template != (before.get("template") or {}):
        causes.append(invalid("spec.template", after.get("template"), "field is immutable"))
    for field in ("completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy"):
        causes += unchanged(before, after, field, "spec")
    return causes


def _resized(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Tell whether an indexed Job was made larger or smaller together with its parallelism."""
    return before.get("completions") == before.get("parallelism") and after.get(
        "completions"
    ) == after.get("parallelism")


def _is_suspended(status: dict[str, Any]) -> bool:
    """Tell whether a Job has stopped its Pods, and said so."""
    return not status.get("active") and any(
        condition.get("type") == "Suspended" and condition.get("status") == "True"
        for condition in status.get("conditions") or ()
    )


def _suspended_template(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    spec = dict(after.get("spec") or {})
    old = before.get("spec") or {}
    for field in _SUSPENDED_MUTABLE:
        spec.pop(field, None)
        if field in old:
            spec[field] = old[field]
    for group in ("containers", "initContainers"):
        if len(old.get(group) or ()) == len(spec.get(group) or ()) and group in spec:
            spec[group] = [
                {**new, "resources": had.get("resources") or {}}
                for had, new in zip(old[group], spec[group], strict=True)
            ]
    fixed = {**after, "spec": spec}
    if "metadata" in before:
        fixed["metadata"] = before["metadata"]
    return fixed


def cron_job_causes(obj: Manifest) -> list[Cause]:
    """Return what is wrong with a CronJob."""
    spec = obj.get("spec") or {}
    causes: list[Cause] = []
    name = (obj.get("metadata") or {}).get("name") or ""
    if len(name) > 52:
        # Eleven characters are left for the number its Jobs get.
        causes.append(invalid("metadata.name", name, "must be no more than 52 characters"))
    causes += schedule_causes(spec, "spec")
    for field in (
        "startingDeadlineSeconds",
        "successfulJobsHistoryLimit",
        "failedJobsHistoryLimit",
    ):
        causes += at_least(0, spec, field, "spec")
    job = (spec.get("jobTemplate") or {}).get("spec") or {}
    return causes + _job_spec_causes(job, "spec.jobTemplate.spec")
