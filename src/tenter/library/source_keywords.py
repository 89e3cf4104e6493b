"""The keywords that say where manifests come from and how they are rendered.

They go over what an Application manifest says of the same. Values files are read here, once: what
is saved of an application is their content, so that a later command needs no file.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypedDict

import msgspec

from tenter.applications.saved_source import saved_source
from tenter.errors import ManifestError, UsageError
from tenter.library.io_files import read_text
from tenter.manifests.yaml_reader import parse_yaml
from tenter.sources import (
    ChartSource,
    GitSource,
    HelmOptions,
    HelmParameter,
    LocalSource,
    RenderSettings,
    SeveralSources,
    Source,
    source_of,
)


class SourceKeywords(TypedDict, total=False):
    """Where manifests come from, and how they are rendered; all of it optional.

    ``revision``, ``path``: of a Git repository. ``chart``: the name of one, where the source is a
    Helm repository or an OCI registry; ``revision`` is then its version, or a range of them.

    ``values``: files with a chart's values, later ones over earlier ones. ``set_values``: texts
    such as ``image.tag=1.2``, over those. ``release_name``: by default the application's name.
    ``recurse``: read the sub-directories of a directory of manifests too. ``remote_bases``: let a
    kustomization fetch from elsewhere.
    """

    revision: str | None
    path: str | None
    chart: str | None
    values: Sequence[str | Path]
    set_values: Sequence[str]
    release_name: str | None
    recurse: bool
    remote_bases: bool


def named_source(address: str, keywords: SourceKeywords) -> Source:
    """Return the source that a user names by an address. Raises SourceError, UsageError."""
    revision, path, chart = (keywords.get(name) or "" for name in ("revision", "path", "chart"))
    if chart:
        if path:
            raise UsageError("a chart of a repository has no path in it. Leave --path out")
        return _rendered(
            ChartSource(repository=address, chart=str(chart), revision=str(revision)), keywords
        )
    return _rendered(source_of(address, revision=str(revision), path=str(path)), keywords)


def render_settings(keywords: SourceKeywords) -> RenderSettings:
    """Return what renderers may, as ``keywords`` say."""
    return RenderSettings(remote_bases=bool(keywords.get("remote_bases")))


def source_with(source: Source, keywords: SourceKeywords) -> Source:
    """Return ``source`` with what ``keywords`` say instead. Raises UsageError, SourceError."""
    revision, path, chart = (keywords.get(name) or "" for name in ("revision", "path", "chart"))
    if revision and isinstance(source, SeveralSources):
        source = saved_source(source).at(str(revision))
    elif revision:
        source = msgspec.structs.replace(source, revision=revision)
    if path and isinstance(source, GitSource):
        source = msgspec.structs.replace(source, path=path)
    if chart and isinstance(source, ChartSource):
        source = msgspec.structs.replace(source, chart=chart)
    return _rendered(source, keywords)


def _rendered(source: Source, keywords: SourceKeywords) -> Source:
    values, parameters = keywords.get("values") or (), keywords.get("set_values") or ()
    release_name, recurse = keywords.get("release_name") or "", keywords.get("recurse")
    if not (values or parameters or release_name or recurse):
        return source
    if isinstance(source, SeveralSources):
        raise UsageError(
            "this Application has several sources, so it is not clear whose values are meant. Set "
            "them in its spec.sources"
        )
    if isinstance(source, LocalSource) and source.path == "-":
        raise UsageError(
            "manifests from standard input are rendered already. Leave out --values, --set, "
            "--release-name and --recurse"
        )
    options = source.options
    if values or parameters or release_name:
        helm = options.helm
        if values:
            merged = _inline(helm)
            for file in values:
                merged = _merged(merged, _mapping(read_text(file), str(file)))
            helm = msgspec.structs.replace(helm, values="", values_object=merged)
        helm = msgspec.structs.replace(
            helm,
            parameters=(*helm.parameters, *(_parameter(text) for text in parameters)),
            release_name=release_name or helm.release_name,
        )
        options = msgspec.structs.replace(options, helm=helm)
    if recurse:
        directory = msgspec.structs.replace(options.directory, recurse=True)
        options = msgspec.structs.replace(options, directory=directory)
    if len(options.given) > 1:
        raise UsageError(
            f"a source is rendered in one way, and there is something said for "
            f"{' and '.join(options.given)}. --values, --set and --release-name are for charts, "
            "--recurse is for directories of manifests"
        )
    return msgspec.structs.replace(source, options=options)


def _inline(helm: HelmOptions) -> dict[str, Any]:
    if helm.values_object is not None:
        return helm.values_object
    return _mapping(helm.values, "spec.source.helm.values")


def _mapping(text: str, name: str) -> dict[str, Any]:
    documents = [parsed.value for parsed in parse_yaml(text, name) if parsed.value is not None]
    if not documents:
        return {}
    if len(documents) > 1 or not isinstance(documents[0], dict):
        raise ManifestError("values are one YAML mapping", file=name)
    values: dict[str, Any] = documents[0]
    return values


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Merge values as Helm does: mappings by their keys, all else whole; null takes away."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        both = isinstance(under, dict) and isinstance(value, dict)
        merged[key] = _merged(under, value) if both else value  # type: ignore[arg-type]
    return merged


def _parameter(text: str) -> HelmParameter:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise UsageError(f'"{text}" sets nothing. Write NAME=VALUE, for example image.tag=1.2')
    return HelmParameter(name=name, value=value)
