from __future__ import annotations

import copy
from typing import Any

import pytest
from tests.embedded.schema.kinds import (
    causes,
    custom,
    deployment,
    filled,
    job,
    pod,
    struct,
    template,
)

from tenter.embedded.schema import summary, validate, validate_update
from tenter.manifests import Manifest

SERVICE: dict[str, Any] = {"ports": [{"port": 80}]}


@pytest.mark.parametrize(
    "obj",
    [
        deployment(),
        job(),
        pod(),
        filled("v1", "ConfigMap", data={"a.b": "1"}),
        filled("v1", "Secret", stringData={"a": "1"}),
        filled("v1", "Service", spec=SERVICE),
        filled("v1", "Namespace"),
        filled("v1", "ServiceAccount"),
        filled("v1", "Service", spec={"clusterIP": "None"}),
        filled("networking.k8s.io/v1", "NetworkPolicy", spec={"podSelector": {}}),
        filled("rbac.authorization.k8s.io/v1", "ClusterRole", metadata={"name": "system:a"}),
        filled("coordination.k8s.io/v1", "Lease"),
        filled("batch/v1", "CronJob", spec={"schedule": "@daily", "jobTemplate": job()}),
    ],
    ids=lambda obj: obj["kind"],
)
def test_an_ordinary_object_is_accepted(obj: Manifest) -> None:
    if obj["kind"] == "CronJob":
        obj = copy.deepcopy(obj)
        obj["spec"]["jobTemplate"] = {"spec": {"template": template(restartPolicy="Never")}}
    assert causes(obj) == []


def test_a_label_is_refused_in_kubernetes_words() -> None:
    obj = filled("v1", "ServiceAccount", metadata={"labels": {"a": "b c"}})
    (cause,) = validate(obj, struct("v1", "ServiceAccount"))
    assert cause.as_dict["reason"] == "FieldValueInvalid"
    assert cause.as_dict["field"] == "metadata.labels"
    assert cause.as_dict["message"].startswith('Invalid value: "b c": a valid label must be')


@pytest.mark.parametrize(
    ("api_version", "kind", "name"),
    [
        ("v1", "ConfigMap", "A_b"),
        ("v1", "ConfigMap", "-a"),
        ("v1", "ConfigMap", "a" * 254),
        ("v1", "Namespace", "a.b"),
        ("v1", "Service", "a.b"),
        ("rbac.authorization.k8s.io/v1", "Role", "a/b"),
    ],
)
def test_a_name_unfit_for_its_kind_is_refused(api_version: str, kind: str, name: str) -> None:
    obj = filled(api_version, kind, metadata={"name": name}, spec=SERVICE)
    assert causes(obj)[0].startswith("metadata.name: Invalid value: ")


@pytest.mark.parametrize("key", ["", "a b", "/a", "a/b/c", "-a", "a" * 64, "A.b/c d"])
def test_a_label_key_must_be_a_qualified_name(key: str) -> None:
    assert causes(filled("v1", "ConfigMap", metadata={"labels": {key: "x"}}))


@pytest.mark.parametrize(
    ("spec", "cause"),
    [
        ({"containers": []}, "spec.containers: Required value"),
        ({"containers": [{"name": "m"}]}, "spec.containers[0].image: Required value"),
        ({"containers": [{"image": "i"}]}, "spec.containers[0].name: Required value"),
        (
            {"containers": [{"name": "m", "image": "i"}, {"name": "m", "image": "i"}]},
            'spec.containers[1].name: Duplicate value: "m"',
        ),
        (
            {"restartPolicy": "Sometimes"},
            (
                'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always",'
                ' "Never", "OnFailure"'
            ),
        ),
        (
            {"volumes": [{"name": "v", "emptyDir": {}}, {"name": "v", "emptyDir": {}}]},
            'spec.volumes[1].name: Duplicate value: "v"',
        ),
        (
            {
                "containers": [
                    {
                        "name": "m",
                        "image": "i",
                        "volumeMounts": [{"name": "v", "mountPath": "/v"}],
                    }
                ]
            },
            'spec.containers[0].volumeMounts[0].name: Not found: "v"',
        ),
        (
            {"containers": [{"name": "m", "image": "i", "ports": [{"containerPort": 70000}]}]},
            (
                "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1"
                " and 65535, inclusive"
            ),
        ),
        (
            {
                "containers": [
                    {
                        "name": "m",
                        "image": "i",
                        "resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}},
                    }
                ]
            },
            (
                'spec.containers[0].resources.requests: Invalid value: "2":'
                " must be less than or equal to cpu limit of 1"
            ),
        ),
    ],
)
def test_a_faulty_pod_is_refused(spec: dict[str, Any], cause: str) -> None:
    assert causes(pod(**spec)) == [cause]


@pytest.mark.parametrize(
    ("spec", "cause"),
    [
        ({"replicas": -1}, "spec.replicas: Invalid value: -1: must be greater than or equal to 0"),
        (
            {"selector": {"matchLabels": {"app": "y"}}},
            (
                'spec.template.metadata.labels: Invalid value: {"app":"x"}:'
                " `selector` does not match template `labels`"
            ),
        ),
        (
            {"template": template(restartPolicy="Never")},
            (
                'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values:'
                ' "Always"'
            ),
        ),
        (
            {"strategy": {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}},
            (
                "spec.strategy.rollingUpdate: Forbidden:"
                " may not be specified when strategy `type` is 'Recreate'"
            ),
        ),
        (
            {"strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}},
            (
                "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when"
                " `maxSurge` is 0"
            ),
        ),
        (
            {"selector": {}},
            "spec.selector: Invalid value: {}: empty selector is invalid for deployment",
        ),
    ],
)
def test_a_faulty_deployment_is_refused(spec: dict[str, Any], cause: str) -> None:
    assert causes(deployment(**spec)) == [cause]


def test_a_job_must_not_restart_always() -> None:
    assert causes(job(template=template())) == [
        'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'
    ]


@pytest.mark.parametrize(
    ("spec", "cause"),
    [
        ({}, "spec.ports: Required value"),
        (
            {"ports": [{"port": 80}, {"port": 81, "name": "b"}]},
            "spec.ports[0].name: Required value",
        ),
        (
            {"ports": [{"port": 80, "name": "a"}, {"port": 80, "name": "b"}]},
            'spec.ports[1]: Duplicate value: {"port":80,"protocol":"TCP"}',
        ),
        (
            {"ports": [{"port": 80, "nodePort": 1}], "type": "NodePort"},
            (
                "spec.ports[0].nodePort: Invalid value: 1: provided port is not in the valid range."
                " The range of valid ports is 30000-32767"
            ),
        ),
    ],
)
def test_a_faulty_service_is_refused(spec: dict[str, Any], cause: str) -> None:
    assert causes(filled("v1", "Service", spec=spec)) == [cause]


def test_keys_of_data_must_be_file_names() -> None:
    assert causes(filled("v1", "ConfigMap", data={"a b": "1"}))[0].startswith("data[a b]: Invalid")
    assert causes(filled("v1", "Secret", data={"a b": "MQ=="}))[0].startswith("data[a b]: Invalid")


def test_a_config_map_has_a_largest_size() -> None:
    big = filled("v1", "ConfigMap", data={"a": "x" * (1024 * 1024 + 1)})
    assert causes(big) == ["[]: Too long: may not be more than 1048576 bytes"]


def test_a_definition_is_named_after_its_kind() -> None:
    obj = filled(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        metadata={"name": "things.h.io"},
        spec={
            "group": "g.io",
            "scope": "Namespaced",
            "names": {"kind": "Thing", "plural": "things"},
            "versions": [{"name": "v1", "served": True, "storage": True}],
        },
        status={"storedVersions": ["v1"]},
    )
    assert causes(obj) == [
        'metadata.name: Invalid value: "things.h.io": must be spec.names.plural+"."+spec.group',
        "spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required",
    ]


def test_several_causes_are_listed_in_brackets() -> None:
    obj = pod(containers=[{"name": "m"}], restartPolicy="x")
    text = summary(validate(obj, struct("v1", "Pod")))
    assert text.startswith("[spec.restartPolicy: Unsupported value")
    assert text.endswith("spec.containers[0].image: Required value]")


def changed(old: Manifest, **spec: Any) -> list[str]:
    new = {**copy.deepcopy(old), "spec": {**copy.deepcopy(old["spec"]), **spec}}
    return [str(c) for c in validate_update(old, new, struct(old["apiVersion"], old["kind"]))]


def test_a_pods_image_may_change_and_little_else() -> None:
    containers = [{**pod()["spec"]["containers"][0], "image": "busybox:2"}]
    assert changed(pod(), containers=containers) == []
    (cause,) = changed(pod(), hostname="h")
    assert cause.startswith("spec: Forbidden: pod updates may not change fields other than ")


def test_a_pod_gets_its_node_by_binding_only() -> None:
    new = pod(nodeName="n")
    type_ = struct("v1", "Pod")
    assert validate_update(pod(), new, type_)
    assert not validate_update(pod(), new, type_, subresource="binding")


def test_a_selector_never_changes() -> None:
    new_template = template(restartPolicy="Always")
    new_template["metadata"]["labels"]["b"] = "c"
    selector = {"matchLabels": {"b": "c"}}
    assert changed(deployment(), selector=selector, template=new_template) == [
        'spec.selector: Invalid value: {"matchLabels":{"b":"c"}}: field is immutable'
    ]


def test_a_jobs_template_never_changes() -> None:
    old = job()
    new = copy.deepcopy(old["spec"]["template"])
    new["spec"]["containers"][0]["image"] = "other"
    (cause,) = changed(old, template=new)
    assert cause.startswith("spec.template: Invalid value: {")
    assert cause.endswith(": field is immutable")
    assert changed(old, parallelism=0, suspend=True) == []


def test_a_suspended_jobs_placement_may_change() -> None:
    conditions = [{"type": "Suspended", "status": "True"}]
    old = {**job(suspend=True), "status": {"conditions": conditions}}
    new = copy.deepcopy(old["spec"]["template"])
    new["spec"]["nodeSelector"] = {"disk": "ssd"}
    assert changed(old, template=new) == []
    assert changed({**old, "status": {}}, template=new)
    assert changed({**old, "status": {"conditions": conditions, "active": 1}}, template=new)


def test_a_stateful_sets_claims_never_change() -> None:
    spec = {"template": template(), "selector": {"matchLabels": {"app": "x"}}, "serviceName": "x"}
    old = filled("apps/v1", "StatefulSet", spec=spec)
    assert changed(old, replicas=3) == []
    assert changed(old, serviceName="y") == [
        (
            "spec: Forbidden: updates to statefulset spec for fields other than 'replicas',"
            " 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit',"
            " 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
        )
    ]


def test_an_immutable_config_map_stays_as_it_is() -> None:
    type_ = struct("v1", "ConfigMap")
    old = filled("v1", "ConfigMap", data={"a": "1"}, immutable=True)
    new = {**old, "data": {"a": "2"}, "immutable": False}
    assert [str(c) for c in validate_update(old, new, type_)] == [
        "immutable: Forbidden: field is immutable when `immutable` is set",
        "data: Forbidden: field is immutable when `immutable` is set",
    ]
    relabelled = {**old, "metadata": {"name": "x", "labels": {"a": "b"}}}
    assert validate_update(old, relabelled, type_) == []


def test_a_secrets_type_never_changes() -> None:
    old = filled("v1", "Secret")
    new = {**old, "type": "other"}
    assert [str(c) for c in validate_update(old, new, struct("v1", "Secret"))] == [
        'type: Invalid value: "other": field is immutable'
    ]


def test_a_binding_keeps_its_role() -> None:
    kind = "RoleBinding"
    api = "rbac.authorization.k8s.io/v1"
    old = filled(api, kind, roleRef={"kind": "Role", "name": "a"})
    new = filled(api, kind, roleRef={"kind": "Role", "name": "b"})
    (cause,) = validate_update(old, new, struct(api, kind))
    assert str(cause).startswith("roleRef: Invalid value: ")
    assert str(cause).endswith(": cannot change roleRef")


def test_identity_never_changes() -> None:
    old = filled("v1", "ConfigMap", metadata={"uid": "1"})
    new = filled("v1", "ConfigMap", metadata={"uid": "2"})
    assert [str(c) for c in validate_update(old, new, struct("v1", "ConfigMap"))] == [
        'metadata.uid: Invalid value: "2": field is immutable'
    ]


CHECKED = custom(
    {
        "type": "object",
        "required": ["size"],
        "properties": {
            "size": {"type": "integer", "minimum": 1, "maximum": 3},
            "mode": {"type": "string", "enum": ["a", "b"]},
            "code": {"type": "string", "pattern": "^x", "minLength": 2, "maxLength": 3},
            "tags": {
                "type": "array",
                "x-kubernetes-list-type": "set",
                "maxItems": 2,
                "items": {"type": "string"},
            },
            "either": {
                "type": "object",
                "properties": {"l": {"type": "string"}, "r": {"type": "string"}},
                "oneOf": [{"required": ["l"]}, {"required": ["r"]}],
            },
        },
    }
)


@pytest.mark.parametrize(
    ("spec", "cause"),
    [
        ({}, "spec.size: Required value"),
        (
            {"size": 0},
            "spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1",
        ),
        (
            {"size": 4},
            "spec.size: Invalid value: 4: spec.size in body should be less than or equal to 3",
        ),
        (
            {"size": 1, "mode": "c"},
            'spec.mode: Unsupported value: "c": supported values: "a", "b"',
        ),
        (
            {"size": 1, "code": "yz"},
            "spec.code: Invalid value: \"yz\": spec.code in body should match '^x'",
        ),
        (
            {"size": 1, "code": "x"},
            'spec.code: Invalid value: "x": spec.code in body should be at least 2 chars long',
        ),
        ({"size": 1, "code": "xxxx"}, "spec.code: Too long: may not be more than 3 bytes"),
        ({"size": 1, "tags": ["a", "a"]}, 'spec.tags[1]: Duplicate value: "a"'),
        (
            {"size": 1, "tags": ["a", "b", "c"]},
            "spec.tags: Too many: 3: must have at most 2 items",
        ),
        (
            {"size": 1, "either": {}},
            (
                'spec.either: Invalid value: "": spec.either must validate one and only one schema'
                " (oneOf). Found none valid"
            ),
        ),
    ],
)
def test_a_custom_object_is_judged_by_its_schema(spec: dict[str, Any], cause: str) -> None:
    obj = {"metadata": {"name": "t"}, "spec": spec}
    assert [str(found) for found in validate(obj, CHECKED)] == [cause]


def test_a_good_custom_object_is_accepted() -> None:
    spec = {"size": 2, "mode": "a", "code": "xy", "tags": ["a", "b"], "either": {"l": "1"}}
    assert validate({"metadata": {"name": "t"}, "spec": spec}, CHECKED) == []
