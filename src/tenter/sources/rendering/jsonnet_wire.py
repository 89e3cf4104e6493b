"""What is said between this process and the one that evaluates Jsonnet: one JSON text a line."""

from __future__ import annotations

import msgspec


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """A file to evaluate. ``file`` is its path from the repository's top."""

    file: str
    text: str
    ext_vars: dict[str, str] = {}
    ext_codes: dict[str, str] = {}
    tla_vars: dict[str, str] = {}
    tla_codes: dict[str, str] = {}


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to an import: a file, or what is wrong."""

    path: str = ""
    text: str = ""
    error: str = ""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What the evaluating process says: it imports, or has a result, or has failed."""

    folder: str = ""
    path: str = ""
    result: str | None = None
    error: str = ""
