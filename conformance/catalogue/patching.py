"""Every patch type but apply, and what may not change."""

from __future__ import annotations

from conformance.catalogue.objects import config_map, deployment
from conformance.catalogue.steps import DEPLOYMENT, DEPLOYMENTS, MAP, MAPS, get, patch, post, script
from conformance.scripts import JSON_PATCH, STRATEGIC

PATCHING = (
    script(
        "JSON patches",
        post(MAPS, config_map(labels={"a": "1"})),
        patch(MAP, [{"op": "add", "path": "/data/size", "value": "big"}], JSON_PATCH),
        patch(MAP, [{"op": "replace", "path": "/data/size", "value": "small"}], JSON_PATCH),
        patch(MAP, [{"op": "test", "path": "/data/size", "value": "big"}], JSON_PATCH),
        patch(
            MAP,
            [
                {"op": "test", "path": "/data/size", "value": "small"},
                {"op": "remove", "path": "/data/size"},
            ],
            JSON_PATCH,
        ),
        patch(MAP, [{"op": "remove", "path": "/data/size"}], JSON_PATCH),
        patch(MAP, [{"op": "replace", "path": "/data/none", "value": "x"}], JSON_PATCH),
        patch(MAP, [{"op": "copy", "from": "/data/colour", "path": "/data/copy"}], JSON_PATCH),
        patch(MAP, [{"op": "move", "from": "/data/copy", "path": "/data/moved"}], JSON_PATCH),
        patch(MAP, [{"op": "add", "path": "/metadata/labels/b~1c", "value": "2"}], JSON_PATCH),
        patch(MAP, [{"op": "paint", "path": "/data"}], JSON_PATCH),
        patch(MAP, {"op": "add"}, JSON_PATCH),
        patch(MAP, [{"op": "remove", "path": "/metadata/name"}], JSON_PATCH),
        patch(MAP, [{"op": "add", "path": "/data/count", "value": 3}], JSON_PATCH),
        patch(MAP, [], JSON_PATCH),
    ),
    script(
        "merge patches",
        post(MAPS, config_map(labels={"a": "1", "b": "2"})),
        patch(MAP, {"metadata": {"labels": {"a": None, "c": "3"}}}),
        patch(MAP, {"data": None}),
        patch(MAP, {"data": {"x": "1"}, "metadata": {"annotations": {"note": "here"}}}),
        patch(MAP, {"metadata": {"resourceVersion": "$0.metadata.resourceVersion"}}),
        patch(MAP, {"metadata": {"name": "other"}}),
        patch(MAP, {"metadata": {"uid": "00000000-0000-4000-8000-000000000000"}}),
        patch(MAP, {"immutable": True}),
        patch(MAP, {"data": {"x": "2"}}),
        patch(MAP, "[1]"),
        patch(MAP, "{"),
        patch(MAP, {"kind": "Secret"}),
        patch(MAP, {"a": "b"}, "application/unknown-patch"),
        patch(MAP, {"metadata": {"labels": {"a": {"b": "c"}}}}),
    ),
    script(
        "strategic merge patches",
        post(DEPLOYMENTS, deployment(paused=True)),
        patch(
            DEPLOYMENT,
            {"spec": {"template": {"spec": {"containers": [{"name": "side", "image": "b:1"}]}}}},
            STRATEGIC,
        ),
        patch(
            DEPLOYMENT,
            {
                "spec": {
                    "template": {
                        "spec": {
                            "containers": [
                                {"name": "main", "env": [{"name": "A", "value": "1"}]},
                                {"name": "side", "$patch": "delete"},
                            ]
                        }
                    }
                }
            },
            STRATEGIC,
        ),
        patch(
            DEPLOYMENT,
            {
                "spec": {
                    "template": {
                        "spec": {
                            "$setElementOrder/containers": [{"name": "init"}, {"name": "main"}],
                            "containers": [{"name": "init", "image": "c:1"}],
                        }
                    }
                }
            },
            STRATEGIC,
        ),
        patch(
            DEPLOYMENT,
            {"metadata": {"$deleteFromPrimitiveList/finalizers": ["a/b"], "finalizers": ["c/d"]}},
            STRATEGIC,
        ),
        patch(DEPLOYMENT, {"metadata": {"finalizers": ["e/f"]}}, STRATEGIC),
        patch(
            DEPLOYMENT,
            {"metadata": {"$deleteFromPrimitiveList/finalizers": ["c/d", "e/f"]}},
            STRATEGIC,
        ),
        patch(
            DEPLOYMENT,
            {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}},
            STRATEGIC,
        ),
        patch(
            DEPLOYMENT,
            {"spec": {"template": {"spec": {"containers": [{"image": "x"}]}}}},
            STRATEGIC,
        ),
        patch(DEPLOYMENT, {"spec": {"template": {"$patch": "paint"}}}, STRATEGIC),
        patch(
            DEPLOYMENT, {"metadata": {"labels": {"$patch": "replace", "only": "this"}}}, STRATEGIC
        ),
    ),
    script(
        "what cannot change",
        post(DEPLOYMENTS, deployment(paused=True)),
        patch(DEPLOYMENT, {"spec": {"selector": {"matchLabels": {"app": "other"}}}}),
        patch(DEPLOYMENT, {"spec": {"replicas": -1}}),
        patch(DEPLOYMENT, {"spec": {"replicas": "many"}}),
        patch(DEPLOYMENT, {"spec": {"strategy": {"type": "Sometimes"}}}),
        patch(DEPLOYMENT, {"spec": {"template": {"spec": {"restartPolicy": "Never"}}}}),
        patch(DEPLOYMENT, {"spec": {"replicas": 2}}),
        patch(DEPLOYMENT, {"metadata": {"labels": {"tier": "front"}}}),
        patch(DEPLOYMENT, {"status": {"replicas": 7}}),
        patch(f"{DEPLOYMENT}/status", {"status": {"replicas": 7}, "spec": {"replicas": 9}}),
        get(f"{DEPLOYMENT}/status"),
        get(f"{DEPLOYMENT}/scale"),
        patch(f"{DEPLOYMENT}/scale", {"spec": {"replicas": 5}}),
        get(DEPLOYMENT),
        get(f"{DEPLOYMENT}/nothing"),
        get(f"{MAP}/status"),
    ),
)
