"""What a renderer is told of the application and its destination, and the variables made of it.

Argo CD calls these variables the build environment; a chart's parameters, an overlay's images and
labels and Jsonnet's variables may name them, as ``$ARGOCD_APP_REVISION``.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

import msgspec

_REFERENCE = re.compile(r"\$(?:\{([^}]*)\}|([A-Za-z_][A-Za-z0-9_]*)|([$*#@!?0-9-]))")


class RenderFacts(msgspec.Struct, frozen=True, kw_only=True):
    """An application and its destination.

    ``application`` is its name, ``namespace`` the destination's. ``kube_version`` is the cluster's,
    such as ``1.36.1``, and ``api_versions`` what it serves, as ``apps/v1`` and
    ``apps/v1/Deployment``; both are empty where no cluster is asked.
    """

    application: str = ""
    project: str = "default"
    namespace: str = ""
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()


Complete: TypeAlias = Callable[[RenderFacts], Awaitable[RenderFacts]]
"""Adds what the cluster says; asked only for what renders differently on different clusters."""


class SourceFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Where a source's files are from: its address, the revision asked for, and the one found."""

    repository: str = ""
    path: str = ""
    target_revision: str = ""
    revision: str = ""


def variables(facts: RenderFacts, source: SourceFacts) -> dict[str, str]:
    """Return the build environment, by Argo CD's names."""
    return {
        "ARGOCD_APP_NAME": facts.application,
        "ARGOCD_APP_NAMESPACE": facts.namespace,
        "ARGOCD_APP_PROJECT_NAME": facts.project,
        "ARGOCD_APP_REVISION": source.revision,
        "ARGOCD_APP_REVISION_SHORT": source.revision[:7],
        "ARGOCD_APP_REVISION_SHORT_8": source.revision[:8],
        "ARGOCD_APP_SOURCE_PATH": source.path,
        "ARGOCD_APP_SOURCE_REPO_URL": source.repository,
        "ARGOCD_APP_SOURCE_TARGET_REVISION": source.target_revision,
    }


def substituted(text: str, values: Mapping[str, str]) -> str:
    """Return ``text`` with ``$NAME`` and ``${NAME}`` replaced; unknown names by nothing.

    ``$$`` stands for one ``$``.
    """

    def value(match: re.Match[str]) -> str:
        name = next(group for group in match.groups() if group is not None)
        return "$" if name == "$" else values.get(name, "")

    return _REFERENCE.sub(value, text)
