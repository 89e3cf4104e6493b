"""Read and write how a source is rendered, as an Application's ``source`` says it.

A field that does not exist is refused, naming the nearest that does: a misspelt ``valueFiles``
would otherwise deploy a chart with its defaults, and nobody would be told.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from tenter.errors import ManifestError, RenderError
from tenter.sources.options import (
    DirectoryOptions,
    HelmOptions,
    JsonnetOptions,
    KustomizeOptions,
    SourceOptions,
)

_T = TypeVar("_T", bound=msgspec.Struct)


class _WrittenDirectory(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """``source.directory`` as it is written; several patterns are ``{a,b}``."""

    recurse: bool = False
    include: str = ""
    exclude: str = ""
    disable_extension_filter: bool = False
    jsonnet: JsonnetOptions = JsonnetOptions()


def read_source_options(source: Mapping[str, Any]) -> SourceOptions:
    """Return the options in an Application's ``source`` mapping.

    Only ``helm``, ``kustomize``, ``directory`` and ``plugin`` are looked at. Raises
    ``ManifestError`` for fields of the wrong shape, fields that there are none of, and where
    several renderers are asked for at once, and ``RenderError`` for a plugin.
    """
    if source.get("plugin"):
        raise RenderError(
            "source.plugin: config management plugins are not supported. Render the manifests "
            "before, and sync the result as a directory"
        )
    written = _read(_WrittenDirectory, source, "directory")
    options = SourceOptions(
        helm=_read(HelmOptions, source, "helm"),
        kustomize=_read(KustomizeOptions, source, "kustomize"),
        directory=DirectoryOptions(
            recurse=written.recurse,
            include=read_patterns(written.include),
            exclude=read_patterns(written.exclude),
            disable_extension_filter=written.disable_extension_filter,
            jsonnet=written.jsonnet,
        ),
    )
    if len(options.given) > 1:
        raise ManifestError(
            f"the source says how to render it in {len(options.given)} ways at once "
            f"({', '.join(f'source.{name}' for name in options.given)}); keep one of them"
        )
    return options


def write_source_options(options: SourceOptions) -> dict[str, Any]:
    """Return ``options`` as an Application's ``source`` writes them; what says nothing is out."""
    written: dict[str, Any] = {}
    for name in options.given:
        value: msgspec.Struct = getattr(options, name)
        if isinstance(value, DirectoryOptions):
            value = _WrittenDirectory(
                recurse=value.recurse,
                include=write_patterns(value.include),
                exclude=write_patterns(value.exclude),
                disable_extension_filter=value.disable_extension_filter,
                jsonnet=value.jsonnet,
            )
        written[name] = _without_defaults(value)
    return written


def read_patterns(text: str) -> tuple[str, ...]:
    """Read ``*.yaml`` or ``{a.yaml,b.yaml}``, as Argo CD writes several patterns."""
    text = text.strip()
    if not text:
        return ()
    if text.startswith("{") and text.endswith("}") and text.count("{") == 1:
        return tuple(part.strip() for part in text[1:-1].split(",") if part.strip())
    return (text,)


def write_patterns(patterns: tuple[str, ...]) -> str:
    """Return ``patterns`` in one text, as ``read_patterns`` reads it."""
    return patterns[0] if len(patterns) == 1 else f"{{{','.join(patterns)}}}" if patterns else ""


def _without_defaults(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return {
            field.encode_name: _without_defaults(getattr(value, field.name))
            for field in msgspec.structs.fields(value)
            if field.required or getattr(value, field.name) != _default_of(field)
        }
    if isinstance(value, tuple):
        return [_without_defaults(item) for item in value]
    return value


def _default_of(field: msgspec.structs.FieldInfo) -> Any:
    if field.default is not msgspec.NODEFAULT:
        return field.default
    return field.default_factory() if callable(field.default_factory) else None


def _read(kind: type[_T], source: Mapping[str, Any], field: str) -> _T:
    value = source.get(field)
    if value is None:
        return kind()
    _refuse_unknown(kind, value, f"source.{field}")
    try:
        return msgspec.convert(_without_nothing(value), kind)
    except msgspec.ValidationError as error:
        raise ManifestError(_complaint(str(error), f"source.{field}")) from error


def _without_nothing(value: Any) -> Any:
    """Leave out fields that are null, which means not said; a chart's values may be null."""
    if isinstance(value, dict):
        return {
            key: item if key == "valuesObject" else _without_nothing(item)
            for key, item in value.items()
            if item is not None
        }
    if isinstance(value, list):
        return [_without_nothing(item) for item in value]
    return value


def _refuse_unknown(kind: Any, value: Any, path: str) -> None:
    """Refuse fields that ``kind`` lacks: a misspelt one would change nothing, silently."""
    if not isinstance(value, Mapping):
        return
    known = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for name, item in value.items():
        if name not in known:
            near = difflib.get_close_matches(str(name), known, n=1)
            advice = f'did you mean "{near[0]}"?' if near else f"it has {', '.join(sorted(known))}"
            raise ManifestError(f'{path} has no field "{name}"; {advice}')
        inner = _struct_in(known[name].type)
        if inner is not None:
            items = item if isinstance(item, list) else [item]
            for each in items:
                _refuse_unknown(inner, each, f"{path}.{name}")


def _struct_in(annotation: Any) -> Any:
    """Return the struct that a field holds, alone, in a tuple or optionally; None for others."""
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _struct_in(argument)
        if found is not None:
            return found
    return None


_TYPES = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}


def _complaint(message: str, path: str) -> str:
    """Say ``Expected `str`, got `int` - at `$.values``` in the words of who wrote the manifest."""
    text, _, place = message.partition(" - at `$")
    found = re.fullmatch(r"Expected `([^`]+)`, got `([^`]+)`", text)
    if found:
        expected = " or ".join(_TYPES.get(name, name) for name in found[1].split(" | "))
        text = f"expected {expected}, found {_TYPES.get(found[2], found[2])}"
        if "text" in expected:
            text += "; put it in quotes"
    return f"{path}{place.rstrip('`')}: {text[:1].lower()}{text[1:]}"
