"""Whatever a controller writes into a status, a check answers and does not raise."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tenter.health import (
    Health,
    assess,
    counted,
    failure_message,
    judge,
    overall,
    settled,
    waiting_reason,
)

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
        "active",
        "annotations",
        "autoscaling.alpha.kubernetes.io/conditions",
        "availableReplicas",
        "completions",
        "conditionType",
        "conditions",
        "containerStatuses",
        "deletionTimestamp",
        "exitCode",
        "failed",
        "failedIndexes",
        "finalizers",
        "generation",
        "ingress",
        "initContainerStatuses",
        "lastState",
        "loadBalancer",
        "managedBy",
        "message",
        "name",
        "observedGeneration",
        "partition",
        "phase",
        "readinessGates",
        "ready",
        "reason",
        "replicas",
        "restartCount",
        "restartPolicy",
        "rollingUpdate",
        "startTime",
        "state",
        "status",
        "storageClassName",
        "succeeded",
        "suspend",
        "terminated",
        "terminating",
        "type",
        "uncountedTerminatedPods",
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


CONDITIONS = st.lists(
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(
                ["Ready", "Failed", "Complete", "Suspended", "Progressing", "AbleToScale"]
            ),
            "status": st.sampled_from(["True", "False", "Unknown"]) | VALUES,
        },
        optional={"reason": VALUES, "message": VALUES},
    ),
    max_size=4,
)


@given(
    kind=st.sampled_from(KINDS),
    conditions=CONDITIONS,
    status=st.dictionaries(NAMES, VALUES, max_size=6),
    metadata=st.dictionaries(NAMES, VALUES, max_size=4),
    spec=st.dictionaries(NAMES, VALUES, max_size=6),
)
def test_conditions_of_a_random_shape_never_raise(
    kind: tuple[str, str], conditions: Any, status: Any, metadata: Any, spec: Any
) -> None:
    obj = {
        "apiVersion": kind[0],
        "kind": kind[1],
        "metadata": metadata,
        "spec": spec,
        "status": {**status, "conditions": conditions},
    }
    health = assess(obj)
    assert isinstance(health, Health)
    assert isinstance(health.message, str)
    assert overall([counted(obj, health)]) is not None


@given(obj=st.dictionaries(st.sampled_from(["apiVersion", "kind", "metadata", "status"]), VALUES))
async def test_what_is_hardly_an_object_never_raises(obj: Any) -> None:
    health, _ = await judge(obj)
    assert health is None or isinstance(health, Health)
