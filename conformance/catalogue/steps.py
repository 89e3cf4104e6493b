"""Requests, named as people name them, and where they go."""

from __future__ import annotations

from typing import Any

from conformance.scripts import APPLY, MERGE, Script, Step

CORE = "/api/v1/namespaces/{ns}"
APPS = "/apis/apps/v1/namespaces/{ns}"
BATCH = "/apis/batch/v1/namespaces/{ns}"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
MAPS, MAP = f"{CORE}/configmaps", f"{CORE}/configmaps/settings"
DEPLOYMENTS, DEPLOYMENT = f"{APPS}/deployments", f"{APPS}/deployments/web"


def script(name: str, *steps: Step) -> Script:
    """Return a script."""
    return Script(name=name, steps=steps)


def get(path: str, **query: str) -> Step:
    """Return a GET."""
    return Step(method="GET", path=path, query=query)


def watch(path: str, events: int, **query: str) -> Step:
    """Return a watch of a second, which is repeated until it tells of so many ``events``."""
    asked = {"watch": "true", "timeoutSeconds": "1", **query}
    return Step(method="GET", path=path, query=asked, until=f"#{events}")


def post(path: str, body: Any, **query: str) -> Step:
    """Return a POST."""
    return Step(method="POST", path=path, body=body, query=query)


def put(path: str, body: Any, **query: str) -> Step:
    """Return a PUT."""
    return Step(method="PUT", path=path, body=body, query=query)


def patch(path: str, body: Any, content_type: str = MERGE, **query: str) -> Step:
    """Return a PATCH, a merge patch unless said otherwise."""
    return Step(method="PATCH", path=path, body=body, content_type=content_type, query=query)


def apply(path: str, body: Any, manager: str = "one", **query: str) -> Step:
    """Return a server-side apply by ``manager``."""
    return patch(path, body, APPLY, **{"fieldManager": manager, **query})


def delete(path: str, body: Any = None, **query: str) -> Step:
    """Return a DELETE with its options as the body."""
    return Step(method="DELETE", path=path, body=body, query=query)
