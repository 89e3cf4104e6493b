"""By which key the lists of built-in kinds merge in a strategic merge patch.

The API's types say it (``x-kubernetes-patch-merge-key`` in its OpenAPI schema); the fields are so
few that a table is smaller than the schema, and a test holds it to the schema. A list that is not
here is replaced as a whole. Custom resources have no strategic merge.
"""

from __future__ import annotations

_ANYWHERE = {
    "containers": "name",
    "env": "name",
    "ephemeralContainers": "name",
    "evictionResponders": "name",
    "hostAliases": "ip",
    "imagePullSecrets": "name",
    "initContainers": "name",
    "matchConditions": "name",
    "ownerReferences": "uid",
    "resourceClaims": "name",
    "schedulingGates": "name",
    "topologySpreadConstraints": "topologyKey",
    "volumeDevices": "devicePath",
    "volumeMounts": "mountPath",
    "volumes": "name",
}
_IN_KIND = {
    ("CSINode", "drivers"): "name",
    ("MutatingWebhookConfiguration", "webhooks"): "name",
    ("Service", "ports"): "port",
    ("ServiceAccount", "secrets"): "name",
    ("ValidatingAdmissionPolicy", "variables"): "name",
    ("ValidatingWebhookConfiguration", "webhooks"): "name",
}
_CONTAINERS = ("containers", "ephemeralContainers", "initContainers")
_SETS = (("metadata", "finalizers"), ("spec", "podCIDRs"))
_RETAINING = ("resourceClaims", "volumes")


def merge_key(kind: str, parent: str, field: str) -> str:
    """Return the key of the list ``field`` under the field ``parent``; empty where it has none."""
    if field == "ports" and parent in _CONTAINERS:
        return "containerPort"
    if kind == "ServiceAccount" and field == "imagePullSecrets":
        return ""
    return _IN_KIND.get((kind, field)) or _ANYWHERE.get(field, "")


def is_set(parent: str, field: str) -> bool:
    """Tell whether ``field`` under ``parent`` is a list of texts that merges as a set."""
    return (parent, field) in _SETS


def retains_keys(kind: str, parent: str, field: str) -> bool:
    """Tell whether a patch of ``field`` (or of its items) must say which fields remain.

    They are unions: setting one member does not unset the other.
    """
    if field == "strategy":
        return kind == "Deployment"
    return field in _RETAINING and parent != "scheduling"
