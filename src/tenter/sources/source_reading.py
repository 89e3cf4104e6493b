"""Read the sources of an Application's ``spec``, or of an operation, as values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tenter.errors import ManifestError
from tenter.sources.option_reading import read_source_options
from tenter.sources.source import ChartSource, GitSource, SeveralSources, Source

_REF = re.compile(r"[A-Za-z0-9_-]+")
_TEXTS = ("repoURL", "path", "targetRevision", "chart", "ref")


def read_sources(spec: Mapping[str, Any]) -> Source:
    """Return what ``spec.sources`` says, or else ``spec.source``.

    Raises ``ManifestError`` for what is missing or of the wrong shape, and ``RenderError`` for
    what cannot be rendered.
    """
    several = spec.get("sources")
    if several is not None and not isinstance(several, list):
        raise ManifestError("spec.sources must be a list of sources")
    if not several:
        return read_source(spec.get("source"), "spec.source")
    sources = tuple(
        read_source(source, f"spec.sources[{number}]") for number, source in enumerate(several)
    )
    refs = [source.ref for source in sources if isinstance(source, GitSource) and source.ref]
    twice = next((ref for ref in refs if refs.count(ref) > 1), None)
    if twice is not None:
        raise ManifestError(f"spec.sources: two sources have the ref {twice}; rename one")
    return SeveralSources(sources=sources)


def read_source(source: Any, place: str = "source") -> GitSource | ChartSource:
    """Return the source in an Application's ``source`` mapping; ``place`` is its name in messages.

    Raises as ``read_sources``.
    """
    if not isinstance(source, Mapping):
        raise ManifestError(f"{place} must be a mapping: where are the manifests?")
    for field in _TEXTS:
        if not isinstance(source.get(field), str | None):
            raise ManifestError(f"{place}.{field} must be text; put it in quotes")
    repository = source.get("repoURL")
    if not repository:
        raise ManifestError(f"{place}.repoURL is missing: where are the manifests?")
    try:
        options = read_source_options(source)
    except ManifestError as error:
        text = str(error)
        told = place + text.removeprefix("source") if text.startswith("source.") else text
        raise ManifestError(told) from error
    revision, path, chart = (
        source.get(field) or "" for field in ("targetRevision", "path", "chart")
    )
    if chart:
        if path:
            raise ManifestError(f"{place} has both a chart and a path; keep one of them")
        return ChartSource(repository=repository, chart=chart, revision=revision, options=options)
    ref = source.get("ref") or ""
    if ref and not _REF.fullmatch(ref):
        raise ManifestError(f'{place}.ref is "{ref}"; use letters, digits, - and _')
    return GitSource(
        repository=repository,
        revision=revision or "HEAD",
        path=path or ("" if ref else "."),
        options=options,
        ref=ref,
    )
