"""The ``scale`` subresource: how many, as one kind shared by all that can be scaled."""

from __future__ import annotations

from typing import Any

import msgspec

from tenter.embedded.json_paths import read_path
from tenter.embedded.objects import Objects
from tenter.embedded.options import WriteOptions
from tenter.embedded.resources import Scale
from tenter.embedded.routing import Place
from tenter.embedded.statuses import Refusal, bad_request, not_found
from tenter.embedded.store import Stored
from tenter.manifests.keys import Manifest


def scale_of(place: Place, object_: Manifest) -> Manifest:
    """Return the Scale of an object; raises ``Refusal`` (404) for a kind that has none."""
    paths = _paths(place)
    metadata = object_["metadata"]
    shown = {
        field: metadata[field]
        for field in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
        if field in metadata
    }
    wanted = read_path(object_, paths.replicas)
    status: dict[str, Any] = {"replicas": _first(read_path(object_, paths.status), 0)}
    selector = _first(read_path(object_, paths.selector) if paths.selector else [], None)
    if selector is not None:
        status["selector"] = selector if isinstance(selector, str) else _selector(selector)
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": shown,
        "spec": {"replicas": wanted[0]} if wanted else {},
        "status": status,
    }


def write_scale(objects: Objects, place: Place, scale: Any, options: WriteOptions) -> Stored:
    """Set an object's replicas to those of ``scale``, and return the object."""
    paths = _paths(place)
    if not isinstance(scale, dict):
        raise bad_request("the body must be a Scale")
    replicas = (scale.get("spec") or {}).get("replicas", 0)
    if not isinstance(replicas, int) or isinstance(replicas, bool):
        raise bad_request(f"spec.replicas must be an integer, not {replicas!r}")
    if replicas < 0:
        message = f"Invalid value: {replicas}: must be greater than or equal to 0"
        cause = {"reason": "FieldValueInvalid", "message": message, "field": "spec.replicas"}
        raise Refusal(
            422,
            "Invalid",
            f'Scale.autoscaling "{place.name}" is invalid: spec.replicas: {message}',
            details={
                "name": place.name,
                "group": "autoscaling",
                "kind": "Scale",
                "causes": [cause],
            },
        )
    stored = objects.get(place)
    fresh = _with(
        objects.in_version(place.resource, stored.object),
        paths.replicas.strip(".").split("."),
        replicas,
    )
    metadata = dict(fresh["metadata"])
    given = scale.get("metadata") or {}
    for field in ("resourceVersion", "uid"):
        if given.get(field):
            metadata[field] = given[field]
    # Owners of a scale are noted without a time.
    timeless = msgspec.structs.replace(options, now="")
    return objects.update(place, {**fresh, "metadata": metadata}, timeless, verb="patch")


def _paths(place: Place) -> Scale:
    resource = place.resource
    if resource.scale is None:
        raise not_found(place.name, resource.group, resource.plural)
    return resource.scale


def _first(values: list[Any], otherwise: Any) -> Any:
    return values[0] if values else otherwise


def _with(object_: Manifest, steps: list[str], value: Any) -> Manifest:
    step, *rest = steps
    below = _with(object_.get(step) or {}, rest, value) if rest else value
    return {**object_, step: below}


def _selector(selector: dict[str, Any]) -> str:
    if not any(isinstance(value, dict | list) for value in selector.values()):
        return ",".join(f"{name}={value}" for name, value in sorted(selector.items()))
    terms = [f"{key}={value}" for key, value in sorted((selector.get("matchLabels") or {}).items())]
    for term in selector.get("matchExpressions") or ():
        match term["operator"]:
            case "Exists":
                terms.append(term["key"])
            case "DoesNotExist":
                terms.append(f"!{term['key']}")
            case operator:
                terms.append(f"{term['key']} {operator.lower()} ({','.join(term['values'])})")
    return ",".join(terms)
