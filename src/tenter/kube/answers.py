"""What API answers come to: an object, a page of a list, or the error that fits the refusal.

The one place that knows which status code and reason is which exception. It never sends anything.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tenter import errors
from tenter.kube.requests import Request, Response
from tenter.kube.resources import Resource
from tenter.manifests import Manifest


class ObjectList(msgspec.Struct, frozen=True):
    """A collection as it was at ``resource_version``, from which a watch can go on."""

    items: list[Manifest]
    resource_version: str


class ApplyAnswer(msgspec.Struct, frozen=True):
    """What a server-side apply left; ``created`` says that the object was not there before."""

    object: Manifest
    created: bool


class Access(msgspec.Struct, frozen=True):
    """Whether these credentials may do something; ``reason`` is the server's and often empty."""

    allowed: bool
    reason: str = ""


_BY_CODE: dict[int, type[errors.ApiError]] = {
    400: errors.BadRequest,
    401: errors.Unauthorized,
    403: errors.Forbidden,
    404: errors.NotFound,
    409: errors.Conflict,
    410: errors.Expired,
    413: errors.Invalid,
    415: errors.BadRequest,
    422: errors.Invalid,
    429: errors.TooManyRequests,
}
_ADVICE: dict[type[errors.ApiError], str] = {
    errors.Unauthorized: (
        "The server does not know these credentials: log in again, or choose another context."
    ),
}
# Server-side apply answers these with 500 though the object is at fault and no retry can help
# (kube-apiserver 1.36: structured-merge-diff's errors are not given a status of their own).
_OBJECT_AT_FAULT = (
    "failed to create typed patch object",
    "field not declared in schema",
    "duplicate entries for key",
)


class ListPage(msgspec.Struct, frozen=True):
    """One page of a list. ``token`` is empty on the last page."""

    items: list[Manifest]
    resource_version: str
    token: str = ""


class _ListMeta(msgspec.Struct):
    resource_version: str = msgspec.field(default="", name="resourceVersion")
    token: str = msgspec.field(default="", name="continue")


class _List(msgspec.Struct):
    metadata: _ListMeta = msgspec.field(default_factory=_ListMeta)
    items: list[dict[str, Any]] | None = None


_object_decoder = msgspec.json.Decoder(dict[str, Any])
_list_decoder = msgspec.json.Decoder(_List)


def read_object(request: Request, response: Response) -> Manifest:
    """Return the object in ``response``.

    Raises the subclass of ``ApiError`` that fits an error answer, and ``ServerFault`` for a body
    that is no JSON object.
    """
    if response.status >= 300:
        raise error_of(request, response.status, response.body, response.headers)
    try:
        return _object_decoder.decode(response.body)
    except msgspec.DecodeError as error:
        raise _unreadable(request, response, error) from error


def read_page(request: Request, response: Response, resource: Resource) -> ListPage:
    """Return the page of a list in ``response``; raises as ``read_object``.

    The server leaves ``apiVersion`` and ``kind`` out of the items of built-in kinds: they are put
    back, so that every object names its own kind.
    """
    if response.status >= 300:
        raise error_of(request, response.status, response.body, response.headers)
    try:
        page = _list_decoder.decode(response.body)
    except msgspec.DecodeError as error:
        raise _unreadable(request, response, error) from error
    items = page.items or []
    if not all(isinstance(item.get("metadata"), dict) for item in items):
        raise _unreadable(request, response, "an item has no metadata")
    if items and "kind" not in items[0]:
        kind = {"apiVersion": resource.api_version, "kind": resource.kind}
        items = [{**kind, **item} for item in items]
    return ListPage(items, page.metadata.resource_version, page.metadata.token)


def error_of(
    request: Request, code: int, body: bytes, headers: dict[str, str] | None = None
) -> errors.ApiError:
    """Return the exception for an error answer, with the server's ``Status`` inside.

    A ``Retry-After`` header is kept as ``details.retryAfterSeconds``, where the body has none.
    """
    status = _status(body)
    retry_after = (headers or {}).get("retry-after", "")
    if retry_after.isdecimal():
        status["details"] = {
            "retryAfterSeconds": int(retry_after),
            **(status.get("details") or {}),
        }
    said = status.get("message") or body[:500].decode(errors="replace").strip() or "no explanation"
    return _classify(code, status, said, f"{request.method} {request.path}")


def error_of_status(status: dict[str, Any], where: str) -> errors.ApiError:
    """Return the exception for a ``Status`` object that came in a stream (a watch's ERROR)."""
    said = status.get("message") or "no explanation"
    return _classify(int(status.get("code") or 500), status, said, where)


def retry_after(error: errors.ApiError) -> float | None:
    """Return the seconds the server asked to wait, or None where it named none."""
    seconds = (error.status.get("details") or {}).get("retryAfterSeconds")
    return float(seconds) if isinstance(seconds, int | float) and seconds > 0 else None


def _classify(code: int, status: dict[str, Any], said: str, where: str) -> errors.ApiError:
    chosen = _BY_CODE.get(code)
    if code == 409 and status.get("reason") == "AlreadyExists":
        chosen = errors.AlreadyExists
    elif code == 500 and any(phrase in said for phrase in _OBJECT_AT_FAULT):
        chosen = errors.Invalid
    elif chosen is None:
        chosen = errors.ServerFault if code >= 500 else errors.BadRequest
    advice = _ADVICE.get(chosen)
    message = f"{said} ({where} was answered with {code})"
    return chosen(f"{message}. {advice}" if advice else message, code=code, status=status)


def _status(body: bytes) -> dict[str, Any]:
    try:
        decoded = msgspec.json.decode(body) if body else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    if isinstance(decoded, dict) and decoded.get("kind") == "Status":
        return decoded
    return {}


def _unreadable(request: Request, response: Response, cause: object) -> errors.ServerFault:
    return errors.ServerFault(
        f"{request.method} {request.path} was answered with {response.status} and a body that is "
        f"not a Kubernetes object ({cause}): is this address an API server's?",
        code=response.status,
    )
