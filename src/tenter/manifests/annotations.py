"""Read annotations and labels, whose values Kubernetes keeps as strings only.

An absent ``metadata``, ``annotations`` or ``labels``, or one that is null, holds nothing. A null
value is the empty string, as the API server reads it. Any other value is an error here, because
the API server refuses the object, and a ``sync-wave: 5`` without quotes must not pass as no wave.
"""

from __future__ import annotations

import re
from typing import Any

from tenter.errors import ManifestError
from tenter.manifests.keys import Manifest, key_of
from tenter.manifests.origin import Origin

_INTEGER = re.compile(r"[+-]?[0-9]+")


def annotation(manifest: Manifest, name: str, origin: Origin | None = None) -> str | None:
    """Return the annotation ``name``, or None where there is none.

    ``origin`` says where the manifest stands, for the message. Raises ``ManifestError`` where the
    value is not a string.
    """
    return _value(manifest, "annotations", name, origin)


def label(manifest: Manifest, name: str, origin: Origin | None = None) -> str | None:
    """Return the label ``name``, or None where there is none; otherwise as ``annotation``."""
    return _value(manifest, "labels", name, origin)


def annotation_list(manifest: Manifest, name: str, origin: Origin | None = None) -> tuple[str, ...]:
    """Return the entries of a comma-separated annotation; none where it is absent.

    Raises ``ManifestError`` where the value is not a string.
    """
    return comma_list(annotation(manifest, name, origin) or "")


def annotation_integer(manifest: Manifest, name: str, origin: Origin | None = None) -> int | None:
    """Return an annotation's decimal integer, which may carry a sign; None where it is absent.

    Raises ``ManifestError`` where the value is not a string, or not an integer.
    """
    text = annotation(manifest, name, origin)
    if text is None:
        return None
    number = text.strip()
    if not _INTEGER.fullmatch(number) or len(number) > 20:
        raise _error(manifest, f'the annotation {name} is "{text}"; give a whole number', origin)
    return int(number)


def comma_list(text: str) -> tuple[str, ...]:
    """Split ``text`` at commas, trim each entry and drop the empty ones."""
    return tuple(entry for part in text.split(",") if (entry := part.strip()))


def check_strings(manifest: Manifest, origin: Origin | None = None) -> None:
    """Check that every label and annotation of ``manifest`` is a string.

    Raises ``ManifestError`` naming the first that is not.
    """
    for field in ("labels", "annotations"):
        for name in _map(manifest, field, origin):
            _value(manifest, field, name, origin)


def _value(manifest: Manifest, field: str, name: str, origin: Origin | None) -> str | None:
    values = _map(manifest, field, origin)
    if name not in values:
        return None
    value = values[name]
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    raise _error(
        manifest,
        f"the {field[:-1]} {name} is {_shown(value)}, and must be a string; put it in quotes",
        origin,
    )


def _map(manifest: Manifest, field: str, origin: Origin | None) -> dict[str, Any]:
    metadata = manifest.get("metadata")
    if metadata is None:
        return {}
    if not isinstance(metadata, dict):
        raise _error(manifest, f"metadata is {_shown(metadata)}, and must be a mapping", origin)
    values = metadata.get(field)
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise _error(
            manifest, f"metadata.{field} is {_shown(values)}, and must be a mapping", origin
        )
    return values


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return "a string"


def _error(manifest: Manifest, message: str, origin: Origin | None) -> ManifestError:
    if origin is not None:
        return ManifestError(message, file=origin.file, document=origin.document, line=origin.line)
    metadata = manifest.get("metadata")
    if not isinstance(metadata, dict):
        return ManifestError(f"{manifest.get('kind', 'object')}: {message}")
    return ManifestError(f"{key_of(manifest)}: {message}")
