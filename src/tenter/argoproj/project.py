"""The AppProject: what its Applications may use, and when they may sync. Only the shape.

Roles and their tokens are for Argo CD's API server, which Tenter is not; they are ignored.
"""

from __future__ import annotations

from typing import Any

from msgspec import field

from tenter.argoproj.application import Metadata
from tenter.argoproj.shape import Shape
from tenter.argoproj.status import Destination


class KindPattern(Shape, frozen=True, kw_only=True):
    """Kinds by glob patterns."""

    group: str
    kind: str


class ResourcePattern(Shape, frozen=True, kw_only=True):
    """Kinds by glob patterns; ``name``, where it is given, narrows them to objects of that name."""

    group: str
    kind: str
    name: str = ""


class OrphanedResource(Shape, frozen=True, kw_only=True):
    """Objects that are not reported as orphaned; patterns, empty ones are any."""

    group: str = ""
    kind: str = ""
    name: str = ""


class OrphanedResources(Shape, frozen=True, kw_only=True):
    """Whether objects of a namespace that no Application claims are warned of."""

    warn: bool | None = None
    ignore: tuple[OrphanedResource, ...] = ()


class SyncWindow(Shape, frozen=True, kw_only=True):
    """A time in which syncs are allowed or denied, for the Applications that match.

    ``kind`` is allow or deny, ``schedule`` a cron expression in ``time_zone`` (empty: UTC),
    ``duration`` how long it lasts. It is for an Application whose name, destination namespace or
    destination cluster matches any pattern; with ``and_operator`` every list that is not empty
    must match. ``sync_overrun``, which lets a sync that has begun go on, is how it always is here.
    """

    kind: str = ""
    schedule: str = ""
    duration: str = ""
    applications: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    manual_sync: bool = False
    time_zone: str = ""
    and_operator: bool = False
    sync_overrun: bool = False
    description: str = ""


class ServiceAccountRule(Shape, frozen=True, kw_only=True):
    """Which ServiceAccount a destination is written as."""

    server: str = ""
    namespace: str = ""
    default_service_account: str = ""


class SignatureKey(Shape, frozen=True, kw_only=True):
    """A GnuPG key whose signature the commits must carry."""

    key_id: str = field(name="keyID")


class ProjectSpec(Shape, frozen=True, kw_only=True):
    """What is allowed; the meaning of the lists is said in ``permissions`` and ``windows``.

    ``signature_keys`` and ``source_integrity`` ask for signed commits.
    """

    source_repos: tuple[str, ...] = ()
    source_namespaces: tuple[str, ...] = ()
    destinations: tuple[Destination, ...] = ()
    description: str = ""
    cluster_resource_whitelist: tuple[ResourcePattern, ...] = ()
    cluster_resource_blacklist: tuple[ResourcePattern, ...] = ()
    namespace_resource_whitelist: tuple[KindPattern, ...] | None = None
    namespace_resource_blacklist: tuple[KindPattern, ...] = ()
    orphaned_resources: OrphanedResources | None = None
    sync_windows: tuple[SyncWindow, ...] = ()
    permit_only_project_scoped_clusters: bool = False
    signature_keys: tuple[SignatureKey, ...] = ()
    source_integrity: Any = None
    destination_service_accounts: tuple[ServiceAccountRule, ...] = ()


class Project(Shape, frozen=True, kw_only=True):
    """One AppProject, as read from the cluster."""

    metadata: Metadata
    spec: ProjectSpec = ProjectSpec()

    @property
    def name(self) -> str:
        """The object's name."""
        return self.metadata.name
