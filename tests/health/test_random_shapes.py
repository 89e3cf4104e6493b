"""Whatever a controller writes into a status, a check answers and does not raise."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tenter.health import Health, assess, failure_message, settled, waiting_reason

KINDS = [
    ("v1", "Pod"),
    ("v1", "Service"),
    ("v1", "PersistentVolumeClaim"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "ReplicaSet"),
    ("batch/v1", "Job"),
    ("networking.k8s.io/v1", "Ingress"),
    ("autoscaling/v1", "HorizontalPodAutoscaler"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("apiregistration.k8s.io/v1", "APIService"),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    ("argoproj.io/v1alpha1", "Workflow"),
]

WORDS = st.sampled_from(
    ["True", "False", "Running", "Failed", "Pending", "Available", "OnDelete", "LoadBalancer", "[{"]
)
NAMES = st.sampled_from(
    [
        "annotations",
        "autoscaling.alpha.kubernetes.io/conditions",
        "availableReplicas",
        "conditions",
        "containerStatuses",
        "deletionTimestamp",
        "exitCode",
        "finalizers",
        "generation",
        "ingress",
        "initContainerStatuses",
        "lastState",
        "loadBalancer",
        "message",
        "name",
        "observedGeneration",
        "partition",
        "phase",
        "reason",
        "replicas",
        "restartPolicy",
        "rollingUpdate",
        "state",
        "status",
        "suspend",
        "terminated",
        "type",
        "updateStrategy",
        "waiting",
    ]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | WORDS
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=25,
)


@given(kind=st.sampled_from(KINDS), metadata=VALUES, spec=VALUES, status=VALUES)
def test_a_random_shape_never_raises(
    kind: tuple[str, str], metadata: Any, spec: Any, status: Any
) -> None:
    obj = {
        "apiVersion": kind[0],
        "kind": kind[1],
        "metadata": metadata,
        "spec": spec,
        "status": status,
    }
    health = assess(obj)
    assert isinstance(health, Health)
    assert isinstance(health.message, str)
    assert isinstance(settled(obj, health, custom=True)[0], Health)
    assert isinstance(waiting_reason(obj), str)
    assert isinstance(failure_message(obj), str)
