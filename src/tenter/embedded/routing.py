"""From a path to what it means: ``/apis/apps/v1/namespaces/shop/deployments/web/status``.

Source: the Kubernetes API conventions, "Resource URIs".
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

import msgspec

from tenter.embedded.registry import Registry
from tenter.embedded.resources import ResourceType
from tenter.embedded.statuses import NoSuchPath, no_such_resource


class Place(msgspec.Struct, frozen=True):
    """A collection (no name), an object, or an object's subresource.

    ``namespace`` is empty for cluster-scoped resources and for all namespaces.
    """

    resource: ResourceType
    namespace: str
    name: str
    subresource: str


def find_place(path: str, registry: Registry) -> Place:
    """Return the place that ``path`` names; raises ``Refusal`` (404) where nothing is served."""
    steps = [unquote(step) for step in path.strip("/").split("/")]
    match steps:
        case ["api", version, *rest] if rest:
            group = ""
        case ["apis", group, version, *rest] if rest:
            pass
        case _:
            raise NoSuchPath
    namespace = ""
    if len(rest) > 2 and rest[0] == "namespaces":
        resource = registry.find(group, version, rest[2])
        # /namespaces/x/status is the namespace's own subresource, not a kind called "status".
        if resource is not None and resource.namespaced:
            namespace, rest = rest[1], rest[2:]
    resource = registry.find(group, version, rest[0])
    if resource is None and not registry.is_built_in(group, version):
        raise NoSuchPath
    if resource is None or len(rest) > 3:
        raise no_such_resource()
    if resource.namespaced and len(rest) > 1 and not namespace:
        raise no_such_resource()
    name = rest[1] if len(rest) > 1 else ""
    subresource = rest[2] if len(rest) > 2 else ""
    return Place(resource, namespace, name, subresource)


def verb_of(method: str, place: Place, query: Mapping[str, str]) -> str:
    """Return the verb of a request as access rules name it; empty where the method has none."""
    if method in ("GET", "HEAD"):
        if place.name:
            return "get"
        return "watch" if query.get("watch") in ("true", "1") else "list"
    if method == "DELETE":
        return "delete" if place.name else "deletecollection"
    return {"POST": "create", "PUT": "update", "PATCH": "patch"}.get(method, "")
