"""The objects that are synced: small, but of the shapes people have."""

from __future__ import annotations

from pathlib import Path

import yaml

from tenter.embedded.node.outcomes import ANNOTATION
from tenter.manifests import Manifest

NAMESPACE = "default"


def config_map(name: str, *, wave: int | None = None) -> Manifest:
    """Return a ConfigMap of a few lines."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": _metadata(name, wave),
        "data": {"colour": "blue", "settings.ini": "[shop]\nitems = 12\ncurrency = EUR\n"},
    }


def service(name: str, *, wave: int | None = None) -> Manifest:
    """Return a Service."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _metadata(name, wave),
        "spec": {
            "selector": {"app": name},
            "ports": [{"name": "http", "port": 80, "targetPort": 8080}],
        },
    }


def deployment(name: str, *, wave: int | None = None, replicas: int = 0) -> Manifest:
    """Return a Deployment, without replicas unless asked: its API cost, and no Pods."""
    labels = {"app": name}
    container = {
        "name": "main",
        "image": "registry.example/shop:1.0",
        "env": [{"name": "COLOUR", "value": "blue"}],
        "ports": [{"containerPort": 8080}],
        "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _metadata(name, wave),
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def job(name: str, *, hook: str = "", wave: int | None = None, seconds: float = 0.01) -> Manifest:
    """Return a Job whose container appears to run for ``seconds``; ``hook`` makes it one."""
    metadata = _metadata(name, wave)
    if hook:
        metadata.setdefault("annotations", {})["argocd.argoproj.io/hook"] = hook
    container = {"name": "main", "image": "registry.example/tool:1.0", "command": ["true"]}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata,
        "spec": {
            "backoffLimit": 0,
            "template": {
                "metadata": {"annotations": {ANNOTATION: f"succeed after={seconds:g}"}},
                "spec": {"restartPolicy": "Never", "containers": [container]},
            },
        },
    }


def mixed(count: int) -> list[Manifest]:
    """Return ``count`` objects: half ConfigMaps, a quarter Services, a quarter Deployments."""
    makers = (config_map, service, config_map, deployment)
    return [makers[i % 4](f"item-{i:05}") for i in range(count)]


def write(folder: Path, manifests: list[Manifest], *, files: int = 20) -> None:
    """Write the manifests as YAML, several documents a file."""
    for number in range(min(files, len(manifests))):
        text = yaml.dump_all(manifests[number::files], Dumper=yaml.CSafeDumper, sort_keys=False)
        (folder / f"objects-{number:03}.yaml").write_text(text, encoding="utf-8")


def _metadata(name: str, wave: int | None) -> Manifest:
    metadata: Manifest = {"name": name, "namespace": NAMESPACE, "labels": {"team": "shop"}}
    if wave is not None:
        metadata["annotations"] = {"argocd.argoproj.io/sync-wave": str(wave)}
    return metadata
