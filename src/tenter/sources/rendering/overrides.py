"""Options that a repository holds beside its manifests: ``.argocd-source.yaml``.

Argo CD merges that file, and ``.argocd-source-APP.yaml`` over it, into the Application's source.
Image updaters write there. Only what says how to render is taken from it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection
from typing import Any

import msgspec

from tenter.errors import ManifestError, RenderError
from tenter.sources.option_reading import read_source_options, write_source_options
from tenter.sources.options import SourceOptions
from tenter.sources.rendering.mapping import read_mapping
from tenter.sources.tree import Tree

_FOR_ALL = ".argocd-source.yaml"
_RENDERERS = ("helm", "kustomize", "directory")


async def overridden(
    top: Tree, path: str, files: Collection[str], options: SourceOptions, application: str
) -> SourceOptions:
    """Return ``options`` with those of the override files in the folder ``path`` merged over them.

    ``files`` are the names of the files there. Raises ``RenderError`` for a file that cannot be
    read as options.
    """
    for name in (_FOR_ALL, f".argocd-source-{application}.yaml"):
        if name not in files:
            continue
        file = posixpath.join(path, name)
        (content,) = await top.read([file])
        patch = read_mapping(content, top.name(file))
        if patch is None:
            if content.strip():
                raise RenderError(f"{top.name(file)}: expected one YAML mapping of source options")
            continue
        wanted = {field: value for field, value in patch.items() if field in _RENDERERS}
        try:
            options = read_source_options(_merged(write_source_options(options), wanted))
        except ManifestError as error:
            raise RenderError(f"{top.name(file)}: {error}") from error
    return options


def _merged(target: Any, patch: Any) -> Any:
    """Merge as RFC 7386 says: mappings by their keys, null removes, all else replaces."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merged(merged.get(key), value)
    return msgspec.to_builtins(merged)
