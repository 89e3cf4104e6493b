"""CustomResourceDefinitions."""

from __future__ import annotations

from typing import Any

from tenter.embedded.schema.causes import Cause, invalid, required
from tenter.embedded.schema.rules import names
from tenter.embedded.schema.rules.bounds import unchanged
from tenter.manifests import Manifest


def definition_causes(obj: Manifest) -> list[Cause]:
    """Return what is wrong with a CustomResourceDefinition."""
    spec = obj.get("spec") or {}
    plural = (spec.get("names") or {}).get("plural") or ""
    wanted = f"{plural}.{spec.get('group') or ''}"
    name = (obj.get("metadata") or {}).get("name") or ""
    causes: list[Cause] = []
    if name != wanted:
        why = 'must be spec.names.plural+"."+spec.group'
        causes.append(invalid("metadata.name", name, why))
    group = spec.get("group") or ""
    causes += [invalid("spec.group", group, why) for why in names.subdomain(group) if group]
    if group and "." not in group:
        why = "should be a domain with at least one dot"
        causes.append(invalid("spec.group", group, why))
    versions = spec.get("versions") or []
    for index, version in enumerate(versions):
        causes += _version_causes(version, f"spec.versions[{index}]")
    if sum(bool(version.get("storage")) for version in versions) != 1:
        why = "must have exactly one version marked as storage version"
        causes.append(invalid("spec.versions", [v.get("name") for v in versions], why))
    return causes


def _version_causes(version: dict[str, Any], path: str) -> list[Cause]:
    schema = (version.get("schema") or {}).get("openAPIV3Schema")
    where = f"{path}.schema.openAPIV3Schema"
    if schema is None:
        return [required(where, "schemas are required")]
    if not schema.get("type"):
        return [required(f"{where}.type", "must not be empty at the root")]
    if schema["type"] != "object":
        return [invalid(f"{where}.type", schema["type"], "must be object at the root")]
    return []


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
