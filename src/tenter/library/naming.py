"""What an application is called when nobody named it: as the place its manifests come from."""

from __future__ import annotations

import re

from tenter.errors import UsageError
from tenter.sources import ChartSource, GitSource, SeveralSources, Source

_MANIFEST_ENDINGS = (".yaml", ".yml", ".json")


def application_name(source: Source, folder: str) -> str:
    """Return the name of the folder, file, repository or chart that ``source`` is.

    ``folder`` is the folder this process works in, which ``.`` means. Raises UsageError where
    nothing there can be a name.
    """
    if isinstance(source, SeveralSources):
        source = source.main
    if isinstance(source, ChartSource):
        address = source.chart
    else:
        address = source.repository if isinstance(source, GitSource) else source.path
    if address == "-":
        raise UsageError("manifests from standard input have no name. Give one with --app.")
    if address.startswith("."):
        address = _resolved(folder, address)
    last = re.split(r"[/:\\]", address.rstrip("/"))[-1].removesuffix(".git")
    for ending in _MANIFEST_ENDINGS:
        last = last.removesuffix(ending)
    name = re.sub(r"[^a-z0-9.-]+", "-", last.lower()).strip("-.")
    if not name:
        raise UsageError(f"{address} cannot be made a name. Give one with --app.")
    return name


def _resolved(folder: str, relative: str) -> str:
    parts = folder.rstrip("/").split("/")
    for part in relative.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)
