"""Tells clients what is served: aggregated discovery, and the classic lists it replaces.

Source: the Kubernetes documentation, "The Kubernetes API", Discovery.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from tenter.embedded.presentation import parse_accept
from tenter.embedded.registry import Registry
from tenter.embedded.resources import ResourceType, subresource_rows
from tenter.embedded.statuses import NoSuchPath
from tenter.manifests.keys import Manifest

AGGREGATED_TYPE = "application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"


def discovery_answer(path: str, accept: str, registry: Registry) -> tuple[Manifest, str]:
    """Return the document at a discovery path, and its media type.

    Raises ``Refusal`` (404) where ``path`` is none.
    """
    steps = path.strip("/").split("/")
    if steps in (["api"], ["apis"]):
        version = _aggregated_version(accept)
        if version:
            groups = [name for name in _groups(registry) if bool(name) == (steps[0] == "apis")]
            return (
                _aggregated(groups, version, registry),
                AGGREGATED_TYPE.format(version=version),
            )
    match steps:
        case ["api"]:
            document: Manifest = {
                "kind": "APIVersions",
                "versions": ["v1"],
                "serverAddressByClientCIDRs": [],
            }
        case ["apis"]:
            document = {
                "kind": "APIGroupList",
                "apiVersion": "v1",
                "groups": [_group(name, registry) for name in _groups(registry) if name],
            }
        case ["api", version]:
            document = _resource_list("", version, registry)
        case ["apis", group] if group in _groups(registry):
            document = {"kind": "APIGroup", "apiVersion": "v1", **_group(group, registry)}
        case ["apis", group, version]:
            document = _resource_list(group, version, registry)
        case _:
            raise NoSuchPath
    return document, "application/json"


def _aggregated_version(accept: str) -> str:
    """Return the version of aggregated discovery that the client prefers, empty for classic."""
    for media, parameters in parse_accept(accept):
        if media != "application/json":
            continue
        if parameters.get("as") != "APIGroupDiscoveryList":
            return ""
        if parameters.get("v") in ("v2", "v2beta1"):
            return parameters["v"]
    return ""


def _groups(registry: Registry) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for group, version in registry.group_versions():
        groups.setdefault(group, []).append(version)
    return groups


def _rows(group: str, version: str, registry: Registry) -> list[ResourceType]:
    rows = [row for row in registry.resources() if (row.group, row.version) == (group, version)]
    return sorted(rows, key=lambda row: row.plural)


def _aggregated(groups: list[str], version: str, registry: Registry) -> Manifest:
    versions = _groups(registry)
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": f"apidiscovery.k8s.io/{version}",
        "metadata": {},
        "items": [
            {
                "metadata": {"name": group} if group else {},
                "versions": [
                    {
                        "version": served,
                        "freshness": "Current",
                        "resources": [
                            _aggregated_resource(row) for row in _rows(group, served, registry)
                        ],
                    }
                    for served in versions[group]
                ],
            }
            for group in groups
        ],
    }


def _kind(api_version: str, kind: str) -> dict[str, str]:
    group, _, version = api_version.rpartition("/")
    return {"group": group, "version": version, "kind": kind}


def _aggregated_resource(row: ResourceType) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "resource": row.plural,
        "responseKind": _kind(row.api_version, row.kind),
        "scope": "Namespaced" if row.namespaced else "Cluster",
        "singularResource": row.singular,
        "verbs": list(row.verbs),
    }
    if row.short_names:
        entry["shortNames"] = list(row.short_names)
    if row.categories:
        entry["categories"] = list(row.categories)
    subresources = [
        {
            "subresource": name,
            "responseKind": _kind(api_version, kind),
            "verbs": list(verbs),
        }
        for name, kind, api_version, verbs in subresource_rows(row)
    ]
    if subresources:
        entry["subresources"] = subresources
    return entry


def _group(group: str, registry: Registry) -> dict[str, Any]:
    versions = [
        {"groupVersion": f"{group}/{version}", "version": version}
        for version in _groups(registry)[group]
    ]
    return {"name": group, "versions": versions, "preferredVersion": versions[0]}


def _resource_list(group: str, version: str, registry: Registry) -> Manifest:
    rows = _rows(group, version, registry)
    if not rows:
        raise NoSuchPath
    resources: list[dict[str, Any]] = []
    for row in rows:
        entry: dict[str, Any] = {
            "name": row.plural,
            "singularName": row.singular,
            "namespaced": row.namespaced,
            "kind": row.kind,
            "verbs": list(row.verbs),
        }
        if row.short_names:
            entry["shortNames"] = list(row.short_names)
        if row.categories:
            entry["categories"] = list(row.categories)
        if row.stored:
            entry["storageVersionHash"] = _storage_hash(row)
        resources.append(entry)
        for name, kind, api_version, verbs in subresource_rows(row):
            below: dict[str, Any] = {
                "name": f"{row.plural}/{name}",
                "singularName": "",
                "namespaced": row.namespaced,
                "kind": kind,
                "verbs": list(verbs),
            }
            if api_version != row.api_version:
                foreign = _kind(api_version, kind)
                below["group"], below["version"] = foreign["group"], foreign["version"]
            resources.append(below)
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": rows[0].api_version,
        "resources": resources,
    }


def _storage_hash(row: ResourceType) -> str:
    text = f"{row.group}/{row.storage_version}/{row.kind}"
    return base64.b64encode(hashlib.sha256(text.encode()).digest()[:8]).decode()
