"""CustomResourceDefinitions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tenter.embedded.schema.causes import Cause, invalid, required
from tenter.embedded.schema.expressions import unreadable_rules
from tenter.embedded.schema.rules import names
from tenter.embedded.schema.rules.bounds import unchanged
from tenter.embedded.schema.rules.structural import schema_causes
from tenter.manifests import Manifest


def definition_causes(obj: Manifest) -> list[Cause]:
    """Return what is wrong with a CustomResourceDefinition."""
    spec = obj.get("spec") or {}
    group = spec.get("group") or ""
    causes = [invalid("spec.group", group, why) for why in names.subdomain(group) if group]
    if group and "." not in group:
        why = "should be a domain with at least one dot"
        causes.append(invalid("spec.group", group, why))
    versions = spec.get("versions") or []
    causes += _version_causes(versions)
    causes += _name_causes(spec.get("names") or {})
    causes += _stored_causes((obj.get("status") or {}).get("storedVersions") or [], versions)
    if spec.get("preserveUnknownFields"):
        if any(_has_default(version.get("schema")) for version in versions):
            why = "must be false in order to use defaults in the schema"
            causes.append(invalid("spec.preserveUnknownFields", True, why))
        why = (
            "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in "
            "spec.versions[*].schema instead"
        )
        causes.append(invalid("spec.preserveUnknownFields", True, why))
    return causes


def definition_name_causes(obj: Manifest) -> list[Cause]:
    """Return what is wrong with the name of a new CustomResourceDefinition."""
    spec = obj.get("spec") or {}
    plural = (spec.get("names") or {}).get("plural") or ""
    name = (obj.get("metadata") or {}).get("name") or ""
    if name == f"{plural}.{spec.get('group') or ''}":
        return []
    return [invalid("metadata.name", name, 'must be spec.names.plural+"."+spec.group')]


def _version_causes(versions: list[dict[str, Any]]) -> list[Cause]:
    causes: list[Cause] = []
    shared = _shared_schema(versions)
    if shared is not None:
        # A schema that all versions share is one of the whole definition to Kubernetes.
        where = "spec.validation.openAPIV3Schema"
        causes += schema_causes(shared, where) or unreadable_rules(shared, where)
    for index, version in enumerate(versions):
        path = f"spec.versions[{index}]"
        name = version.get("name") or ""
        faults = names.label_1035(name)
        causes += [invalid(f"{path}.name", name, why) for why in faults]
        if index == 0:
            causes += [invalid("spec.version", name, why) for why in faults]
        where = f"{path}.schema.openAPIV3Schema"
        schema = (version.get("schema") or {}).get("openAPIV3Schema")
        if schema is None:
            causes.append(required(where, "schemas are required"))
        elif shared is None:
            causes += schema_causes(schema, where) or unreadable_rules(schema, where)
    called = [version.get("name") for version in versions]
    if any(called.count(name) > 1 for name in called):
        causes.append(invalid("spec.versions", called, "must contain unique version names"))
    if sum(bool(version.get("storage")) for version in versions) != 1:
        why = "must have exactly one version marked as storage version"
        causes.append(invalid("spec.versions", called, why))
    return causes


def _shared_schema(versions: list[dict[str, Any]]) -> dict[str, Any] | None:
    schemas = [(version.get("schema") or {}).get("openAPIV3Schema") for version in versions]
    first: dict[str, Any] | None = schemas[0] if schemas else None
    return first if all(schema == first for schema in schemas) else None


def _has_default(schema: Any) -> bool:
    if isinstance(schema, dict):
        return "default" in schema or any(_has_default(below) for below in schema.values())
    return False


def _name_causes(spoken: dict[str, Any]) -> list[Cause]:
    path = "spec.names"
    causes: list[Cause] = []
    # What is required of the kind itself, the schema says.
    causes += [
        required(f"{path}.{field}") for field in ("singular", "listKind") if not spoken.get(field)
    ]
    for field in ("plural", "singular"):
        causes += _label_causes(f"{path}.{field}", [spoken.get(field) or ""])
    for field in ("kind", "listKind"):
        value = spoken.get(field) or ""
        why = "may have mixed case, but should otherwise match: "
        causes += [
            invalid(f"{path}.{field}", value, why + fault)
            for fault in names.label_1035(value.lower())
            if value
        ]
    for field in ("shortNames", "categories"):
        for index, name in enumerate(spoken.get(field) or ()):
            causes += _label_causes(f"{path}.{field}[{index}]", [name])
    if spoken.get("kind") and spoken.get("kind") == spoken.get("listKind"):
        why = "kind and listKind may not be the same"
        causes.append(invalid(f"{path}.listKind", spoken["kind"], why))
    return causes


def _label_causes(path: str, values: Iterable[str]) -> list[Cause]:
    return [
        invalid(path, value, why) for value in values if value for why in names.label_1035(value)
    ]


def _stored_causes(stored: list[str], versions: list[dict[str, Any]]) -> list[Cause]:
    path = "status.storedVersions"
    if not stored:
        return [invalid(path, stored, "must have at least one stored version")]
    causes: list[Cause] = []
    left = list(stored)
    for version in versions:
        name = version.get("name") or ""
        if name in left:
            left.remove(name)
        elif version.get("storage"):
            causes.append(invalid(path, stored, f"must have the storage version {name}"))
    there = [version.get("name") for version in versions]
    causes += [
        invalid(
            f"{path}[{index}]",
            name,
            f"missing from spec.versions; {name} was previously a storage version, and must remain "
            "in spec.versions until a storage migration ensures no data remains persisted in "
            f"{name} and removes {name} from status.storedVersions",
        )
        for index, name in enumerate(stored)
        if name not in there
    ]
    return causes


def definition_changes(old: Manifest, new: Manifest) -> list[Cause]:
    """Return what may not change in a CustomResourceDefinition and did."""
    before, after = old.get("spec") or {}, new.get("spec") or {}
    causes = unchanged(before, after, "group", "spec")
    names_before, names_after = before.get("names") or {}, after.get("names") or {}
    causes += unchanged(names_before, names_after, "plural", "spec.names")
    if any(c.get("type") == "Established" and c.get("status") == "True" for c in _conditions(old)):
        causes += unchanged(before, after, "scope", "spec")
        causes += unchanged(names_before, names_after, "kind", "spec.names")
    return causes


def _conditions(obj: Manifest) -> list[dict[str, Any]]:
    return (obj.get("status") or {}).get("conditions") or []
