"""CustomResourceDefinitions: what one must say, and the resources it makes.

Pure functions; serving them and deleting their objects is ``machinery``'s. Source: the Kubernetes
documentation, "Extend the Kubernetes API with CustomResourceDefinitions".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tenter.embedded.resources import Column, ResourceType, Scale
from tenter.embedded.schema import Types
from tenter.manifests.keys import Manifest

DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"
CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
"""The finalizer that keeps a definition until the last of its objects is gone."""


def prepared_definition(definition: Manifest) -> Manifest:
    """Return a CRD with its defaults."""
    spec = dict(definition.get("spec") or {})
    names = dict(spec.get("names") or {})
    kind = names.get("kind", "")
    if kind:
        names.setdefault("singular", kind.lower())
        names.setdefault("listKind", f"{kind}List")
    spec["names"] = names
    spec.setdefault("conversion", {"strategy": "None"})
    return {**definition, "spec": spec}


def ending_definition(definition: Manifest) -> Manifest:
    """Return a CRD whose deletion begins: the clean-up finalizer holds it, its status says so."""
    metadata = dict(definition["metadata"])
    status = dict(definition.get("status") or {})
    conditions = status.get("conditions") or []
    if any(each.get("type") == "Terminating" for each in conditions):
        return definition
    # Unlike other kinds it is not given a grace period, nor a generation.
    metadata.pop("deletionGracePeriodSeconds", None)
    if "generation" in metadata:
        metadata["generation"] -= 1
    held = metadata.get("finalizers") or []
    if CLEANUP not in held:
        metadata["finalizers"] = [*held, CLEANUP]
    condition = {
        "type": "Terminating",
        "status": "True",
        "lastTransitionTime": metadata["deletionTimestamp"],
        "reason": "InstanceDeletionPending",
        "message": "CustomResourceDefinition marked for deletion; CustomResource deletion will "
        "begin soon",
    }
    status["conditions"] = [*conditions, condition]
    return {**definition, "metadata": metadata, "status": status}


def stored_versions(definition: Manifest, before: Sequence[str] = ()) -> list[str]:
    """Return the versions in which objects of a CRD are or were stored; ``before``: until now."""
    versions = definition.get("spec", {}).get("versions") or ()
    storage = [version.get("name", "") for version in versions if version.get("storage")]
    return list(dict.fromkeys([*before, *storage[:1]]))


def definition_status(definition: Manifest, clash: str, now: str) -> dict[str, Any]:
    """Return the status of a CRD; ``clash`` says why its names are not free, empty if they are."""
    spec, status = definition["spec"], definition.get("status") or {}
    accepted = {
        "type": "NamesAccepted",
        "status": "False" if clash else "True",
        "reason": "NameConflict" if clash else "NoConflicts",
        "message": clash or "no conflicts found",
    }
    established = {
        "type": "Established",
        "status": "False" if clash else "True",
        "reason": "NotAccepted" if clash else "InitialNamesAccepted",
        "message": "not all names are accepted"
        if clash
        else "the initial names have been accepted",
    }
    had = {condition["type"]: condition for condition in status.get("conditions") or ()}
    conditions = []
    for condition in (accepted, established):
        before = had.pop(condition["type"], {})
        since = (
            before.get("lastTransitionTime")
            if (before.get("status") == condition["status"])
            else None
        )
        conditions.append({"lastTransitionTime": since or now, **condition})
    conditions += had.values()
    versions = stored_versions(definition, status.get("storedVersions") or ())
    names = {} if clash else spec["names"]
    return {"acceptedNames": names, "conditions": conditions, "storedVersions": versions}


def is_established(definition: Manifest) -> bool:
    """Tell whether the CRD's resources are to be served."""
    return any(
        condition.get("type") == "Established" and condition.get("status") == "True"
        for condition in (definition.get("status") or {}).get("conditions") or ()
    )


def rows_of(definition: Manifest, types: Types) -> list[ResourceType]:
    """Return the resources of a CRD, one a served version."""
    spec = definition["spec"]
    names = spec["names"]
    storage = next(v["name"] for v in spec["versions"] if v.get("storage"))
    return [
        _row(spec, names, version, storage, types)
        for version in sorted(spec["versions"], key=lambda v: _priority(v["name"]))
        if version.get("served") or version["name"] == storage
    ]


def _row(
    spec: dict[str, Any],
    names: dict[str, Any],
    version: dict[str, Any],
    storage: str,
    types: Types,
) -> ResourceType:
    subresources = version.get("subresources") or {}
    scale = subresources.get("scale")
    schema = (version.get("schema") or {}).get("openAPIV3Schema")
    return ResourceType(
        group=spec["group"],
        version=version["name"],
        kind=names["kind"],
        plural=names["plural"],
        singular=names.get("singular", ""),
        short_names=tuple(names.get("shortNames") or ()),
        categories=tuple(names.get("categories") or ()),
        namespaced=spec.get("scope") == "Namespaced",
        status="status" in subresources,
        scale=Scale(
            replicas=scale.get("specReplicasPath", ""),
            status=scale.get("statusReplicasPath", ""),
            selector=scale.get("labelSelectorPath") or "",
        )
        if scale
        else None,
        generation=True,
        custom=True,
        served=bool(version.get("served")),
        fields=tuple(
            field["jsonPath"].removeprefix(".") for field in version.get("selectableFields") or ()
        ),
        type=types.from_crd(
            schema, group=spec["group"], version=version["name"], kind=names["kind"]
        ),
        columns=tuple(
            Column(
                column["name"],
                column["type"],
                column["jsonPath"],
                column.get("description", ""),
                column.get("format", ""),
                column.get("priority", 0),
            )
            for column in version.get("additionalPrinterColumns") or ()
        ),
        storage_version=storage,
        warning=_deprecation(spec, names, version),
    )


def _deprecation(spec: dict[str, Any], names: dict[str, Any], version: dict[str, Any]) -> str:
    if not version.get("deprecated"):
        return ""
    warning: str = version.get("deprecationWarning") or (
        f"{spec['group']}/{version['name']} {names['kind']} is deprecated"
    )
    return warning


def _priority(version: str) -> tuple[int, int, int, str]:
    """Order versions as Kubernetes prefers them: v2, v1, v2beta1, v1beta2, v1alpha1, others."""
    found = re.fullmatch(r"v(\d+)(?:(alpha|beta)(\d+))?", version)
    if found is None:
        return (3, 0, 0, version)
    major, stage, minor = found.groups()
    return ({None: 0, "beta": 1, "alpha": 2}[stage], -int(major), -int(minor or 0), "")
