"""The older OpenAPI document, in which all group versions stand together.

kubectl still asks for it about kinds that it does not find in the newer ones, in protobuf; other
clients ask for JSON. It is made from the newer documents and says no more than they do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from tenter.manifests.keys import Manifest

PROTOBUF = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
_GVK = "x-kubernetes-group-version-kind"
_NEWER = "#/components/schemas/"
_OLDER = "#/definitions/"


def swagger(documents: Iterable[Manifest]) -> Manifest:
    """Return one document of version 2 that says what these of version 3 do."""
    definitions: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for document in documents:
        for name, schema in document["components"]["schemas"].items():
            definitions.setdefault(name, _older(schema))
        for path, item in document["paths"].items():
            paths[path] = {
                method: _operation(operation)
                for method, operation in item.items()
                if isinstance(operation, dict)
            }
    return {
        "swagger": "2.0",
        "info": {"title": "Kubernetes", "version": "unversioned"},
        "paths": paths,
        "definitions": definitions,
    }


def _operation(operation: dict[str, Any]) -> dict[str, Any]:
    parameters = [
        {"name": each["name"], "in": each["in"], "type": "string", "uniqueItems": True}
        for each in operation.get("parameters") or ()
    ]
    return {**operation, **({"parameters": parameters} if parameters else {})}


def _older(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_older(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "oneOf" in schema:
        # Integers or strings, and quantities: this version knows no alternatives.
        return {"type": "string", "format": schema.get("format", "int-or-string")}
    inherited = list(schema.get("allOf") or ())
    if len(inherited) == 1:
        others = {name: each for name, each in schema.items() if name != "allOf"}
        return _older({**inherited[0], **others})
    found: dict[str, Any] = {}
    for name, value in schema.items():
        if name == "$ref":
            found[name] = value.replace(_NEWER, _OLDER)
        elif name == "properties":
            found[name] = {each: _older(below) for each, below in value.items()}
        elif name in ("items", "additionalProperties"):
            found[name] = _older(value)
        else:
            found[name] = value
    return found


def encode_swagger(document: Manifest) -> bytes:
    """Return the document in protobuf, as ``openapiv2.Document`` of gnostic is written."""
    info = _text(1, document["info"]["title"]) + _text(2, document["info"]["version"])
    paths = b"".join(
        _message(2, _named(path, _path_item(item))) for path, item in document["paths"].items()
    )
    definitions = b"".join(
        _message(1, _named(name, _schema(schema)))
        for name, schema in document["definitions"].items()
    )
    return b"".join(
        (
            _text(1, document["swagger"]),
            _message(2, info),
            _message(8, paths),
            _message(9, definitions),
        )
    )


def _path_item(item: dict[str, Any]) -> bytes:
    numbers = {"get": 2, "patch": 8}
    return b"".join(
        _message(numbers[method], _wire_operation(operation))
        for method, operation in item.items()
        if method in numbers
    )


def _wire_operation(operation: dict[str, Any]) -> bytes:
    parameters = b"".join(
        # ParametersItem, Parameter, NonBodyParameter, QueryParameterSubSchema
        _message(8, _message(1, _message(2, _message(3, _query_parameter(each)))))
        for each in operation.get("parameters") or ()
    )
    responses = b"".join(
        _message(1, _named(code, _message(1, _text(1, response.get("description", "")))))
        for code, response in operation.get("responses", {}).items()
    )
    return parameters + _message(9, responses) + _extensions(13, operation)


def _query_parameter(parameter: dict[str, Any]) -> bytes:
    return _text(2, "query") + _text(4, parameter["name"]) + _text(6, parameter["type"])


def _schema(schema: dict[str, Any]) -> bytes:
    pieces = [
        _text(1, schema.get("$ref", "")),
        _text(2, schema.get("format", "")),
        _text(4, schema.get("description", "")),
    ]
    if "default" in schema:
        pieces.append(_message(5, _any(schema["default"])))
    pieces += [_text(19, name) for name in schema.get("required") or ()]
    values = schema.get("additionalProperties")
    if isinstance(values, dict):
        pieces.append(_message(21, _message(1, _schema(values))))
    if schema.get("type"):
        pieces.append(_message(22, _text(1, schema["type"])))
    if isinstance(schema.get("items"), dict):
        pieces.append(_message(23, _message(1, _schema(schema["items"]))))
    properties = b"".join(
        _message(1, _named(name, _schema(below)))
        for name, below in (schema.get("properties") or {}).items()
    )
    if properties:
        pieces.append(_message(25, properties))
    pieces.append(_extensions(31, schema))
    return b"".join(pieces)


def _extensions(number: int, schema: dict[str, Any]) -> bytes:
    return b"".join(
        _message(number, _named(name, _any(value)))
        for name, value in schema.items()
        if name.startswith("x-")
    )


def _any(value: Any) -> bytes:
    """Return an ``Any``, which carries YAML; JSON is that."""
    return _text(2, msgspec.json.encode(value).decode())


def _named(name: str, value: bytes) -> bytes:
    return _text(1, name) + _message(2, value)


def _text(number: int, text: str) -> bytes:
    return _message(number, text.encode()) if text else b""


def _message(number: int, content: bytes) -> bytes:
    """Return a field of a length-delimited type: a string or a message."""
    return bytes(_varint(number << 3 | 2)) + bytes(_varint(len(content))) + content


def _varint(value: int) -> Iterator[int]:
    while value > 0x7F:
        yield value & 0x7F | 0x80
        value >>= 7
    yield value
