"""How the controller is run (by its flags), and how Applications are treated (by ``argocd-cm``)."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from tenter.applications.tracking import Tracking
from tenter.diff import IgnoreRule
from tenter.health import Scripts
from tenter.manifests import GroupKind


class ControllerOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The flags of ``tenter controller``.

    ``namespace`` is the control plane's; with ``all_namespaces`` Applications of every namespace
    that their project permits are taken. ``observe`` writes nothing but status of its own report.
    ``file_root`` is the folder in which repositories of this machine may be used, empty for none.
    ``cache`` is the folder of clones, empty for one that is gone at the end. ``lease_seconds`` is
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
    """What ``argocd-cm`` says. ``interval`` and ``jitter`` of looking at Git are in seconds."""

    tracking: Tracking = Tracking()
    scripts: Scripts | None = None
    ignore: tuple[IgnoreRule, ...] = ()
    excluded: Callable[[GroupKind, str], bool] = lambda _kind, _server: False
    interval: float = 120.0
    jitter: float = 60.0
