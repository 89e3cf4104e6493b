"""The health of a whole application: the worst of its objects that count."""

from __future__ import annotations

from collections.abc import Iterable

from tenter.health.fields import mapping_at
from tenter.health.verdict import Health, HealthStatus
from tenter.manifests import GroupKind, Manifest, group_kind_of

IGNORE_HEALTH_CHECK = "argocd.argoproj.io/ignore-healthcheck"

_APPLICATION = GroupKind("argoproj.io", "Application")

_RANK = {status: rank for rank, status in enumerate(HealthStatus)}


def counted(live: Manifest, health: Health | None) -> Health | None:
    """Return ``health`` where it counts for the application, else None.

    It does not for an object annotated ``argocd.argoproj.io/ignore-healthcheck: "true"``, nor for
    a child Application that is Missing or Unknown.
    """
    if (
        health is None
        or mapping_at(live, "metadata", "annotations").get(IGNORE_HEALTH_CHECK) == "true"
    ):
        return None
    unsure = health.status in {HealthStatus.MISSING, HealthStatus.UNKNOWN}
    return None if unsure and group_kind_of(live) == _APPLICATION else health


def overall(healths: Iterable[Health | None]) -> HealthStatus:
    """Return an application's health: the worst of its objects'.

    One entry an object, wanted or awaiting its prune: None for a live one without a check (or one
    that does not count, see ``counted``), Missing for one that is not there. Missing objects count
    only when nothing at all is there; an application without objects is Healthy.
    """
    everything = list(healths)
    present = [h for h in everything if h is None or h.status is not HealthStatus.MISSING]
    if everything and not present:
        return HealthStatus.MISSING
    return max(
        (health.status for health in present if health is not None),
        key=_RANK.__getitem__,
        default=HealthStatus.HEALTHY,
    )
