"""Carries Helm 2's ``crd-install`` hooks past a newer Helm, which drops what it does not know.

Argo CD's users know such an object as an ordinary one, and charts still have them. In the copy that
is rendered the annotation goes by another name, and in what comes out by its own again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from tenter.manifests import Document

_HOOK = "helm.sh/hook"
_CARRIED = "tenter.dev/crd-install"
_WRITTEN = re.compile(rb"""helm\.sh/hook(["']?[ \t]*:[ \t]*["']?crd-install\b)""")


def carried(contents: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return a chart's files with the annotation renamed, in templates."""
    return {
        path: _WRITTEN.sub(_CARRIED.encode() + rb"\1", content)
        if "/templates/" in f"/{path}"
        else content
        for path, content in contents.items()
    }


def restored(document: Document) -> Document:
    """Return ``document`` with the annotation by its own name."""
    metadata = document.manifest.get("metadata") or {}
    annotations = dict(metadata.get("annotations") or {})
    if _CARRIED not in annotations:
        return document
    annotations[_HOOK] = annotations.pop(_CARRIED)
    manifest = {**document.manifest, "metadata": {**metadata, "annotations": annotations}}
    return msgspec.structs.replace(document, manifest=manifest)
