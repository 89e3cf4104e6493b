"""The order of kinds within a wave: what others need comes first.

It is Argo CD's order, so that a sync which relies on it without saying so keeps working. Moving a
Namespace or a CustomResourceDefinition before the objects that need it is the plan's work, because
it depends on what else is in the sync.
"""

from __future__ import annotations

_KINDS = (
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
)
_RANKS = {kind: rank for rank, kind in enumerate(_KINDS)}


def kind_rank(kind: str) -> int:
    """Return the place of ``kind`` in the order, from 0; unknown kinds share the last place."""
    return _RANKS.get(kind, len(_KINDS))
