"""Which renderer a folder is for, in Argo CD's order of preference.

What the source says comes first. Otherwise a kustomization is taken before a chart, and a folder
that has neither is a directory of manifests.
"""

from __future__ import annotations

import enum
from collections.abc import Collection

from tenter.sources.options import SourceOptions

CHART = "Chart.yaml"
KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")


class SourceType(enum.StrEnum):
    """How a source is rendered; the values of an Application's ``status.sourceType``."""

    HELM = "Helm"
    KUSTOMIZE = "Kustomize"
    DIRECTORY = "Directory"


_NAMED = {
    "helm": SourceType.HELM,
    "kustomize": SourceType.KUSTOMIZE,
    "directory": SourceType.DIRECTORY,
}


def recognise(files: Collection[str], options: SourceOptions) -> SourceType:
    """Return the renderer for a folder that holds ``files``, as ``options`` or the files say."""
    if options.given:
        return _NAMED[options.given[0]]
    if any(name in files for name in KUSTOMIZATIONS):
        return SourceType.KUSTOMIZE
    if CHART in files:
        return SourceType.HELM
    return SourceType.DIRECTORY
