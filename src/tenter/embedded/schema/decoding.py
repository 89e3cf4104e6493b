"""Whether the values of an object are of the types its fields declare.

For built-in kinds this is what Kubernetes finds when it decodes the request, in the words of Go's
JSON decoder; for custom kinds it is the first part of the validation by schema.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from tenter.embedded.schema.causes import Cause, Fault
from tenter.embedded.schema.quantities import quantity
from tenter.embedded.schema.types import Shape, StructType, Type
from tenter.manifests import Manifest

_INDEX = re.compile(r"\[[^\]]*\]")
_QUANTITY = r"^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$"
_GO_NAMES = {
    Shape.STRING: "string",
    Shape.BOOLEAN: "bool",
    Shape.NUMBER: "float64",
    Shape.INT_OR_STRING: "int32",
}


def type_errors(obj: Manifest, type_: StructType) -> list[Cause]:
    """Return a cause for each value of the wrong type, in the object's order.

    For a built-in kind the server answers 400 with :func:`decoding_message`; for a custom kind the
    causes are an Invalid's, 422. Fields that the type does not declare are not looked at.
    """
    found: list[Cause] = []
    _check(obj, type_, "", type_, found)
    return found


def decoding_message(causes: list[Cause], type_: StructType) -> str:
    """Return Kubernetes' message (400 BadRequest) for a built-in object with ``causes``.

    As in ``Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal
    string into Go struct field DeploymentSpec.spec.replicas of type int32``. Decoding stops at the
    first fault.
    """
    head = f'{type_.kind} in version "{type_.version}" cannot be handled as a {type_.kind}: '
    return head + causes[0].message


def _check(value: Any, type_: Type, path: str, owner: Type, found: list[Cause]) -> None:
    shape = type_.shape
    if value is None:
        if not (type_.built_in or type_.nullable) and shape is not Shape.ANY:
            found.append(_wrong(value, type_, path, owner))
    elif (scalar := _SCALARS.get(shape)) is not None:
        if not scalar(value):
            found.append(_wrong(value, type_, path, owner))
            if isinstance(value, float) and shape is Shape.INTEGER and not type_.built_in:
                # Kubernetes' validator finds this a second time, and does not know where.
                why = f"Checked value must be of type integer (default format) in {path}"
                found.append(Cause(Fault.INVALID, f'Invalid value: "": {why}', "<nil>"))
        elif type_.built_in and type_.format in _FORMATS:
            fault = _FORMATS[type_.format](value)
            if fault:
                found.append(Cause(Fault.INVALID, fault, path))
    elif not isinstance(value, _CONTAINERS[shape]):
        found.append(_wrong(value, type_, path, owner))
    elif shape is Shape.OBJECT:
        fields = type_.fields
        for name, item in value.items():
            sub = fields.get(name)
            if sub is not None and not (_is_dropped(item, sub) or _plain_text(item, sub)):
                _check(item, sub, f"{path}.{name}" if path else name, type_, found)
    elif type_.element is not None:
        _check_elements(value, type_.element, path, owner, found)


def _check_elements(value: Any, element: Type, path: str, owner: Type, found: list[Cause]) -> None:
    if isinstance(value, list):
        for index, item in enumerate(value):
            _check(item, element, f"{path}[{index}]", owner, found)
    else:
        for name, item in value.items():
            if not (_is_dropped(item, element) or _plain_text(item, element)):
                place = f"{path}[{name}]" if element.built_in else f"{path}.{name}"
                _check(item, element, place, owner, found)


def _is_dropped(value: Any, type_: Type) -> bool:
    """Tell whether ``value`` is a null in a custom kind that goes before anybody looks at it."""
    return value is None and not type_.built_in and not type_.nullable


def _plain_text(value: Any, type_: Type) -> bool:
    """Tell whether ``value`` is, as most are, a text in a place for any text."""
    return value.__class__ is str and type_.shape is Shape.STRING and not type_.format


def _integer(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())


_SCALARS: dict[Shape, Callable[[Any], bool]] = {
    Shape.STRING: lambda v: isinstance(v, str),
    Shape.INTEGER: _integer,
    Shape.NUMBER: lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    Shape.BOOLEAN: lambda v: isinstance(v, bool),
    Shape.INT_OR_STRING: lambda v: isinstance(v, str) or _integer(v),
    Shape.QUANTITY: lambda v: not isinstance(v, (bool, dict, list)),
    Shape.ANY: lambda _: True,
}


_CONTAINERS: dict[Shape, Any] = {Shape.OBJECT: dict, Shape.MAP: dict, Shape.LIST: list}


def _int32(value: Any) -> str:
    fits = -(2**31) <= value < 2**31
    return "" if fits else f"json: cannot unmarshal number {value} into Go value of type int32"


def _quantity(value: Any) -> str:
    if quantity(value) is not None:
        return ""
    return f"quantities must match the regular expression '{_QUANTITY}'"


def _byte(value: Any) -> str:
    try:
        base64.b64decode(value.replace("\n", ""), validate=True)
    except (binascii.Error, ValueError):
        good = re.match(r"[A-Za-z0-9+/]*", value)
        return f"illegal base64 data at input byte {good.end() if good else 0}"
    return ""


def _date_time(value: Any) -> str:
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        return (
            f'parsing time "{value}" as "2006-01-02T15:04:05Z07:00":'
            f' cannot parse "{value}" as "2006"'
        )
    return ""


_FORMATS: dict[str, Callable[[Any], str]] = {
    "int32": _int32,
    "quantity": _quantity,
    "byte": _byte,
    "date-time": _date_time,
}


def _wrong(value: Any, type_: Type, path: str, owner: Type) -> Cause:
    if type_.built_in:
        seen = _json_name(value)
        struct = owner.name.rpartition(".")[2]
        place = _INDEX.sub("", path)
        message = (
            f"json: cannot unmarshal {seen} into Go struct field {struct}.{place}"
            f" of type {_go_name(type_)}"
        )
        return Cause(Fault.TYPE_INVALID, message, path)
    wanted = _schema_name(type_)
    seen = _schema_seen(value)
    return Cause(
        Fault.TYPE_INVALID,
        f'Invalid value: "{seen}": {path} in body must be of type {wanted}: "{seen}"',
        path,
    )


def _json_name(value: Any) -> str:
    match value:
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
    return "object"


def _schema_seen(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
    return _json_name(value)


def _schema_name(type_: Type) -> str:
    match type_.shape:
        case Shape.LIST:
            return "array"
        case Shape.MAP:
            return "object"
        case Shape.INT_OR_STRING:
            return "integer,string"
    name: str = type_.shape.value
    return name


def _go_name(type_: Type) -> str:
    match type_.shape:
        case Shape.INTEGER:
            return type_.format or "int64"
        case Shape.LIST:
            return f"[]{_go_name(type_.element)}" if type_.element else "[]"
        case Shape.MAP:
            return f"map[string]{_go_name(type_.element)}" if type_.element else "map[string]"
        case Shape.OBJECT:
            return ".".join(type_.name.split(".")[-2:])
        case Shape.QUANTITY:
            return "resource.Quantity"
    return _GO_NAMES.get(type_.shape, "string")
