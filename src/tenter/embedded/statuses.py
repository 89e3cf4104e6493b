"""Refusals: the ``Status`` objects with which Kubernetes answers what it will not do.

Clients act on ``reason`` and ``code`` and people read ``message``, so each is as the real API
server words it (API conventions, "Response Status Kind"; messages tried on Kubernetes 1.36).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tenter.manifests.keys import Manifest

Cause = dict[str, str]
"""A field at fault: ``reason``, ``message``, ``field``."""


class Refusal(Exception):  # noqa: N818  # an answer of the server, not a fault in it
    """A request is answered with a Status of code 4xx or 5xx."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        *,
        details: dict[str, Any] | None = None,
        retry_after: int | None = None,
        metadata: dict[str, str] | None = None,
    ) -> None:
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
        self.retry_after = retry_after
        self.metadata = metadata or {}
        super().__init__(message)

    @property
    def status(self) -> Manifest:
        """The Status object."""
        status: Manifest = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": self.metadata,
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            status["reason"] = self.reason
        if self.details is not None or self.retry_after:
            status["details"] = dict(self.details or {})
            if self.retry_after:
                status["details"]["retryAfterSeconds"] = self.retry_after
        status["code"] = self.code
        return status


def success(*, name: str, group: str, plural: str, uid: str) -> Manifest:
    """Return the Status that answers a deletion."""
    details = {"name": name, "group": group, "kind": plural, "uid": uid}
    if not group:
        del details["group"]
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": details,
    }


def done() -> Manifest:
    """Return the Status that answers what was asked of an object beside writing it."""
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def _details(name: str, group: str, kind: str) -> dict[str, Any]:
    details = {"name": name, "group": group, "kind": kind}
    return {field: value for field, value in details.items() if value}


def qualified(plural: str, group: str) -> str:
    """Return a resource as messages name it: ``deployments.apps``, ``pods``."""
    return f"{plural}.{group}" if group else plural


def bad_request(message: str) -> Refusal:
    """400: the request makes no sense."""
    return Refusal(400, "BadRequest", message)


def unauthorized() -> Refusal:
    """401: the token is missing or unknown."""
    return Refusal(401, "Unauthorized", "Unauthorized")


def forbidden(
    name: str, group: str, plural: str, message: str, causes: Sequence[Cause] = ()
) -> Refusal:
    """403: access is not granted, or an admission rule refuses."""
    details = _details(name, group, plural)
    if causes:
        details["causes"] = list(causes)
    subject = f'{qualified(plural, group)} "{name}"' if name else qualified(plural, group)
    return Refusal(403, "Forbidden", f"{subject} is forbidden: {message}", details=details)


def not_found(name: str, group: str, plural: str) -> Refusal:
    """404: there is no such object."""
    message = f'{qualified(plural, group)} "{name}" not found'
    return Refusal(404, "NotFound", message, details=_details(name, group, plural))


class NoSuchPath(Refusal):
    """404: no part of the server knows this path; the one refusal that is told in plain text."""

    def __init__(self) -> None:
        super().__init__(404, "NotFound", "404 page not found")


def no_such_resource() -> Refusal:
    """404: the server knows this group and version, but nothing of that name in it."""
    return Refusal(404, "NotFound", "the server could not find the requested resource", details={})


def method_not_allowed(group: str, plural: str, verb: str) -> Refusal:
    """405: the resource does not take this verb."""
    return Refusal(
        405,
        "MethodNotAllowed",
        f"{verb} is not supported on resources of kind {qualified(plural, group)!r}".replace(
            "'", '"'
        ),
        details={},
    )


def no_such_method() -> Refusal:
    """405: what is at the path can only be read."""
    message = "the server does not allow this method on the requested resource"
    return Refusal(405, "MethodNotAllowed", message, details={})


def not_acceptable(*, transformed: bool) -> Refusal:
    """406: the server cannot answer in any of the formats asked for.

    ``transformed``: the format is known, and what is to be made of the object in it is not.
    """
    return Refusal(
        406,
        "NotAcceptable",
        "only the following media types are accepted: application/json, application/yaml",
        details=None if transformed else {},
    )


def already_exists(name: str, group: str, plural: str) -> Refusal:
    """409: an object of this name is there already."""
    message = f'{qualified(plural, group)} "{name}" already exists'
    return Refusal(409, "AlreadyExists", message, details=_details(name, group, plural))


def conflict(name: str, group: str, plural: str, message: str) -> Refusal:
    """409: the object is not in the state that the request presumes."""
    return Refusal(
        409,
        "Conflict",
        f'Operation cannot be fulfilled on {qualified(plural, group)} "{name}": {message}',
        details=_details(name, group, plural),
    )


MODIFIED = (
    "the object has been modified; please apply your changes to the latest version and try again"
)


def apply_conflict(message: str, causes: Sequence[Cause]) -> Refusal:
    """409: another field manager owns fields that an apply would change."""
    return Refusal(409, "Conflict", message, details={"causes": list(causes)})


def expired(message: str, metadata: dict[str, str] | None = None) -> Refusal:
    """410: the resource version or continue token is too old; ``metadata`` tells how to go on."""
    return Refusal(410, "Expired", message, metadata=metadata)


def too_large() -> Refusal:
    """413: the request's body is larger than the server takes."""
    return Refusal(
        413,
        "RequestEntityTooLarge",
        "Request entity too large: limit is 3145728",
    )


def object_too_large(size: int) -> Refusal:
    """413: the object is larger than the store takes."""
    return Refusal(
        413,
        "RequestEntityTooLarge",
        f"rpc error: code = ResourceExhausted desc = trying to send message larger than max "
        f"({size} vs. 1572864)",
    )


def unsupported_media_type(accepted: Sequence[str], *, told: bool = True) -> Refusal:
    """415: the body is in a format that the server does not read here.

    ``told``: with the details that refusals of built-in kinds have, though they are empty.
    """
    return Refusal(
        415,
        "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: "
        + ", ".join(accepted),
        details={} if told else None,
    )


def invalid(name: str, group: str, kind: str, causes: Sequence[Cause]) -> Refusal:
    """422: the object breaks rules of its kind; ``causes`` names the fields."""
    texts = list(dict.fromkeys(f"{cause['field']}: {cause['message']}" for cause in causes))
    text = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    details = _details(name, group, kind)
    details["causes"] = list(causes)
    return Refusal(
        422, "Invalid", f'{qualified(kind, group)} "{name}" is invalid: {text}', details=details
    )


def unprocessable_patch() -> Refusal:
    """422: a JSON patch does not fit the object, such as a failed ``test``; it is not said how."""
    return Refusal(
        422, "Invalid", "the server rejected our request due to an error in our request", details={}
    )


def unfit_patch(message: str) -> Refusal:
    """422: what a patch makes is no object of its kind."""
    cause = {
        "reason": "FieldValueInvalid",
        "message": f"Invalid value: {message}",
        "field": "patch",
    }
    return Refusal(
        422,
        "Invalid",
        f' "" is invalid: patch: Invalid value: {message}',
        details={"causes": [cause]},
    )


def internal(message: str) -> Refusal:
    """500: a plain error inside the server, which is how Kubernetes tells some misuses."""
    return Refusal(500, "InternalError", message)


def plain_internal(message: str) -> Refusal:
    """500 without a reason: an error that Kubernetes does not translate."""
    return Refusal(500, "", message)


def too_large_version(asked: int, current: int) -> Refusal:
    """504: a version was asked for that has not come to be yet."""
    return Refusal(
        504,
        "Timeout",
        f"Timeout: Too large resource version: {asked}, current: {current}",
        details={
            "causes": [
                {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
            ]
        },
        retry_after=1,
    )
