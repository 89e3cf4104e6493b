"""The Application: what its owner wrote (``metadata``, ``spec``, ``operation``) and its status."""

from __future__ import annotations

from typing import Any

from msgspec import field

from tenter.argoproj.operation import NameValue, Operation, RetryStrategy
from tenter.argoproj.shape import Shape
from tenter.argoproj.source import ApplicationSource
from tenter.argoproj.status import (
    ApplicationStatus,
    ComparedTo,
    Destination,
    IgnoreDifference,
    NamespaceMetadata,
)

GROUP = "argoproj.io"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
DEFAULT_PROJECT = "default"
DEFAULT_HISTORY_LIMIT = 10


class Metadata(Shape, frozen=True, kw_only=True):
    """The part of ``metadata`` that matters to a controller."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    finalizers: tuple[str, ...] = ()
    creation_timestamp: str = ""
    deletion_timestamp: str = ""


class Automated(Shape, frozen=True, kw_only=True):
    """Auto-sync. Its presence turns it on, unless ``enabled`` is false."""

    prune: bool = False
    self_heal: bool = False
    allow_empty: bool = False
    enabled: bool | None = None


class SyncPolicy(Shape, frozen=True, kw_only=True):
    """When and how the Application is synced."""

    automated: Automated | None = None
    sync_options: tuple[str, ...] = ()
    retry: RetryStrategy | None = None
    managed_namespace_metadata: NamespaceMetadata | None = None


class ApplicationSpec(Shape, frozen=True, kw_only=True):
    """What the owner wants. ``source_hydrator`` is read only so that it can be refused."""

    project: str = ""
    destination: Destination = Destination()
    source: ApplicationSource | None = None
    sources: tuple[ApplicationSource, ...] = ()
    ignore_differences: tuple[IgnoreDifference, ...] = ()
    info: tuple[NameValue, ...] = ()
    revision_history_limit: int | None = None
    sync_policy: SyncPolicy | None = None
    source_hydrator: Any = None

    @property
    def all_sources(self) -> tuple[ApplicationSource, ...]:
        """The sources in order; ``sources`` win over ``source``, as in Argo CD."""
        if self.sources:
            return self.sources
        return (self.source,) if self.source is not None else ()

    @property
    def has_several_sources(self) -> bool:
        """Whether the list form is used, even for one source: results then have ``revisions``."""
        return bool(self.sources)

    @property
    def project_name(self) -> str:
        """The project's name; an empty one is ``default``."""
        return self.project or DEFAULT_PROJECT

    @property
    def automated(self) -> Automated | None:
        """The auto-sync policy, None where auto-sync is off."""
        automated = self.sync_policy.automated if self.sync_policy else None
        return None if automated is None or automated.enabled is False else automated

    @property
    def sync_options(self) -> tuple[str, ...]:
        """The policy's sync options as ``Name=value`` texts."""
        return self.sync_policy.sync_options if self.sync_policy else ()

    @property
    def retry(self) -> RetryStrategy | None:
        """The policy's retry strategy."""
        return self.sync_policy.retry if self.sync_policy else None

    @property
    def history_limit(self) -> int:
        """How many entries of history are kept; 0 keeps none."""
        limit = self.revision_history_limit
        return DEFAULT_HISTORY_LIMIT if limit is None else max(limit, 0)

    @property
    def compared_to(self) -> ComparedTo:
        """What a comparison with this spec compares with, for ``status.sync.comparedTo``."""
        return ComparedTo(
            destination=self.destination,
            source=None if self.sources else self.source,
            sources=self.sources,
            ignore_differences=self.ignore_differences,
        )


class Application(Shape, frozen=True, kw_only=True):
    """One Application, as read from the cluster."""

    metadata: Metadata
    spec: ApplicationSpec = ApplicationSpec()
    operation: Operation | None = None
    status: ApplicationStatus = ApplicationStatus()

    @property
    def name(self) -> str:
        """The object's name."""
        return self.metadata.name

    @property
    def namespace(self) -> str:
        """The namespace that the Application itself is in, not that of its destination."""
        return self.metadata.namespace

    @property
    def deleted(self) -> bool:
        """Whether someone asked for its deletion, which its finalizers hold up."""
        return bool(self.metadata.deletion_timestamp)

    def instance(self, control_plane: str) -> str:
        """Return the name in tracking ids and labels.

        It is ``<namespace>_<name>`` outside the namespace ``control_plane``.
        """
        if self.namespace in {"", control_plane}:
            return self.name
        return f"{self.namespace}_{self.name}"
