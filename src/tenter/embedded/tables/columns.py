"""The columns of the built-in kinds: those that people know from ``kubectl get``."""

from __future__ import annotations

from dataclasses import dataclass

from tenter.embedded.tables import summaries
from tenter.embedded.tables.cells import (
    Cell,
    condition,
    count,
    each,
    field,
    joined,
    labels,
    ratio,
    since,
)


@dataclass(frozen=True)
class Printed:
    """A column: its heading, and what it shows of an object; ``wide`` only with ``-o wide``."""

    heading: str
    cell: Cell
    type: str = "string"
    wide: bool = False


_AGE = Printed("Age", since("metadata.creationTimestamp"))
_CREATED_AT = Printed("Created At", field("metadata.creationTimestamp"), type="date")
_CONTAINERS = Printed("Containers", each("spec.template.spec.containers", "name"), wide=True)
_IMAGES = Printed("Images", each("spec.template.spec.containers", "image"), wide=True)

PLAIN = (_AGE,)
"""The columns after the name of a kind without an entry in ``TABLES``."""

TABLES: dict[str, tuple[Printed, ...]] = {
    "pods": (
        Printed("Ready", summaries.pod_ready),
        Printed("Status", summaries.pod_status),
        Printed("Restarts", summaries.pod_restarts),
        _AGE,
        Printed("IP", field("status.podIP"), wide=True),
        Printed("Node", field("spec.nodeName"), wide=True),
    ),
    "jobs.batch": (
        Printed("Status", summaries.job_status),
        Printed("Completions", summaries.job_completions),
        Printed("Duration", summaries.job_duration),
        _AGE,
        _CONTAINERS,
        _IMAGES,
    ),
    "cronjobs.batch": (
        Printed("Schedule", field("spec.schedule")),
        Printed("Suspend", lambda o, _: str(bool(o["spec"].get("suspend"))), type="boolean"),
        Printed("Active", count("status.active"), type="integer"),
        Printed("Last Schedule", since("status.lastScheduleTime")),
        _AGE,
    ),
    "deployments.apps": (
        Printed("Ready", ratio("status.readyReplicas", "spec.replicas")),
        Printed("Up-to-date", field("status.updatedReplicas", 0)),
        Printed("Available", field("status.availableReplicas", 0)),
        _AGE,
        _CONTAINERS,
        _IMAGES,
        Printed("Selector", labels("spec.selector.matchLabels"), wide=True),
    ),
    "replicasets.apps": (
        Printed("Desired", field("spec.replicas", 0), type="integer"),
        Printed("Current", field("status.replicas", 0), type="integer"),
        Printed("Ready", field("status.readyReplicas", 0), type="integer"),
        _AGE,
        _IMAGES,
    ),
    "replicationcontrollers": (
        Printed("Desired", field("spec.replicas", 0), type="integer"),
        Printed("Current", field("status.replicas", 0), type="integer"),
        Printed("Ready", field("status.readyReplicas", 0), type="integer"),
        _AGE,
    ),
    "statefulsets.apps": (
        Printed("Ready", ratio("status.readyReplicas", "spec.replicas")),
        _AGE,
        _IMAGES,
    ),
    "daemonsets.apps": (
        Printed("Desired", field("status.desiredNumberScheduled", 0), type="integer"),
        Printed("Current", field("status.currentNumberScheduled", 0), type="integer"),
        Printed("Ready", field("status.numberReady", 0), type="integer"),
        Printed("Up-to-date", field("status.updatedNumberScheduled", 0), type="integer"),
        Printed("Available", field("status.numberAvailable", 0), type="integer"),
        Printed("Node Selector", labels("spec.template.spec.nodeSelector")),
        _AGE,
    ),
    "services": (
        Printed("Type", field("spec.type")),
        Printed("Cluster-IP", field("spec.clusterIP")),
        Printed("External-IP", summaries.external_ip),
        Printed("Port(s)", summaries.service_ports),
        _AGE,
        Printed("Selector", labels("spec.selector"), wide=True),
    ),
    "endpoints": (
        Printed("Endpoints", summaries.endpoints),
        _AGE,
    ),
    "configmaps": (
        Printed("Data", lambda o, _: len(o.get("data") or ()) + len(o.get("binaryData") or ())),
        _AGE,
    ),
    "secrets": (
        Printed("Type", field("type")),
        Printed("Data", count("data")),
        _AGE,
    ),
    "serviceaccounts": (
        Printed("Secrets", count("secrets")),
        _AGE,
    ),
    "namespaces": (
        Printed("Status", field("status.phase")),
        _AGE,
    ),
    "nodes": (
        Printed("Status", summaries.node_status),
        Printed("Roles", summaries.node_roles),
        _AGE,
        Printed("Version", field("status.nodeInfo.kubeletVersion")),
    ),
    "persistentvolumeclaims": (
        Printed("Status", summaries.claim_status),
        Printed("Volume", field("spec.volumeName", "")),
        Printed("Capacity", field("status.capacity.storage", "")),
        Printed("Access Modes", joined("status.accessModes")),
        Printed("StorageClass", field("spec.storageClassName", "")),
        _AGE,
    ),
    "persistentvolumes": (
        Printed("Capacity", field("spec.capacity.storage", "")),
        Printed("Access Modes", joined("spec.accessModes")),
        Printed("Reclaim Policy", field("spec.persistentVolumeReclaimPolicy", "")),
        Printed("Status", field("status.phase", "")),
        Printed("StorageClass", field("spec.storageClassName", "")),
        _AGE,
    ),
    "ingresses.networking.k8s.io": (
        Printed("Class", field("spec.ingressClassName")),
        Printed("Hosts", summaries.ingress_hosts),
        Printed("Address", summaries.addresses),
        _AGE,
    ),
    "events": (
        Printed("Last Seen", summaries.event_seen),
        Printed("Type", field("type", "")),
        Printed("Reason", field("reason", "")),
        Printed("Object", summaries.event_object),
        Printed("Message", lambda o, _: str(o.get("message", "")).strip()),
    ),
    "horizontalpodautoscalers.autoscaling": (
        Printed("Reference", summaries.hpa_reference),
        Printed("MinPods", field("spec.minReplicas", "<unset>")),
        Printed("MaxPods", field("spec.maxReplicas", 0)),
        Printed("Replicas", field("status.currentReplicas", 0)),
        _AGE,
    ),
    "poddisruptionbudgets.policy": (
        Printed("Min Available", field("spec.minAvailable", "N/A")),
        Printed("Max Unavailable", field("spec.maxUnavailable", "N/A")),
        Printed("Allowed Disruptions", field("status.disruptionsAllowed", 0), type="integer"),
        _AGE,
    ),
    "leases.coordination.k8s.io": (
        Printed("Holder", field("spec.holderIdentity", "")),
        _AGE,
    ),
    "customresourcedefinitions.apiextensions.k8s.io": (_CREATED_AT,),
    "apiservices.apiregistration.k8s.io": (
        Printed("Available", condition("Available")),
        _AGE,
    ),
    "rolebindings.rbac.authorization.k8s.io": (
        Printed("Role", summaries.role_reference),
        _AGE,
    ),
    "clusterrolebindings.rbac.authorization.k8s.io": (
        Printed("Role", summaries.role_reference),
        _AGE,
    ),
    "clusterroles.rbac.authorization.k8s.io": (_CREATED_AT,),
    "roles.rbac.authorization.k8s.io": (_CREATED_AT,),
}
"""The columns after the name, by resource."""
