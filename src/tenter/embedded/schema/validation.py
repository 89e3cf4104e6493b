"""Whether an object may be stored: the rules of its kind, on creation and on change.

The rules themselves are in ``rules``, one module for each family of kinds; here they are put
together in the order in which Kubernetes reports them. A kind without rules of its own is judged
by its metadata and by what its schema states.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from tenter.embedded.schema.causes import Cause, Fault
from tenter.embedded.schema.expressions import with_rules
from tenter.embedded.schema.rules import (
    access,
    claims,
    contents,
    definitions,
    disruptions,
    ingresses,
    pod_updates,
    pods,
    services,
    workloads,
)
from tenter.embedded.schema.rules.metadata import metadata_causes, metadata_changes
from tenter.embedded.schema.rules.structure import structure_causes
from tenter.embedded.schema.types import StructType
from tenter.manifests import Manifest

_Rule: TypeAlias = Callable[[Manifest], list[Cause]]
_ChangeRule: TypeAlias = Callable[[Manifest, Manifest], list[Cause]]

_RBAC = "rbac.authorization.k8s.io"

_RULES: dict[tuple[str, str], _Rule] = {
    ("", "ConfigMap"): contents.config_map_causes,
    ("", "PersistentVolumeClaim"): claims.claim_causes,
    ("", "Pod"): pods.pod_causes,
    ("", "Secret"): contents.secret_causes,
    ("", "Service"): services.service_causes,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): definitions.definition_causes,
    ("apps", "DaemonSet"): workloads.daemon_set_causes,
    ("apps", "Deployment"): workloads.deployment_causes,
    ("apps", "ReplicaSet"): workloads.replica_set_causes,
    ("apps", "StatefulSet"): workloads.stateful_set_causes,
    ("batch", "CronJob"): workloads.cron_job_causes,
    ("batch", "Job"): workloads.job_causes,
    ("networking.k8s.io", "Ingress"): ingresses.ingress_causes,
    ("policy", "PodDisruptionBudget"): disruptions.budget_causes,
    (_RBAC, "ClusterRole"): access.role_causes,
    (_RBAC, "ClusterRoleBinding"): access.binding_causes,
    (_RBAC, "Role"): access.role_causes,
    (_RBAC, "RoleBinding"): access.binding_causes,
}

_CHANGES: dict[tuple[str, str], _ChangeRule] = {
    ("", "ConfigMap"): contents.config_map_changes,
    ("", "PersistentVolumeClaim"): claims.claim_changes,
    ("", "Secret"): contents.secret_changes,
    ("", "Service"): services.service_changes,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): definitions.definition_changes,
    ("apps", "DaemonSet"): workloads.selector_changes,
    ("apps", "Deployment"): workloads.selector_changes,
    ("apps", "ReplicaSet"): workloads.selector_changes,
    ("apps", "StatefulSet"): workloads.stateful_set_changes,
    ("batch", "Job"): workloads.job_changes,
    (_RBAC, "ClusterRoleBinding"): access.binding_changes,
    (_RBAC, "RoleBinding"): access.binding_changes,
}


def validate(obj: Manifest, type_: StructType) -> list[Cause]:
    """Return what is wrong with a defaulted ``obj``, metadata first; empty if nothing is.

    ``metadata.name`` must be given already (``generateName`` is the server's), and the values must
    be of their types (``type_errors``).
    """
    causes = metadata_causes(obj, type_)
    if type_.built_in and type_.kind == "CustomResourceDefinition":
        causes += definitions.definition_name_causes(obj)
    return _distinct(causes + _content_causes(obj, type_))


def _content_causes(obj: Manifest, type_: StructType, old: Manifest | None = None) -> list[Cause]:
    causes = structure_causes(obj, type_)
    rule = _RULES.get((type_.group, type_.kind)) if type_.built_in else None
    if rule is not None:
        causes += rule(obj)
    return with_rules(causes, obj, old, type_)


def validate_update(
    old: Manifest, new: Manifest, type_: StructType, *, subresource: str = ""
) -> list[Cause]:
    """Return what forbids to replace ``old`` by ``new``, both defaulted; empty if nothing does.

    Includes what :func:`validate` says of ``new`` but for its name, which cannot change. With a
    ``subresource`` of a built-in kind only metadata is judged, but for ``binding``, which may give
    a Pod its node.
    """
    causes = metadata_changes(old, new)
    if subresource == "status" and type_.built_in and type_.group == "apps":
        return causes + workloads.counter_causes(new)
    if type_.built_in and subresource and subresource != "binding":
        return causes
    # What did not change was judged when it was stored.
    if not _same_content(old, new):
        causes += metadata_causes(new, type_) + _content_causes(new, type_, old)
        key = (type_.group, type_.kind)
        if type_.built_in and key == ("", "Pod"):
            causes += pod_updates.pod_changes(old, new, binding=subresource == "binding")
        elif type_.built_in and key in _CHANGES:
            causes += _CHANGES[key](old, new)
    return _distinct(causes) if causes else causes


def _same_content(old: Manifest, new: Manifest) -> bool:
    """Tell whether nothing that validation looks at differs."""
    if old.keys() != new.keys():
        return False
    if any(old[part] != value for part, value in new.items() if part != "metadata"):
        return False
    return all(
        old["metadata"].get(field) == new["metadata"].get(field)
        for field in ("annotations", "finalizers", "labels", "name", "ownerReferences")
    )


def _distinct(causes: list[Cause]) -> list[Cause]:
    """Return ``causes`` without what several rules found alike: a missing value is one."""
    missing = {cause.field for cause in causes if cause.reason == Fault.REQUIRED}
    kept: list[Cause] = []
    for cause in causes:
        repeated = cause.field in missing and any(
            (cause.field, cause.reason) == (k.field, k.reason) for k in kept
        )
        if not repeated and cause not in kept:
            kept.append(cause)
    return kept
