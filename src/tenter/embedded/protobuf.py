"""Reads the protobuf that kubectl's own generators send, such as ``kubectl create configmap``.

Requests only: every client that sends protobuf also takes JSON. The field numbers are generated
data (``tools/generate_protobuf.py``). Source: the Kubernetes API documentation, "Kubernetes
Protobuf encoding", and the protobuf wire format.
"""

from __future__ import annotations

import base64
import functools
import gzip
import importlib.resources
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TypeAlias

import msgspec

from tenter.manifests.keys import Manifest

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"

_MAGIC = b"k8s\x00"
_DEEPEST = 64
_WireType: TypeAlias = str | int | list[Any]
"""A scalar's name, a message's number, or a map's key and value types."""


class _Data(msgspec.Struct, frozen=True):
    kinds: dict[str, int]
    messages: list[dict[int, tuple[str, _WireType, str]]]


class Unreadable(ValueError):  # noqa: N818  # a fact about a body, told to the client as 400
    """The bytes are not a message that is known here."""


@functools.cache
def _data() -> _Data:
    file = importlib.resources.files(__package__).joinpath("protobuf.json.gz")
    return msgspec.json.decode(gzip.decompress(file.read_bytes()), type=_Data)


def decode_protobuf(body: bytes) -> Manifest:
    """Return the object in ``body``; raises ``Unreadable`` where it is none that is known."""
    if not body.startswith(_MAGIC):
        raise Unreadable("it does not begin as Kubernetes protobuf does")
    try:
        return _envelope(body[len(_MAGIC) :])
    except (UnicodeDecodeError, OverflowError, OSError, msgspec.DecodeError) as error:
        raise Unreadable(f"a value in it cannot be read: {error}") from error


def _envelope(body: bytes) -> Manifest:
    api_version = kind = ""
    raw = b""
    for number, value in _fields(body):
        if number == 1 and isinstance(value, bytes):
            names = {n: v.decode() for n, v in _fields(value) if isinstance(v, bytes)}
            api_version, kind = names.get(1, ""), names.get(2, "")
        elif number == 2 and isinstance(value, bytes):
            raw = value
    group, _, version = api_version.rpartition("/")
    message = _data().kinds.get(f"{group}/{version}/{kind}")
    if message is None:
        raise Unreadable(f"the kind {api_version} {kind} is not known in protobuf here; send JSON")
    return {"kind": kind, "apiVersion": api_version, **_message(raw, message, 0)}


def _message(raw: bytes, number: int, depth: int) -> dict[str, Any]:
    if depth > _DEEPEST:
        raise Unreadable("it is nested too deeply")
    known = _data().messages[number]
    result: dict[str, Any] = {}
    for field, value in _fields(raw):
        if field not in known:
            continue
        name, type_, flags = known[field]
        if isinstance(type_, list):
            key, item = _entry(value, type_, depth)
            result.setdefault(name, {})[key] = item
            continue
        decoded = _value(value, type_, depth)
        if "i" in flags and isinstance(decoded, dict):
            result.update(decoded)
        elif "r" in flags:
            result.setdefault(name, []).append(decoded)
        elif "k" in flags or decoded not in ("", 0, False, None, {}):
            # Go writes the empty value of what is no pointer, and means that there is none.
            result[name] = decoded
    return result


def _entry(value: int | bytes, types: list[Any], depth: int) -> tuple[str, Any]:
    if not isinstance(value, bytes):
        raise Unreadable("a map's entry is not a message")
    key, item = "", _empty(types[1])
    for number, part in _fields(value):
        if number == 1:
            key = str(_value(part, types[0], depth))
        elif number == 2:
            item = _value(part, types[1], depth)
    return key, item


def _empty(type_: _WireType) -> Any:
    return (
        {}
        if isinstance(type_, int)
        else {"bool": False, "int32": 0, "int64": 0}.get(str(type_), "")
    )


def _value(value: int | bytes, type_: _WireType, depth: int) -> Any:
    if isinstance(value, int):
        if type_ == "bool":
            return bool(value)
        if type_ == "double":
            return struct.unpack("<d", value.to_bytes(8, "little"))[0]
        if type_ in ("int32", "int64", "uint32", "uint64"):
            return value - (1 << 64) if value >> 63 and str(type_).startswith("int") else value
        raise Unreadable(f"a number stands where {type_} was expected")
    if isinstance(type_, int):
        decoded = _message(value, type_, depth + 1)
        return decoded.get("", decoded)
    return _scalar(value, str(type_))


def _scalar(value: bytes, type_: str) -> Any:
    parts = dict(_fields(value)) if type_ in ("int-or-string", "quantity", "time", "json") else {}
    match type_:
        case "string":
            return value.decode()
        case "bytes":
            return base64.b64encode(value).decode()
        case "int-or-string":
            number, text = parts.get(2, 0), parts.get(3, b"")
            if parts.get(1):
                return text.decode() if isinstance(text, bytes) else ""
            return _value(number, "int32", 0)
        case "quantity":
            text = parts.get(1, b"")
            return text.decode() if isinstance(text, bytes) else ""
        case "time":
            seconds = parts.get(1)
            if not isinstance(seconds, int):
                return None
            moment = datetime.fromtimestamp(_value(seconds, "int64", 0), UTC)
            return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        case "json":
            raw = parts.get(1, b"")
            return msgspec.json.decode(raw) if isinstance(raw, bytes) and raw else None
        case _:
            raise Unreadable(f"text stands where {type_} was expected")


def _fields(raw: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield (field number, value) of a message; fixed-width values come as integers."""
    position = 0
    while position < len(raw):
        tag, position = _varint(raw, position)
        match tag & 7:
            case 0:
                value, position = _varint(raw, position)
                yield tag >> 3, value
            case 2:
                length, position = _varint(raw, position)
                yield tag >> 3, _cut(raw, position, length)
                position += length
            case 1 | 5 as width:
                length = 8 if width == 1 else 4
                yield tag >> 3, int.from_bytes(_cut(raw, position, length), "little")
                position += length
            case _:
                raise Unreadable("it is not in the protobuf wire format")


def _cut(raw: bytes, position: int, length: int) -> bytes:
    if position + length > len(raw):
        raise Unreadable("it ends too early")
    return raw[position : position + length]


def _varint(raw: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if position >= len(raw) or shift > 63:
            raise Unreadable("it is not in the protobuf wire format")
        byte = raw[position]
        value |= (byte & 127) << shift
        position += 1
        if byte < 128:
            return value, position
        shift += 7
