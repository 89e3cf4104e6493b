"""Global projects: AppProjects whose rules hold for every project that a label selector matches.

Setting ``globalProjects`` names them. Their lists are added to those of a project, so that a
denial in a global project cannot be escaped by making a project without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from tenter.argoproj.project import KindPattern, Project


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """One expression of a label selector."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Tell whether ``labels`` fulfil it."""
        match self.operator:
            case "In":
                return labels.get(self.key) in self.values
            case "NotIn":
                return labels.get(self.key) not in self.values
            case "Exists":
                return self.key in labels
            case "DoesNotExist":
                return self.key not in labels
        return False


class LabelSelector(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Labels by value and by expression, all of which must hold."""

    match_labels: dict[str, str] = msgspec.field(default_factory=dict)
    match_expressions: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether ``labels`` are selected; an empty selector selects all."""
        return all(labels.get(key) == value for key, value in self.match_labels.items()) and all(
            requirement.holds(labels) for requirement in self.match_expressions
        )


class GlobalProject(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The project ``project_name`` holds for the projects that ``label_selector`` matches."""

    project_name: str
    label_selector: LabelSelector = LabelSelector()


def read_global_projects(entry: Any) -> GlobalProject:
    """Return one entry of the setting. Raises ``msgspec.ValidationError`` where it is none."""
    return msgspec.convert(entry, GlobalProject)


def with_global_projects(
    project: Project, rules: Iterable[GlobalProject], projects: Mapping[str, Project]
) -> Project:
    """Return ``project`` with the lists of the global projects that hold for it.

    ``projects`` are those of the control plane by name; a global project that is not among them
    adds nothing.
    """
    spec = project.spec
    for rule in rules:
        added = projects.get(rule.project_name)
        if added is None or added.name == project.name:
            continue
        if not rule.label_selector.matches(project.metadata.labels):
            continue
        more = added.spec
        spec = msgspec.structs.replace(
            spec,
            source_repos=(*spec.source_repos, *more.source_repos),
            destinations=(*spec.destinations, *more.destinations),
            cluster_resource_whitelist=(
                *spec.cluster_resource_whitelist,
                *more.cluster_resource_whitelist,
            ),
            cluster_resource_blacklist=(
                *spec.cluster_resource_blacklist,
                *more.cluster_resource_blacklist,
            ),
            namespace_resource_whitelist=_both(
                spec.namespace_resource_whitelist, more.namespace_resource_whitelist
            ),
            namespace_resource_blacklist=(
                *spec.namespace_resource_blacklist,
                *more.namespace_resource_blacklist,
            ),
            sync_windows=(*spec.sync_windows, *more.sync_windows),
        )
    return msgspec.structs.replace(project, spec=spec)


def _both(
    own: tuple[KindPattern, ...] | None, added: tuple[KindPattern, ...] | None
) -> tuple[KindPattern, ...] | None:
    # None permits all kinds: a list on either side is a restriction, and stays one.
    if own is None and added is None:
        return None
    return (*(own or ()), *(added or ()))
