"""Small objects of the kinds that scripts write."""

from __future__ import annotations

from typing import Any


def config_map(name: str = "settings", data: Any = None, **metadata: Any) -> dict[str, Any]:
    """Return a ConfigMap."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, **metadata},
        "data": {"colour": "red"} if data is None else data,
    }


def pod_template(**spec: Any) -> dict[str, Any]:
    """Return a Pod template."""
    containers = [{"name": "main", "image": "registry.example/web:1"}]
    return {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": containers, **spec}}


def deployment(name: str = "web", **spec: Any) -> dict[str, Any]:
    """Return a Deployment."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": pod_template(),
            **spec,
        },
    }


def pod(name: str = "task", **spec: Any) -> dict[str, Any]:
    """Return a Pod."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {**pod_template()["spec"], **spec},
    }


def job(name: str = "task", **spec: Any) -> dict[str, Any]:
    """Return a Job."""
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {"template": {"spec": pod_template(restartPolicy="Never")["spec"]}, **spec},
    }


def service(name: str = "web", **spec: Any) -> dict[str, Any]:
    """Return a Service."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}], **spec},
    }
