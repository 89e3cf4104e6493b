"""Manifests in a few words: ``job("migrate", hook="PreSync", outcome="fail exit=3")``.

All take the same marks: ``hook``, ``policy``, ``wave``, ``options``, ``namespace``,
``annotations``, ``labels``. Outcomes are those of the embedded cluster's scripted node.
"""

from __future__ import annotations

from typing import Any

Manifest = dict[str, Any]

HOOK = "argocd.argoproj.io/hook"
POLICY = "argocd.argoproj.io/hook-delete-policy"
WAVE = "argocd.argoproj.io/sync-wave"
OPTIONS = "argocd.argoproj.io/sync-options"
OUTCOME = "embedded.tenter.dev/outcome"
TIMEOUT = "tenter.dev/timeout"

KEPT = "HookFailed"
"""A policy under which a hook that succeeds stays, to be looked at afterwards."""


def _marked(
    api_version: str,
    kind: str,
    name: str,
    *,
    generate_name: str = "",
    hook: str = "",
    policy: str = "",
    wave: int | None = None,
    options: str = "",
    timeout: str = "",
    namespace: str = "",
    annotations: dict[str, str] | None = None,
    labels: dict[str, str] | None = None,
    **fields: Any,
) -> Manifest:
    given = {
        HOOK: hook,
        POLICY: policy,
        WAVE: "" if wave is None else str(wave),
        OPTIONS: options,
        TIMEOUT: timeout,
        **(annotations or {}),
    }
    metadata: Manifest = {
        "name": name,
        "generateName": generate_name,
        "namespace": namespace,
        "labels": labels or {},
        "annotations": {key: value for key, value in given.items() if value},
    }
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {key: value for key, value in metadata.items() if value},
        **fields,
    }


def config_map(name: str, data: dict[str, str] | None = None, **marks: Any) -> Manifest:
    return _marked("v1", "ConfigMap", name, data=data or {"made": "by hand"}, **marks)


def secret(name: str, **marks: Any) -> Manifest:
    return _marked("v1", "Secret", name, stringData={"word": "sesame"}, **marks)


def namespace(name: str, **marks: Any) -> Manifest:
    return _marked("v1", "Namespace", name, **marks)


def cluster_role(name: str, **marks: Any) -> Manifest:
    return _marked("rbac.authorization.k8s.io/v1", "ClusterRole", name, rules=[], **marks)


def _pod_spec(restart: str) -> Manifest:
    return {
        "restartPolicy": restart,
        "terminationGracePeriodSeconds": 1,
        "containers": [{"name": "main", "image": "registry.example/tool:1"}],
    }


def pod(name: str = "", *, outcome: str = "", restart: str = "Never", **marks: Any) -> Manifest:
    annotations = {**(marks.pop("annotations", None) or {}), OUTCOME: outcome}
    return _marked("v1", "Pod", name, annotations=annotations, spec=_pod_spec(restart), **marks)


def job(name: str = "", *, outcome: str = "", ttl: int | None = None, **marks: Any) -> Manifest:
    template: Manifest = {"spec": _pod_spec("Never")}
    if outcome:
        template["metadata"] = {"annotations": {OUTCOME: outcome}}
    spec: Manifest = {"backoffLimit": 0, "template": template}
    if ttl is not None:
        spec["ttlSecondsAfterFinished"] = ttl
    return _marked("batch/v1", "Job", name, spec=spec, **marks)


def deployment(
    name: str,
    *,
    outcome: str = "",
    image: str = "registry.example/web:1",
    deadline: int = 600,
    **marks: Any,
) -> Manifest:
    """Return a Deployment of one replica; ``deadline`` (seconds) makes it Degraded if not ready."""
    metadata: Manifest = {"labels": {"app": name}}
    if outcome:
        metadata["annotations"] = {OUTCOME: outcome}
    return _marked(
        "apps/v1",
        "Deployment",
        name,
        spec={
            "replicas": 1,
            "progressDeadlineSeconds": deadline,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": metadata,
                "spec": {
                    "terminationGracePeriodSeconds": 1,
                    "containers": [{"name": "main", "image": image}],
                },
            },
        },
        **marks,
    )


SHIP_GROUP = "harbour.example"

SHIP_HEALTH = """
local health = {status = "Progressing", message = "at sea"}
if obj.status ~= nil and obj.status.phase == "Done" then
  health = {status = "Healthy", message = "arrived"}
end
if obj.status ~= nil and obj.status.phase == "Broken" then
  health = {status = "Degraded", message = "sank"}
end
return health
"""


def ship_kind(*, scope: str = "Namespaced", **marks: Any) -> Manifest:
    """Return the CRD of Ship, whose status ``harbour.Harbour`` writes."""
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return _marked(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        f"ships.{SHIP_GROUP}",
        spec={
            "group": SHIP_GROUP,
            "scope": scope,
            "names": {
                "plural": "ships",
                "singular": "ship",
                "kind": "Ship",
                "listKind": "ShipList",
            },
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "schema": {"openAPIV3Schema": anything},
                }
            ],
        },
        **marks,
    )


def ship(name: str = "", *, outcome: str = "succeed", **marks: Any) -> Manifest:
    """Return a Ship; ``outcome`` is succeed, fail, or hang."""
    return _marked(f"{SHIP_GROUP}/v1", "Ship", name, spec={"outcome": outcome}, **marks)


def task_of(kind: str, name: str, *, succeeds: bool, **marks: Any) -> Manifest:
    """Return an object of ``kind`` (Job, Pod, Ship) that ends well or badly."""
    make = {"Job": job, "Pod": pod, "Ship": ship}[kind]
    verb = "succeed" if succeeds else "fail"
    return make(name, outcome=verb if kind == "Ship" else f"{verb} after=0.1", **marks)
