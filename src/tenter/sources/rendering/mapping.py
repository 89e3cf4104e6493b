"""Read a YAML file that a renderer's own program will read again, only to learn what it names."""

from __future__ import annotations

from typing import Any

from tenter.errors import ManifestError
from tenter.manifests.yaml_reader import parse_yaml


def read_mapping(content: bytes, name: str) -> dict[str, Any] | None:
    """Return the one mapping in a file; None where the program itself has to complain of it."""
    try:
        values = [parsed.value for parsed in parse_yaml(content.decode(), name)]
    except (ManifestError, UnicodeDecodeError):
        return None
    values = [value for value in values if value is not None]
    return values[0] if len(values) == 1 and isinstance(values[0], dict) else None
