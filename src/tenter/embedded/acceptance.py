"""What a write's body must be before anything is made of it: this kind, this object, this place."""

from __future__ import annotations

from typing import Any

from tenter.embedded.options import WriteOptions
from tenter.embedded.resources import ResourceType
from tenter.embedded.routing import Place
from tenter.embedded.schema import (
    Cause,
    StructType,
    decoding_message,
    prune,
    type_errors,
    unknown_fields,
)
from tenter.embedded.statuses import (
    MODIFIED,
    Refusal,
    bad_request,
    conflict,
    invalid,
    not_found,
    unfit_patch,
)
from tenter.manifests.keys import Manifest


def accept(
    place: Place,
    body: Any,
    type_: StructType,
    options: WriteOptions,
    *,
    duplicates: list[str] | None,
    verb: str,
) -> Manifest:
    """Return the body as an object of the place's kind, without what is unknown in it.

    ``duplicates`` are the paths of fields that stand twice in it. Raises ``Refusal``: 400 for what
    is no such object, 422 for a custom resource of the wrong types.
    """
    resource = place.resource
    unreadable = unfit_patch if verb == "patch" else bad_request
    if not isinstance(body, dict):
        raise unreadable("the body must be a JSON object")
    check_kind(resource, body, verb)
    if not isinstance(body.get("metadata", {}), dict | None):
        raise unreadable("metadata must be an object")
    errors = type_errors(body, type_)
    if errors and not resource.custom:
        raise unreadable(decoding_message(errors, type_))
    if errors:
        name = (body.get("metadata") or {}).get("name") or ""
        refuse_causes(resource, name, errors)
    if options.validation != "Ignore":
        strays = [f'unknown field "{path}"' for path in unknown_fields(body, type_)]
        strays += [f'duplicate field "{path}"' for path in duplicates or ()]
        if strays and options.validation == "Strict":
            message = f"strict decoding error: {', '.join(strays)}"
            if verb != "patch":
                message = (
                    f'{resource.kind} in version "{resource.version}" cannot be handled as a '
                    f"{resource.kind}: {message}"
                )
            raise unreadable(message)
        options.warnings.extend(strays)
    return prune(body, type_)


def check_kind(resource: ResourceType, body: Manifest, verb: str = "update") -> None:
    """Refuse a body that says it is of another kind or version."""
    unreadable = unfit_patch if verb == "patch" else bad_request
    kind, api_version = body.get("kind"), body.get("apiVersion")
    if resource.custom and not (kind and api_version):
        raise bad_request(
            "Object 'Kind' is missing in the body"
            if not kind
            else "Object 'apiVersion' is missing in the body"
        )
    if api_version and api_version != resource.api_version:
        raise bad_request(
            f"the API version in the data ({api_version}) does not match the expected API "
            f"version ({resource.api_version})"
        )
    if kind and kind != resource.kind:
        raise unreadable(
            f"{kind} in version {str(api_version)!r} cannot be handled as a {resource.kind}: "
            f"converting ({kind}) to ({resource.kind}): unknown conversion".replace("'", '"')
        )


def namespace_of(place: Place, metadata: dict[str, Any]) -> str:
    """Return the namespace to write to; empty for a cluster-scoped kind."""
    if not place.resource.namespaced:
        return ""
    given = metadata.get("namespace") or place.namespace
    if given != place.namespace:
        raise bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    return place.namespace


def check_identity(place: Place, given: dict[str, Any], had: dict[str, Any]) -> None:
    """Refuse a change of an object that is meant for another one, or for an older state of it."""
    resource = place.resource
    if given.get("name", place.name) != place.name:
        raise wrong_name(given["name"], place.name)
    if resource.namespaced:
        namespace_of(place, given)
    uid = given.get("uid")
    if uid and uid != had["uid"]:
        raise conflict(
            place.name,
            resource.group,
            resource.plural,
            f"Precondition failed: UID in precondition: {uid}, UID in object meta: {had['uid']}",
        )
    version = given.get("resourceVersion")
    if version and version != "0" and version != had["resourceVersion"]:
        raise conflict(place.name, resource.group, resource.plural, MODIFIED)


def refuse_to_recreate(place: Place, metadata: dict[str, Any]) -> None:
    """Refuse an apply that would create what its metadata says was there before."""
    resource = place.resource
    if place.subresource:
        raise not_found(place.name, resource.group, resource.plural)
    if uid := metadata.get("uid"):
        raise conflict(
            place.name,
            resource.group,
            resource.plural,
            f"uid mismatch: the provided object specified uid {uid}, and no existing object "
            "was found",
        )
    if metadata.get("resourceVersion"):
        raise not_found(place.name, resource.group, resource.plural)


def wrong_name(given: str, place: str) -> Refusal:
    """Return the refusal of a body whose name is not the one in the path."""
    return bad_request(
        f"the name of the object ({given}) does not match the name on the URL ({place})"
    )


def refuse_causes(resource: ResourceType, name: str, causes: list[Cause]) -> None:
    """Refuse an object for ``causes``, if there are any."""
    if causes:
        raise invalid(name, resource.group, resource.kind, [cause.as_dict for cause in causes])
