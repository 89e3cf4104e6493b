"""Orphaned resources: objects in an Application's namespace that no Application answers for. Pure.

A project asks for the warning by ``orphanedResources``; what every namespace has by itself, what
another object owns, and what the project lists there is none.
"""

from __future__ import annotations

from collections.abc import Sequence

from tenter.argoproj.conditions import ConditionType, condition
from tenter.argoproj.project import OrphanedResource, Project
from tenter.argoproj.status import Condition
from tenter.errors import UsageError
from tenter.globs import matches
from tenter.manifests import Key, Manifest

_OF_EVERY_NAMESPACE = (
    Key("", "ServiceAccount", "", "default"),
    Key("", "ConfigMap", "", "kube-root-ca.crt"),
)
_OF_THE_CLUSTER = Key("", "Service", "default", "kubernetes")
_SHOWN = 5


def warns_of_orphans(project: Project) -> bool:
    """Tell whether the project wants its Applications to warn of orphaned resources."""
    monitored = project.spec.orphaned_resources
    return monitored is not None and monitored.warn is not False


def may_be_orphan(project: Project, key: Key, live: Manifest) -> bool:
    """Tell whether the live object is orphaned, if no Application tracks it."""
    metadata = live["metadata"]
    if metadata.get("ownerReferences"):
        return False
    if (metadata.get("labels") or {}).get("app.kubernetes.io/managed-by") == "tenter":
        return False  # what a controller keeps of its operations
    if key == _OF_THE_CLUSTER or Key(key.group, key.kind, "", key.name) in _OF_EVERY_NAMESPACE:
        return False
    if live.get("type") == "kubernetes.io/service-account-token":
        return False  # of a ServiceAccount, though nothing says so in its metadata
    monitored = project.spec.orphaned_resources
    return monitored is None or not any(_covers(rule, key) for rule in monitored.ignore)


def orphan_warning(orphans: Sequence[Key]) -> Condition:
    """Return the condition of an Application in whose namespace there are ``orphans``."""
    named = ", ".join(str(key.group_kind) + "/" + key.name for key in orphans[:_SHOWN])
    more = f" and {len(orphans) - _SHOWN} more" if len(orphans) > _SHOWN else ""
    return condition(
        ConditionType.ORPHANED_RESOURCE,
        f"Application has {len(orphans)} orphaned resources: {named}{more}. Delete them, have an "
        "Application manage them, or list them in the project's orphanedResources.ignore",
    )


def _covers(rule: OrphanedResource, key: Key) -> bool:
    try:
        return all(
            not pattern or matches(pattern, text)
            for pattern, text in (
                (rule.group, key.group),
                (rule.kind, key.kind),
                (rule.name, key.name),
            )
        )
    except UsageError:
        return False
