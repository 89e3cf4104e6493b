from __future__ import annotations

import copy
from typing import Any

import pytest
from tests.embedded.schema.kinds import custom, deployment, filled, job, pod, struct, template

from tenter.embedded.schema import canonical, default


def test_a_deployment_is_filled_in() -> None:
    spec = deployment()["spec"]
    assert spec["replicas"] == 1
    assert spec["revisionHistoryLimit"] == 10
    assert spec["progressDeadlineSeconds"] == 600
    assert spec["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
    }


def test_a_recreating_deployment_rolls_nothing() -> None:
    assert deployment(strategy={"type": "Recreate"})["spec"]["strategy"] == {"type": "Recreate"}


def test_a_pod_template_is_filled_in() -> None:
    spec = deployment()["spec"]["template"]["spec"]
    container = spec.pop("containers")[0]
    assert spec == {
        "dnsPolicy": "ClusterFirst",
        "restartPolicy": "Always",
        "schedulerName": "default-scheduler",
        "securityContext": {},
        "terminationGracePeriodSeconds": 30,
    }
    assert container == {
        "name": "main",
        "image": "busybox:1",
        "imagePullPolicy": "IfNotPresent",
        "resources": {},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
    }


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("busybox", "Always"),
        ("busybox:latest", "Always"),
        ("busybox:1", "IfNotPresent"),
        ("registry:5000/busybox", "Always"),
        ("registry:5000/busybox:1", "IfNotPresent"),
        ("busybox@sha256:00", "IfNotPresent"),
        ("busybox:latest@sha256:00", "IfNotPresent"),
    ],
)
def test_the_pull_policy_follows_the_tag(image: str, policy: str) -> None:
    made = pod(containers=[{"name": "m", "image": image}])
    assert made["spec"]["containers"][0]["imagePullPolicy"] == policy


def test_probes_ports_and_references_are_filled_in() -> None:
    container = {
        "name": "m",
        "image": "i",
        "ports": [{"containerPort": 80}],
        "readinessProbe": {"httpGet": {"port": 80}},
        "env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
    }
    made = pod(containers=[container])["spec"]["containers"][0]
    assert made["ports"] == [{"containerPort": 80, "protocol": "TCP"}]
    assert made["readinessProbe"] == {
        "httpGet": {"port": 80, "path": "/", "scheme": "HTTP"},
        "failureThreshold": 3,
        "periodSeconds": 10,
        "successThreshold": 1,
        "timeoutSeconds": 1,
    }
    assert made["env"][0]["valueFrom"]["fieldRef"]["apiVersion"] == "v1"


def test_volumes_are_filled_in() -> None:
    volumes = [
        {"name": "a", "configMap": {"name": "c"}},
        {"name": "b", "secret": {"secretName": "s"}},
        {"name": "c"},
    ]
    made = pod(volumes=volumes)["spec"]["volumes"]
    assert made[0]["configMap"]["defaultMode"] == 420
    assert made[1]["secret"]["defaultMode"] == 420
    assert made[2] == {"name": "c", "emptyDir": {}}


def test_a_pod_requests_what_it_limits_itself_to() -> None:
    limits = {"cpu": "1000m", "memory": "1024Mi"}
    made = pod(containers=[{"name": "m", "image": "i", "resources": {"limits": limits}}])
    amounts = {"cpu": "1", "memory": "1Gi"}
    assert made["spec"]["containers"][0]["resources"] == {"limits": amounts, "requests": amounts}
    assert made["status"]["qosClass"] == "Guaranteed"


def test_a_job_is_filled_in() -> None:
    made = job()
    spec = made["spec"]
    assert {k: spec[k] for k in spec if k not in {"template", "selector"}} == {
        "backoffLimit": 6,
        "completionMode": "NonIndexed",
        "completions": 1,
        "manualSelector": False,
        "parallelism": 1,
        "podReplacementPolicy": "TerminatingOrFailed",
        "suspend": False,
    }
    assert made["metadata"]["labels"] == spec["template"]["metadata"]["labels"]


def test_a_job_keeps_labels_of_its_own() -> None:
    made = filled(
        "batch/v1", "Job", metadata={"labels": {"own": "1"}}, spec={"template": template()}
    )
    assert made["metadata"]["labels"] == {"own": "1"}


def test_a_job_selects_by_its_uid() -> None:
    spec = job()["spec"]
    assert spec["selector"] == {"matchLabels": {"batch.kubernetes.io/controller-uid": "u"}}
    assert spec["template"]["metadata"]["labels"] == {
        "app": "x",
        "batch.kubernetes.io/controller-uid": "u",
        "batch.kubernetes.io/job-name": "x",
        "controller-uid": "u",
        "job-name": "x",
    }


def test_a_grace_period_is_never_negative() -> None:
    assert pod(terminationGracePeriodSeconds=-1)["spec"]["terminationGracePeriodSeconds"] == 1


def test_a_job_with_parallelism_alone_is_a_work_queue() -> None:
    assert "completions" not in job(parallelism=2)["spec"]


def test_a_service_is_filled_in() -> None:
    spec = filled("v1", "Service", spec={"ports": [{"port": 80}]})["spec"]
    assert spec == {
        "type": "ClusterIP",
        "sessionAffinity": "None",
        "internalTrafficPolicy": "Cluster",
        "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}],
    }


def test_an_external_name_has_no_addresses() -> None:
    spec = filled("v1", "Service", spec={"type": "ExternalName", "externalName": "a.b"})["spec"]
    assert spec == {"type": "ExternalName", "externalName": "a.b", "sessionAffinity": "None"}


def test_string_data_becomes_data() -> None:
    made = filled("v1", "Secret", data={"a": "MQ=="}, stringData={"a": "2", "b": "3"})
    assert made["data"] == {"a": "Mg==", "b": "Mw=="}
    assert "stringData" not in made
    assert made["type"] == "Opaque"


def test_a_namespace_is_labelled_with_its_name() -> None:
    made = filled("v1", "Namespace")
    assert made["metadata"]["labels"] == {"kubernetes.io/metadata.name": "x"}


def test_role_references_and_subjects_get_their_group() -> None:
    made = filled(
        "rbac.authorization.k8s.io/v1",
        "RoleBinding",
        roleRef={"kind": "Role", "name": "r"},
        subjects=[
            {"kind": "User", "name": "u"},
            {"kind": "ServiceAccount", "name": "s", "namespace": "d"},
        ],
    )
    assert made["roleRef"]["apiGroup"] == "rbac.authorization.k8s.io"
    assert [s.get("apiGroup") for s in made["subjects"]] == ["rbac.authorization.k8s.io", None]


def test_other_kinds_are_filled_in() -> None:
    spec = {"template": template(), "selector": {"matchLabels": {"app": "x"}}, "serviceName": "x"}
    stateful = filled("apps/v1", "StatefulSet", spec=spec)["spec"]
    assert stateful["podManagementPolicy"] == "OrderedReady"
    assert stateful["updateStrategy"]["rollingUpdate"] == {"partition": 0}
    daemon = filled("apps/v1", "DaemonSet", spec=spec)["spec"]
    assert daemon["updateStrategy"]["rollingUpdate"] == {"maxSurge": 0, "maxUnavailable": 1}
    claim = filled("v1", "PersistentVolumeClaim", spec={})["spec"]
    assert claim["volumeMode"] == "Filesystem"
    cron = filled("batch/v1", "CronJob", spec={"schedule": "* * * * *"})["spec"]
    assert cron["concurrencyPolicy"] == "Allow"


def test_filling_in_twice_changes_nothing() -> None:
    for obj in (deployment(), job(), pod(), filled("v1", "Secret", stringData={"a": "1"})):
        assert default(obj, struct(obj["apiVersion"], obj["kind"])) is obj


def test_filling_in_does_not_change_what_it_is_given() -> None:
    obj: dict[str, Any] = {"metadata": {"name": "x"}, "spec": {"template": template()}}
    before = copy.deepcopy(obj)
    default(obj, struct("apps/v1", "Deployment"))
    assert obj == before


def test_defaults_are_not_shared_between_objects() -> None:
    deployment()["spec"]["template"]["spec"]["securityContext"]["runAsUser"] = 1
    assert deployment()["spec"]["template"]["spec"]["securityContext"] == {}


def test_a_custom_kind_is_filled_in_by_its_schema() -> None:
    inner = {
        "type": "object",
        "default": {},
        "properties": {"b": {"type": "integer", "default": 2}},
    }
    fields = {"a": {"type": "string", "default": "x"}, "inner": inner}
    type_ = custom({"type": "object", "properties": fields})
    assert default({"spec": {}}, type_) == {"spec": {"a": "x", "inner": {"b": 2}}}
    assert default({}, type_) == {}


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("1000m", "1"),
        ("0.5", "500m"),
        (0.5, "500m"),
        (2, "2"),
        ("1024Mi", "1Gi"),
        ("1500Mi", "1500Mi"),
        ("1000", "1k"),
        ("1e3", "1e3"),
        ("0", "0"),
        ("1.5Gi", "1536Mi"),
        ("no", "no"),
    ],
)
def test_quantities_are_stored_in_one_form(written: Any, stored: str) -> None:
    assert canonical(written) == stored


def test_amounts_are_compared_not_texts() -> None:
    assert canonical("1000m") == canonical("1") == "1"
    assert canonical("1Ki") != canonical("1k")


def test_what_kubernetes_always_writes_stands_in_an_object_that_does_not_state_it() -> None:
    budget = filled("policy/v1", "PodDisruptionBudget")
    assert budget["spec"] == {}
    assert budget["status"] == {
        "currentHealthy": 0,
        "desiredHealthy": 0,
        "disruptionsAllowed": 0,
        "expectedPods": 0,
    }


def test_a_list_that_kubernetes_always_writes_is_null_while_it_is_empty() -> None:
    assert filled("rbac.authorization.k8s.io/v1", "Role", rules=[])["rules"] is None
