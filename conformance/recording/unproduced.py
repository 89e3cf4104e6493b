"""What the recording cannot produce, and why; at most five entries, so that it stays honest.

Stand-ins write what a missing part would write, on the same API server and as the same field
manager; such a story says so. What not even a stand-in can have is tested from a table by hand.
"""

from __future__ import annotations

UNPRODUCED = {
    "Pod: statuses of a real kubelet and scheduler": (
        "neither is there; Tenter's node writes them, and stand-ins Unschedulable and the eviction "
        "by a node"
    ),
    "Service, Ingress: an address": (
        "there is no cloud and no Ingress controller; a stand-in writes the address"
    ),
    "HorizontalPodAutoscaler: valid metrics": (
        "there is no metrics server; tests/health/test_other_kinds.py has these by hand"
    ),
    "CustomResourceDefinition: NonStructuralSchema": (
        "apiextensions.k8s.io/v1 refuses such a schema; only clusters upgraded from v1beta1 have it"
    ),
    "Workflow: any": (
        "its controller is no part of Kubernetes; tests/health/test_jobs.py has its phases by hand"
    ),
}
