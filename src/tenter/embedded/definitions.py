"""CustomResourceDefinitions: what one must say, and the resources it makes.

Pure functions; serving them and deleting their objects is ``machinery``'s. Source: the Kubernetes
documentation, "Extend the Kubernetes API with CustomResourceDefinitions".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tenter.embedded.resources import Column, ResourceType, Scale
from tenter.embedded.schema import Cause, Types, forbidden, invalid, required
from tenter.manifests.keys import Manifest

DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"
CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
"""The finalizer that keeps a definition until the last of its objects is gone."""


def prepared_definition(definition: Manifest, *, finalizer: bool = True) -> Manifest:
    """Return a CRD with its defaults, and if it is new with the clean-up ``finalizer``."""
    spec = dict(definition.get("spec") or {})
    names = dict(spec.get("names") or {})
    kind = names.get("kind", "")
    names.setdefault("singular", kind.lower())
    names.setdefault("listKind", f"{kind}List")
    spec["names"] = names
    spec.setdefault("conversion", {"strategy": "None"})
    prepared = {**definition, "spec": spec}
    if finalizer:
        metadata = dict(definition["metadata"])
        held = metadata.get("finalizers") or []
        if CLEANUP not in held:
            metadata["finalizers"] = [*held, CLEANUP]
        prepared["metadata"] = metadata
    return prepared


def check_definition(old: Manifest | None, new: Manifest) -> Sequence[Cause]:
    """Return what is wrong with a CRD beyond the types of its fields."""
    spec = new.get("spec") or {}
    names = spec.get("names") or {}
    causes: list[Cause] = []
    name, plural, group = new["metadata"]["name"], names.get("plural", ""), spec.get("group", "")
    if name != f"{plural}.{group}":
        causes.append(invalid("metadata.name", name, 'must be spec.names.plural+"."+spec.group'))
    versions = spec.get("versions") or []
    stored = [version for version in versions if version.get("storage")]
    if len(stored) != 1:
        listed = [version.get("name", "") for version in versions]
        why = "must have exactly one version marked as storage version"
        causes.append(invalid("spec.versions", listed, why))
    for place, version in enumerate(versions):
        if not (version.get("schema") or {}).get("openAPIV3Schema"):
            field = f"spec.versions[{place}].schema.openAPIV3Schema"
            causes.append(required(field, "schemas are required"))
    if spec.get("preserveUnknownFields"):
        causes.append(
            invalid("spec.preserveUnknownFields", True, "must be false in order to use defaults")
        )
    if old is not None:
        before = old.get("spec") or {}
        causes += [
            invalid(f"spec.{field}", spec.get(field), "field is immutable")
            for field in ("group", "scope")
            if before.get(field) != spec.get(field)
        ]
        causes += [
            forbidden(f"spec.names.{field}", "may not be changed while it is in use")
            for field in ("plural", "kind")
            if (before.get("names") or {}).get(field) != names.get(field)
        ]
    return causes


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
    storage = [version["name"] for version in spec["versions"] if version.get("storage")]
    versions = list(dict.fromkeys([*(status.get("storedVersions") or ()), *storage]))
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
