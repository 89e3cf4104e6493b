"""Refusals that belong to no kind: sizes, methods, media types; and values written otherwise."""

from __future__ import annotations

from conformance.catalogue.objects import config_map, deployment, pod_template
from conformance.catalogue.steps import (
    CORE,
    DEPLOYMENT,
    DEPLOYMENTS,
    MAP,
    MAPS,
    apply,
    get,
    patch,
    post,
    put,
    script,
)
from conformance.scripts import APPLY, JSON_PATCH, MERGE, Script, Step

_YAML = "application/yaml"


def _sized(cpu: object) -> dict[str, object]:
    container = {"name": "main", "image": "a:1", "resources": {"limits": {"cpu": cpu}}}
    return deployment(paused=True, template=pod_template(containers=[container]))


REFUSING: tuple[Script, ...] = (
    script(
        "what is too large",
        post(MAPS, config_map(data={"a": "x" * 1_100_000})),
        post(MAPS, config_map(data={"a": "x" * 3_200_000})),
        post(MAPS, config_map(annotations={"a": "x" * 300_000})),
        post(
            f"{CORE}/secrets",
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": "big"},
                "stringData": {"a": "x" * 1_100_000},
            },
        ),
        post(MAPS, config_map(data={"k" * 254: "x"})),
        post(MAPS, config_map(labels={"a": "x" * 64})),
        post(MAPS, config_map(labels={"k" * 64: "x"})),
    ),
    script(
        "methods and media types",
        Step(method="PUT", path="/api/v1/namespaces", body={}),
        Step(method="DELETE", path="/api/v1"),
        Step(method="POST", path="/version", body={}),
        Step(method="POST", path=MAPS, body=config_map(), content_type="text/plain"),
        Step(method="POST", path=MAPS, body=config_map(), content_type=MERGE),
        Step(
            method="POST",
            path=MAPS,
            body="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n",
            content_type=_YAML,
        ),
        Step(
            method="PUT",
            path=MAP,
            body="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: b}\n",
            content_type=_YAML,
        ),
        Step(method="POST", path=MAPS, body="a: [", content_type=_YAML),
        Step(method="PATCH", path=MAP, body={"a": "b"}),
        Step(method="PATCH", path=MAP, body="data: {c: d}", content_type=MERGE),
        Step(
            method="PATCH",
            path=MAP,
            body="apiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n",
            content_type=APPLY,
            query={"fieldManager": "one"},
        ),
        Step(method="PATCH", path=MAP, body="", content_type=MERGE),
        Step(method="POST", path=MAPS, body=""),
        Step(method="PUT", path=MAP, body=""),
        Step(method="GET", path=f"{MAP}/none/at/all"),
        Step(method="GET", path="/api/v1/namespaces/{ns}/"),
    ),
    script(
        "a put that says too little, or something else",
        post(MAPS, config_map(labels={"a": "b"})),
        put(MAP, {"apiVersion": "v1", "kind": "ConfigMap"}),
        put(MAP, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}}),
        put(MAP, {"metadata": {"name": "settings"}}),
        put(MAP, {**config_map(), "kind": "Secret"}),
        put(MAP, config_map(namespace="other")),
        put(MAP, config_map(creationTimestamp="2020-01-01T00:00:00Z")),
        put(MAP, config_map(deletionTimestamp="2020-01-01T00:00:00Z")),
        put(MAP, config_map(generation=7, selfLink="/here")),
        put(MAP, config_map(resourceVersion="x")),
        patch(MAP, {"metadata": {"creationTimestamp": "2020-01-01T00:00:00Z"}}),
        patch(MAP, {"metadata": {"creationTimestamp": None, "uid": None}}),
        patch(MAP, {"metadata": {"namespace": "other"}}),
        patch(MAP, {"metadata": None}),
        patch(MAP, {"metadata": {"generateName": "x-"}}),
        patch(MAP, [{"op": "replace", "path": "", "value": {}}], JSON_PATCH),
        get(MAP),
    ),
    script(
        "quantities written in several ways",
        post(DEPLOYMENTS, _sized("1000m")),
        apply(DEPLOYMENT, _sized("1"), "one"),
        apply(DEPLOYMENT, _sized("1000m"), "one"),
        apply(DEPLOYMENT, _sized("1"), "one"),
        apply(DEPLOYMENT, _sized(1), "two"),
        apply(DEPLOYMENT, _sized("2000m"), "two", force="true"),
        apply(DEPLOYMENT, _sized("2"), "two"),
        apply(DEPLOYMENT, _sized("lots"), "two"),
        patch(
            DEPLOYMENT,
            [
                {
                    "op": "replace",
                    "path": "/spec/template/spec/containers/0/resources/limits/cpu",
                    "value": "0.5",
                }
            ],
            JSON_PATCH,
        ),
        post(DEPLOYMENTS, _sized("-1"), dryRun="All"),
    ),
)
