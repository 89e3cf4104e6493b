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
    with_rules,
)
from tenter.embedded.schema import invalid as schema_invalid
from tenter.embedded.statuses import (
    MODIFIED,
    Refusal,
    bad_request,
    conflict,
    invalid,
    not_found,
    plain_internal,
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
    unreadable = {"apply": _inconvertible, "patch": unfit_patch}.get(verb, bad_request)
    if not isinstance(body, dict):
        raise unreadable("the body must be a JSON object")
    check_kind(resource, body, verb)
    if not isinstance(body.get("metadata", {}), dict | None):
        raise unreadable("metadata must be an object")
    errors = type_errors(body, type_)
    if errors and (not resource.custom or errors[0].field.startswith("metadata")):
        raise unreadable(decoding_message(errors, type_))
    if errors:
        name = (body.get("metadata") or {}).get("name") or ""
        refuse_causes(resource, name, with_rules(errors, body, None, type_))
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


def applied_metadata(
    place: Place, body: Any, options: WriteOptions, duplicates: list[str]
) -> dict[str, Any]:
    """Return the metadata of an applied configuration; raises ``Refusal`` (400) where it is none.

    ``duplicates`` are the paths of fields that stand twice in it.
    """
    if not isinstance(body, dict):
        raise bad_request("the body must be a JSON object")
    kind, api_version = str(body.get("kind", "")), str(body.get("apiVersion", ""))
    if (kind, api_version) != (place.resource.kind, place.resource.api_version):
        shown = api_version if "/" in api_version else f"/{api_version}"
        raise bad_request(f"invalid object type: {shown}, Kind={kind}")
    given = body.get("metadata")
    metadata = dict(given) if isinstance(given, dict) else {}
    if metadata.get("managedFields") is not None:
        raise bad_request("metadata.managedFields must be nil")
    if duplicates and options.validation == "Strict":
        strays = ", ".join(f'duplicate field "{path}"' for path in duplicates)
        raise bad_request(f"error decoding YAML: {strays}")
    return metadata


def _inconvertible(message: str) -> Refusal:
    return plain_internal(f"failed to convert new object to proper version: {message}")


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
    if kind and kind != resource.kind and resource.custom:
        cause = schema_invalid("kind", kind, f"must be {resource.kind}")
        name = (body.get("metadata") or {}).get("name") or ""
        raise invalid(name, resource.group, kind, [cause.as_dict])
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


def check_name(place: Place, given: dict[str, Any]) -> None:
    """Refuse a new state that does not say whose it is, or says that it is another object's."""
    name = given.get("name")
    if not name:
        raise bad_request(
            f"the name of the object ({place.name} based on URL) was undeterminable: name must be "
            "provided"
        )
    if name != place.name:
        raise wrong_name(name, place.name)
    if place.resource.namespaced:
        namespace_of(place, given)


def check_identity(
    place: Place, given: dict[str, Any], had: dict[str, Any], *, patch: bool = False
) -> None:
    """Refuse a change that is meant for an earlier object of the name, or an older state of it.

    A ``patch`` that changes the uid is not meant for another object: nobody may change it.
    """
    resource = place.resource
    uid = given.get("uid")
    if uid and uid != had["uid"] and not patch:
        raise conflict(
            place.name,
            resource.group,
            resource.plural,
            f"Precondition failed: UID in precondition: {uid}, UID in object meta: {had['uid']}",
        )
    version = given.get("resourceVersion")
    if read_version(version) and version != had["resourceVersion"]:
        raise conflict(place.name, resource.group, resource.plural, MODIFIED)


def check_absent(place: Place, given: dict[str, Any]) -> None:
    """Refuse an update that would create an object, yet is meant for one that was there."""
    read_version(given.get("resourceVersion"))
    uid = given.get("uid")
    if not uid:
        return
    resource = place.resource
    where = "/".join(part for part in (resource.plural, place.namespace, place.name) if part)
    raise conflict(
        place.name,
        resource.group,
        resource.plural,
        f"StorageError: invalid object, Code: 4, Key: /registry/{where}, ResourceVersion: 0, "
        f"AdditionalErrorMsg: Precondition failed: UID in precondition: {uid}, "
        "UID in object meta: ",
    )


def require_version(place: Place, given: dict[str, Any]) -> None:
    """Refuse an update of a kind that takes none without the version that it replaces."""
    resource = place.resource
    if (resource.custom or resource.versioned) and not read_version(given.get("resourceVersion")):
        cause = {
            "reason": "FieldValueInvalid",
            "message": "Invalid value: 0x0: must be specified for an update",
            "field": "metadata.resourceVersion",
        }
        raise invalid(place.name, resource.group, resource.plural, [cause])


def read_version(version: str | None) -> int:
    """Return a resourceVersion as the store counts, 0 for none."""
    if not version:
        return 0
    if not (version.isascii() and version.isdecimal()):
        raise plain_internal(f'strconv.ParseUint: parsing "{version}": invalid syntax')
    return int(version)


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
    read_version(metadata.get("resourceVersion"))


def wrong_name(given: str, place: str) -> Refusal:
    """Return the refusal of a body whose name is not the one in the path."""
    return bad_request(
        f"the name of the object ({given}) does not match the name on the URL ({place})"
    )


def refuse_causes(resource: ResourceType, name: str, causes: list[Cause]) -> None:
    """Refuse an object for ``causes``, if there are any."""
    if causes:
        raise invalid(name, resource.group, resource.kind, [cause.as_dict for cause in causes])
