"""How the controller is run (by its flags), and how Applications are treated (by ``argocd-cm``)."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tenter import argoproj
from tenter.applications.tracking import Tracking, TrackingMethod
from tenter.diff import IgnoreRule, Paths
from tenter.health import Scripts
from tenter.manifests import GroupKind


class ControllerOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The flags of ``tenter controller``.

    ``namespace`` is the control plane's. With ``observe`` nothing is applied and no operation is
    run. ``file_root`` is the folder in which repositories of this machine may be used, empty for
    none; ``cache`` is the folder of clones. ``identity`` names this replica. ``lease_seconds`` is
    how long another replica waits for one that is silent; ``shards`` is the same in all of them.
    """

    namespace: str = "argocd"
    observe: bool = False
    file_root: str = ""
    cache: str = ""
    identity: str = ""
    workers: int = 16
    shards: int = 16
    lease_seconds: float = 15.0


class Settings(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What ``argocd-cm`` says. ``interval`` and ``jitter`` of looking at Git are in seconds.

    ``paths`` runs jq expressions. ``warnings`` say what of it has no effect.
    """

    tracking: Tracking = Tracking()
    scripts: Scripts | None = None
    paths: Paths | None = None
    ignore: tuple[IgnoreRule, ...] = ()
    filters: argoproj.Settings = argoproj.Settings()
    interval: float = argoproj.Settings().reconciliation
    jitter: float = argoproj.Settings().jitter
    warnings: tuple[str, ...] = ()

    def excludes(self, kind: GroupKind, server: str) -> bool:
        """Tell whether objects of ``kind`` are left alone in the cluster ``server``."""
        return self.filters.excludes(kind, server)


def settings_of(
    data: Mapping[str, str], scripts: Scripts | None, warnings: tuple[str, ...] = ()
) -> Settings:
    """Return the settings in the ConfigMap's ``data``; ``scripts`` are its health checks."""
    read = argoproj.read_settings(data)
    return Settings(
        tracking=Tracking(TrackingMethod(read.tracking_method), read.instance_label),
        scripts=scripts,
        ignore=read.ignore,
        filters=read,
        interval=read.reconciliation,
        jitter=read.jitter,
        warnings=(*read.warnings, *warnings),
    )
