"""Reads the body of a request: JSON, YAML as Kubernetes reads it, or its protobuf."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from tenter.embedded.protobuf import MEDIA_TYPE, Unreadable, decode_protobuf
from tenter.embedded.statuses import bad_request, too_large, unsupported_media_type
from tenter.kube.requests import Request

LIMIT = 3 * 1024 * 1024
"""The most bytes a request's body may have."""

_decode = msgspec.json.Decoder().decode
_READABLE = ("application/json", "application/yaml", MEDIA_TYPE)


def media_type(request: Request) -> str:
    """Return the body's media type without parameters."""
    return request.content_type.partition(";")[0].strip().lower()


def read_body(request: Request, *, duplicates: bool = False) -> tuple[Any, list[str]]:
    """Return the decoded body, and with ``duplicates`` the paths of fields that stand twice.

    An empty body is None. Raises ``Refusal``: 400 for what cannot be read, 413 for too much, 415
    for other formats.
    """
    if media_type(request) == MEDIA_TYPE:
        return _read_protobuf(request.body), []
    if media_type(request) not in ("", *_READABLE):
        raise unsupported_media_type(_READABLE, told=False)
    return decode(request.body, duplicates=duplicates)


def decode(
    body: bytes | None, *, duplicates: bool = False, yaml: bool = True
) -> tuple[Any, list[str]]:
    """Decode a body whatever its media type says: JSON first, since JSON is YAML as well.

    ``yaml`` False takes JSON alone.
    """
    if not body:
        return None, []
    if len(body) > LIMIT:
        raise too_large()
    try:
        decoded = _decode(body)
    except msgspec.DecodeError as error:
        if not yaml:
            raise bad_request(f"error decoding patch: {error}") from error
        return _read_yaml(body, error), []
    return decoded, _duplicates(body) if duplicates else []


def _read_yaml(body: bytes, error: msgspec.DecodeError) -> Any:
    if body.lstrip()[:1] in (b"{", b"["):
        raise bad_request(f"the body is not JSON: {error}") from error
    from tenter.errors import ManifestError  # noqa: PLC0415  # clients hardly ever send YAML
    from tenter.manifests.yaml_reader import parse_yaml  # noqa: PLC0415

    try:
        parsed = next(parse_yaml(body.decode(), "request body"), None)
    except (ManifestError, UnicodeDecodeError) as broken:
        raise bad_request(f"error converting YAML to JSON: {broken}") from broken
    return parsed.value if parsed else None


def _read_protobuf(body: bytes | None) -> Any:
    if not body:
        return None
    if len(body) > LIMIT:
        raise too_large()
    try:
        return decode_protobuf(body)
    except Unreadable as error:
        raise bad_request(f"the body cannot be read as protobuf: {error}") from error


class _Doubled(dict[str, Any]):
    """A mapping in which some keys stood twice."""

    twice: tuple[str, ...] = ()


def _duplicates(body: bytes) -> list[str]:
    found = False

    def build(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal found
        built = dict(pairs)
        if len(built) == len(pairs):
            return built
        found = True
        marked = _Doubled(built)
        keys = [key for key, _ in pairs]
        marked.twice = tuple(dict.fromkeys(key for key in keys if keys.count(key) > 1))
        return marked

    tree = json.loads(body, object_pairs_hook=build)
    return list(_doubled_paths(tree, "")) if found else []


def _doubled_paths(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value, _Doubled):
            yield from (f"{path}.{key}".lstrip(".") for key in value.twice)
        for key, below in value.items():
            yield from _doubled_paths(below, f"{path}.{key}")
    elif isinstance(value, list):
        for place, below in enumerate(value):
            yield from _doubled_paths(below, f"{path}[{place}]")
