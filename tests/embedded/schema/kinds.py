"""Built-in types and ordinary objects for the tests of the schema package."""

from __future__ import annotations

from typing import Any

from tenter.embedded.schema import Cause, StructType, Types, default, prune, validate
from tenter.embedded.store import Store
from tenter.embedded.workload_kinds import Job
from tenter.manifests import Manifest


def struct(api_version: str, kind: str) -> StructType:
    """Return a built-in kind's type."""
    group, _, version = api_version.rpartition("/")
    found = Types.load().of(group, version, kind)
    assert found is not None
    return found


def custom(spec: dict[str, Any], **root: Any) -> StructType:
    """Return the type of a custom kind whose ``spec`` has this schema."""
    schema = {"type": "object", "properties": {"spec": spec, **root}}
    return Types.load().from_crd(schema, group="g.io", version="v1", kind="Thing")


def filled(api_version: str, kind: str, **fields: Any) -> Manifest:
    """Return an object of the kind, named ``x`` unless told otherwise, with its defaults."""
    type_ = struct(api_version, kind)
    metadata = {"name": "x", **fields.pop("metadata", {})}
    obj = {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}
    return default(prune(obj, type_), type_)


def causes(obj: Manifest) -> list[str]:
    """Return what is wrong with an object, each as ``field: message``."""
    found: list[Cause] = validate(obj, struct(obj["apiVersion"], obj["kind"]))
    return [str(cause) for cause in found]


def template(**spec: Any) -> dict[str, Any]:
    """Return a pod template with the label ``app: x`` and one container."""
    containers = [{"name": "main", "image": "busybox:1"}]
    return {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": containers, **spec}}


def deployment(**spec: Any) -> Manifest:
    """Return a defaulted Deployment."""
    selector = {"matchLabels": {"app": "x"}}
    return filled(
        "apps/v1", "Deployment", spec={"selector": selector, "template": template()} | spec
    )


def job(**spec: Any) -> Manifest:
    """Return a defaulted Job, with the selector that the server gives it."""
    body = {"template": template(restartPolicy="Never"), **spec}
    return Job().created(filled("batch/v1", "Job", metadata={"uid": "u"}, spec=body), Store())


def pod(**spec: Any) -> Manifest:
    """Return a defaulted Pod."""
    return filled("v1", "Pod", spec=template()["spec"] | spec)
