"""What Kubernetes demands of an object of each kind. One module for each family of kinds."""

from tenter.embedded.schema.rules import (
    access,
    claims,
    contents,
    definitions,
    disruptions,
    ingresses,
    metadata,
    pod_updates,
    pods,
    services,
    structure,
    workloads,
)

__all__ = [
    "access",
    "claims",
    "contents",
    "definitions",
    "disruptions",
    "ingresses",
    "metadata",
    "pod_updates",
    "pods",
    "services",
    "structure",
    "workloads",
]
