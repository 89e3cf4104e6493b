"""Serves the OpenAPI documents: of version 3 an index and one a group version, of version 2 one.

The types come from ``schema``. The paths name no more than kubectl looks for: that each kind's
PATCH takes ``fieldValidation``, by which it knows that the server validates.
"""

from __future__ import annotations

import hashlib
from typing import Any

from tenter.embedded.openapi_v2 import PROTOBUF, encode_swagger, swagger
from tenter.embedded.presentation import encode, parse_accept
from tenter.embedded.registry import Registry
from tenter.embedded.resources import ResourceType
from tenter.embedded.schema import document
from tenter.embedded.statuses import NoSuchPath
from tenter.kube.requests import JSON
from tenter.manifests.keys import Manifest

_PARAMETERS = ("dryRun", "fieldManager", "fieldValidation", "force")


class OpenApi:
    """The documents of one registry; the large one is kept until what is served changes."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._generation = -1
        self._v2: dict[str, bytes] = {}

    def answer(self, path: str, accept: str) -> tuple[bytes, str]:
        """Return the document at ``path`` and its media type.

        Raises ``Refusal`` (404) where there is none.
        """
        if path.rstrip("/") != "/openapi/v2":
            return encode(openapi_answer(path, self._registry)), JSON
        wanted = [media for media, _ in parse_accept(accept.replace("@", "."))]
        media = PROTOBUF if wanted and wanted[0] == PROTOBUF else JSON
        if self._generation != self._registry.generation:
            self._generation = self._registry.generation
            self._v2 = {}
        if media not in self._v2:
            versions = self._registry.group_versions()
            whole = swagger(_document(*each, self._registry) for each in versions)
            self._v2[media] = encode_swagger(whole) if media == PROTOBUF else encode(whole)
        return self._v2[media], media


def openapi_answer(path: str, registry: Registry) -> Manifest:
    """Return the index or document at ``path``; raises ``Refusal`` (404) where there is none."""
    steps = path.strip("/").split("/")
    match steps[1:]:
        case ["v3"]:
            return {"paths": _index(registry)}
        case ["v3", "api", version]:
            return _document("", version, registry)
        case ["v3", "apis", group, version]:
            return _document(group, version, registry)
        case _:
            raise NoSuchPath


def _index(registry: Registry) -> dict[str, Any]:
    paths = {}
    for group, version in registry.group_versions():
        path = f"apis/{group}/{version}" if group else f"api/{version}"
        mark = hashlib.sha256(f"{path} {registry.generation}".encode()).hexdigest()[:32].upper()
        paths[path] = {"serverRelativeURL": f"/openapi/v3/{path}?hash={mark}"}
    return paths


def _document(group: str, version: str, registry: Registry) -> Manifest:
    rows = [row for row in registry.resources() if (row.group, row.version) == (group, version)]
    if not rows:
        raise NoSuchPath
    found = document(group, version, [registry.type_of(row) for row in rows])
    paths = dict(found.get("paths") or {})
    for row in rows:
        if row.stored:
            path = _path(row)
            paths[path] = {**_operations(row), **paths.get(path, {})}
    return {**found, "paths": paths}


def _path(row: ResourceType) -> str:
    path = f"/apis/{row.group}/{row.version}" if row.group else f"/api/{row.version}"
    if row.namespaced:
        path += "/namespaces/{namespace}"
    return f"{path}/{row.plural}/{{name}}"


def _operations(row: ResourceType) -> dict[str, Any]:
    kind = {"group": row.group, "version": row.version, "kind": row.kind}
    parameters = [
        {"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": True}}
        for name in _PARAMETERS
    ]
    responses = {"200": {"description": "OK"}}
    return {
        "get": {
            "x-kubernetes-action": "get",
            "x-kubernetes-group-version-kind": kind,
            "responses": responses,
        },
        "patch": {
            "x-kubernetes-action": "patch",
            "x-kubernetes-group-version-kind": kind,
            "parameters": parameters,
            "responses": responses,
        },
    }
