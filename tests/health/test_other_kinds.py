import json
from typing import Any

import pytest

from tenter.health import assess


def status_of(api_version: str, kind: str, **parts: Any) -> tuple[str, str]:
    health = assess({"apiVersion": api_version, "kind": kind, **parts})
    assert health is not None
    return health.status.value, health.message


def condition(kind: str, status: str, reason: str = "", message: str = "") -> dict[str, str]:
    return {"type": kind, "status": status, "reason": reason, "message": message}


@pytest.mark.parametrize(
    ("kind", "ingress", "status"),
    [
        ("ClusterIP", [], "Healthy"),
        ("LoadBalancer", [], "Progressing"),
        ("LoadBalancer", [{}], "Progressing"),
        ("LoadBalancer", [{"ip": "192.0.2.1"}], "Healthy"),
        ("LoadBalancer", [{"hostname": "lb.example"}], "Healthy"),
    ],
)
def test_a_load_balancer_waits_for_its_address(
    kind: str, ingress: list[dict[str, str]], status: str
) -> None:
    found, _ = status_of(
        "v1", "Service", spec={"type": kind}, status={"loadBalancer": {"ingress": ingress}}
    )
    assert found == status


@pytest.mark.parametrize(
    ("ingress", "status"), [([], "Progressing"), ([{"ip": "192.0.2.1"}], "Healthy")]
)
def test_an_ingress_waits_for_its_address(ingress: list[dict[str, str]], status: str) -> None:
    found, _ = status_of(
        "networking.k8s.io/v1", "Ingress", status={"loadBalancer": {"ingress": ingress}}
    )
    assert found == status


@pytest.mark.parametrize(
    ("phase", "status"),
    [("Pending", "Progressing"), ("Bound", "Healthy"), ("Lost", "Degraded"), ("Odd", "Unknown")],
)
def test_a_volume_claim_is_judged_by_its_phase(phase: str, status: str) -> None:
    assert status_of("v1", "PersistentVolumeClaim", status={"phase": phase})[0] == status


ABLE = condition("AbleToScale", "True", "SucceededRescale", "rescaled")
WAITING = condition("AbleToScale", "True", "ReadyForNewScale", "recommended size matches")
UNABLE = condition("AbleToScale", "False", "FailedUpdateScale", "cannot write the scale")
BACKING_OFF = condition("AbleToScale", "False", "BackoffBoth", "scaled a moment ago")
SEEING = condition("ScalingActive", "True", "ValidMetricFound", "has its metric")
BLIND = condition("ScalingActive", "False", "FailedGetResourceMetric", "no metrics")
WRONG = condition("ScalingActive", "False", "InvalidSelector", "its selector is wrong")
DISABLED = condition("ScalingActive", "False", "ScalingDisabled", "the target has no replicas")
MOST = condition("ScalingLimited", "True", "TooManyReplicas", "more than the maximum")
WITHIN = condition("ScalingLimited", "False", "DesiredWithinRange", "in range")


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        ([], ("Progressing", "waiting to autoscale")),
        ([WITHIN], ("Healthy", "in range")),
        ([ABLE], ("Healthy", "rescaled")),
        ([WAITING, SEEING, WITHIN], ("Healthy", "in range")),
        ([WAITING, SEEING, MOST], ("Healthy", "more than the maximum")),
        ([WAITING, DISABLED], ("Healthy", "the target has no replicas")),
        ([BACKING_OFF, SEEING], ("Progressing", "waiting to autoscale")),
        ([UNABLE], ("Degraded", "cannot write the scale")),
        ([ABLE, BLIND], ("Degraded", "no metrics")),
        ([ABLE, WRONG, MOST], ("Degraded", "its selector is wrong")),
    ],
)
def test_an_autoscaler_is_judged_by_its_conditions(
    conditions: list[dict[str, str]], found: tuple[str, str]
) -> None:
    modern = status_of(
        "autoscaling/v2", "HorizontalPodAutoscaler", status={"conditions": conditions}
    )
    annotation = {"autoscaling.alpha.kubernetes.io/conditions": json.dumps(conditions)}
    old = status_of(
        "autoscaling/v1", "HorizontalPodAutoscaler", metadata={"annotations": annotation}
    )
    assert (modern, old) == (found, found)


@pytest.mark.parametrize(
    ("conditions", "status"),
    [
        ([], "Progressing"),
        ([condition("Established", "False", "Installing")], "Progressing"),
        ([condition("Established", "True"), condition("NamesAccepted", "True")], "Healthy"),
        ([condition("NamesAccepted", "False", message="conflict")], "Degraded"),
        (
            [condition("Established", "True"), condition("NonStructuralSchema", "True")],
            "Degraded",
        ),
        ([condition("Established", "True"), condition("Terminating", "True")], "Progressing"),
    ],
)
def test_a_definition_waits_to_be_established(
    conditions: list[dict[str, str]], status: str
) -> None:
    found, _ = status_of(
        "apiextensions.k8s.io/v1", "CustomResourceDefinition", status={"conditions": conditions}
    )
    assert found == status


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        ([], ("Progressing", "waiting to be available")),
        (
            [condition("Available", "False", "MissingEndpoints")],
            ("Progressing", "MissingEndpoints"),
        ),
        ([condition("Available", "True", "Passed", "ok")], ("Healthy", "Passed: ok")),
    ],
)
def test_an_api_service_waits_for_its_backend(
    conditions: list[dict[str, str]], found: tuple[str, str]
) -> None:
    assert (
        status_of("apiregistration.k8s.io/v1", "APIService", status={"conditions": conditions})
        == found
    )


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [("v1", "ConfigMap"), ("example.com/v1", "Job"), ("argoproj.io/v1alpha1", "Application")],
)
def test_any_other_kind_has_no_check(api_version: str, kind: str) -> None:
    assert assess({"apiVersion": api_version, "kind": kind}) is None


@pytest.mark.parametrize(
    ("annotations", "class_name", "message"),
    [
        ({}, "", "waiting for a volume"),
        ({}, "slow", "waiting for a volume of class slow (with WaitForFirstConsumer: "),
        (
            {"volume.kubernetes.io/storage-provisioner": "example.com/disks"},
            "slow",
            "waiting for example.com/disks to provision a volume",
        ),
        (
            {"volume.beta.kubernetes.io/storage-provisioner": "example.com/old"},
            "slow",
            "waiting for example.com/old to provision a volume",
        ),
    ],
)
def test_a_claim_says_for_whom_it_waits(
    annotations: dict[str, str], class_name: str, message: str
) -> None:
    status, found = status_of(
        "v1",
        "PersistentVolumeClaim",
        metadata={"annotations": annotations},
        spec={"storageClassName": class_name},
        status={"phase": "Pending"},
    )
    assert status == "Progressing"
    assert found.startswith(message)


def test_an_object_being_deleted_names_the_finalizers_that_keep_it() -> None:
    metadata = {"deletionTimestamp": "2024-01-01T00:00:00Z", "finalizers": ["a/b", 5, "c/d"]}
    found = status_of("v1", "ConfigMap", metadata=metadata)
    assert found == ("Progressing", "Pending deletion (finalizers: a/b, c/d)")


def test_an_object_being_deleted_is_progressing() -> None:
    found = status_of("v1", "ConfigMap", metadata={"deletionTimestamp": "2024-01-01T00:00:00Z"})
    assert found == ("Progressing", "Pending deletion")


def test_a_hook_being_deleted_is_still_judged_while_its_finalizer_keeps_it() -> None:
    metadata = {
        "deletionTimestamp": "2024-01-01T00:00:00Z",
        "finalizers": ["argocd.argoproj.io/hook-finalizer"],
    }
    found = status_of("v1", "Pod", metadata=metadata, status={"phase": "Succeeded"})
    assert found[0] == "Healthy"
