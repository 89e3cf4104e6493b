"""Read Applications and AppProjects from what the API server serves.

As lenient as the API server's own pruning: unknown fields are ignored and a null is an absent
field. A value of another type is an error that names the field, since guessing what was meant
could deploy something else.
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

from tenter.argoproj.application import Application, ApplicationSpec, Metadata
from tenter.argoproj.operation import Operation
from tenter.argoproj.project import Project, ProjectSpec
from tenter.argoproj.status import ApplicationStatus
from tenter.errors import SpecError
from tenter.manifests import Manifest

_Shape = TypeVar("_Shape", bound=msgspec.Struct)
_PLACE = re.compile(r"(?P<what>.*?)(?: - at `\$(?:\.)?(?P<path>.*)`)?", re.DOTALL)
_FREE_FORM = frozenset({"valuesObject"})
"""Fields in which a null means something: Helm removes a chart's value by it."""


def read_application(manifest: Manifest) -> Application:
    """Return the Application that ``manifest`` (an object from the API server) holds.

    Raises ``SpecError`` where the spec or the operation has a field of a wrong type, naming it.
    A status that cannot be read does not make its owner's spec wrong: see ``read_status``.
    """
    operation = manifest.get("operation")
    return Application(
        metadata=read_metadata(manifest),
        spec=_read(manifest.get("spec"), ApplicationSpec, "spec", manifest),
        operation=(
            None if operation is None else _read(operation, Operation, "operation", manifest)
        ),
        status=read_status(manifest),
    )


def read_project(manifest: Manifest) -> Project:
    """Return the AppProject that ``manifest`` holds.

    Raises ``SpecError`` where a field has a wrong type, naming it.
    """
    return Project(
        metadata=read_metadata(manifest),
        spec=_read(manifest.get("spec"), ProjectSpec, "spec", manifest),
    )


def read_metadata(manifest: Manifest) -> Metadata:
    """Return the metadata of any object; the API server itself keeps its types right."""
    return _read(manifest.get("metadata"), Metadata, "metadata", manifest)


def read_operation(fields: Any) -> Operation:
    """Return the operation that ``fields`` (a plain mapping) ask for.

    Raises ``SpecError`` where a field has a wrong type, naming it.
    """
    return _read(fields, Operation, "operation", {})


def read_status(manifest: Manifest) -> ApplicationStatus:
    """Return the status, part by part: one that cannot be read counts as absent.

    The controller writes it anew, so a damaged part must not keep an Application from being
    reconciled.
    """
    status = manifest.get("status")
    if not isinstance(status, dict):
        return ApplicationStatus()
    parts: dict[str, Any] = {}
    for field in msgspec.structs.fields(ApplicationStatus):
        if status.get(field.encode_name) is None:
            continue
        try:
            parts[field.name] = _converted(status[field.encode_name], field.type)
        except msgspec.ValidationError:
            continue
    return ApplicationStatus(**parts)


def _read(fields: Any, shape: type[_Shape], root: str, manifest: Manifest) -> _Shape:
    try:
        found: _Shape = _converted({} if fields is None else fields, shape)
    except msgspec.ValidationError as error:
        match = _PLACE.fullmatch(str(error))
        what, inner = (match["what"], match["path"] or "") if match else (str(error), "")
        joint = "" if not inner or inner.startswith("[") else "."
        path = f"{root}{joint}{inner}"
        kind = manifest.get("kind") or "the operation"
        name = (manifest.get("metadata") or {}).get("name") or ""
        raise SpecError(
            f"{f'{kind} {name}'.strip()}: {path}: {_told(what)}; correct the field", path=path
        ) from error
    return found


def _converted(value: Any, shape: Any) -> Any:
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError:
        # Nulls are rare, so only a first failure pays for the copy without them.
        return msgspec.convert(_without_nulls(value), shape)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: item if name in _FREE_FORM else _without_nulls(item)
            for name, item in value.items()
            if item is not None
        }
    if isinstance(value, list):
        return [_without_nulls(item) for item in value if item is not None]
    return value


_WORDS = {"str": "a text", "int": "a whole number", "bool": "true or false", "object": "a mapping"}


def _told(what: str) -> str:
    """Turn msgspec's account of a mismatch into the field's own words."""
    missing = re.fullmatch(r"Object missing required field `(.+)`", what)
    if missing:
        return f"its {missing[1]} is missing"
    wrong = re.fullmatch(r"Expected `(.+?)`, got `(.+?)`", what)
    if not wrong:
        return what
    expected, found = (
        " or ".join({**_WORDS, "array": "a list"}.get(word, word) for word in part.split(" | "))
        for part in (wrong[1].replace(" | null", ""), wrong[2])
    )
    return f"it must be {expected}, and is {found}"
