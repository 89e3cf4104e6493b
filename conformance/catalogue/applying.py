"""Server-side apply: ownership, conflicts, and what is refused."""

from __future__ import annotations

from conformance.catalogue.objects import config_map, deployment, pod_template, service
from conformance.catalogue.steps import (
    CORE,
    DEPLOYMENT,
    MAP,
    MAPS,
    apply,
    get,
    patch,
    post,
    put,
    script,
)
from conformance.scripts import APPLY

APPLYING = (
    script(
        "apply creates, changes, takes away",
        apply(MAP, config_map()),
        apply(MAP, config_map(data={"colour": "blue", "size": "big"})),
        apply(MAP, config_map(data={"size": "big"})),
        apply(MAP, config_map(data={})),
        apply(MAP, {"apiVersion": "v1", "kind": "ConfigMap"}),
    ),
    script(
        "apply by two managers",
        apply(MAP, config_map(), "one"),
        apply(MAP, config_map(), "two"),
        apply(MAP, config_map(data={"colour": "blue"}), "two"),
        apply(MAP, config_map(data={"colour": "blue"}), "two", force="true"),
        apply(MAP, config_map(data={"size": "big"}), "one"),
        apply(MAP, config_map(data={}), "two"),
        apply(MAP, config_map(data={}), "one"),
        get(MAP),
    ),
    script(
        "apply and update by turns",
        post(MAPS, config_map(data={"a": "1", "b": "2"}), fieldManager="maker"),
        apply(MAP, config_map(data={"a": "2"}), "one"),
        apply(MAP, config_map(data={"a": "2"}), "one", force="true"),
        patch(MAP, {"data": {"a": "3", "c": "4"}}, fieldManager="other"),
        apply(MAP, config_map(data={"a": "2"}), "one"),
        patch(MAP, {"data": {"a": None}}, fieldManager="other"),
        put(MAP, config_map(data={"z": "9"}), fieldManager="maker"),
        patch(MAP, {"metadata": {"managedFields": [{}]}}),
        get(MAP),
    ),
    script(
        "apply that is refused",
        patch(MAP, config_map(), APPLY),
        apply(MAP, config_map("other")),
        apply(MAP, {"metadata": {"name": "settings"}}),
        apply(MAP, config_map(managedFields=[])),
        apply(MAP, config_map(managedFields=[{"manager": "x"}])),
        apply(MAP, config_map(uid="00000000-0000-4000-8000-000000000000")),
        apply(MAP, config_map(resourceVersion="1")),
        apply(MAP, "no: [yaml"),
        apply(MAP, config_map(labels={"not a label": "!"})),
        apply(MAP, {**config_map(), "status": {}}),
        apply(MAP, config_map(creationTimestamp=None)),
        apply(MAP, config_map(), force="maybe"),
        apply(MAP, config_map(), "m" * 200),
        patch(MAP, {"data": {"x": "y"}}, force="true"),
        patch(MAPS, config_map(), APPLY, fieldManager="one"),
    ),
    script(
        "apply to keyed lists",
        apply(DEPLOYMENT, deployment(paused=True), "one"),
        apply(
            DEPLOYMENT,
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": "web"},
                "spec": {
                    "template": {
                        "spec": {
                            "containers": [{"name": "main", "env": [{"name": "A", "value": "1"}]}]
                        }
                    }
                },
            },
            "two",
        ),
        apply(
            DEPLOYMENT,
            deployment(
                paused=True,
                template=pod_template(
                    containers=[
                        {
                            "name": "main",
                            "image": "registry.example/web:2",
                            "ports": [{"containerPort": 80}, {"containerPort": 81}],
                        },
                        {"name": "side", "image": "registry.example/side:1"},
                    ]
                ),
            ),
            "one",
        ),
        apply(DEPLOYMENT, deployment(paused=True), "one"),
        apply(
            DEPLOYMENT,
            deployment(
                template=pod_template(
                    containers=[
                        {
                            "name": "main",
                            "image": "a:1",
                            "env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}],
                        }
                    ]
                )
            ),
            "three",
        ),
        get(DEPLOYMENT),
    ),
    script(
        "apply to a Service",
        apply(f"{CORE}/services/web", service(), "one"),
        apply(
            f"{CORE}/services/web", service(ports=[{"port": 80}, {"port": 81, "name": "b"}]), "one"
        ),
        apply(
            f"{CORE}/services/web",
            service(ports=[{"port": 80, "name": "a"}, {"port": 81, "name": "b"}]),
            "one",
        ),
        apply(f"{CORE}/services/web", service(clusterIP="None"), "one"),
        apply(
            f"{CORE}/services/web", service(type="ExternalName", externalName="x.example"), "one"
        ),
    ),
)
