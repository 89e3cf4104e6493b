"""An Application's ``status``: what the controller found and did, for people and their tools.

Times are RFC 3339 texts as Kubernetes writes them. Words such as ``OutOfSync`` or ``Degraded`` are
kept as texts here, so that a status written by another version is read as it is.
"""

from __future__ import annotations

from msgspec import field

from tenter.argoproj.operation import Initiator, Operation
from tenter.argoproj.shape import Shape
from tenter.argoproj.source import ApplicationSource


class Destination(Shape, frozen=True, kw_only=True):
    """Where objects go: a cluster by ``server`` (its URL) or ``name``, and the namespace."""

    server: str = ""
    name: str = ""
    namespace: str = ""


class IgnoreDifference(Shape, frozen=True, kw_only=True):
    """Differences left alone: fields of the objects that match. Empty names match any."""

    group: str = ""
    kind: str
    name: str = ""
    namespace: str = ""
    json_pointers: tuple[str, ...] = ()
    jq_path_expressions: tuple[str, ...] = ()
    managed_fields_managers: tuple[str, ...] = ()


class NamespaceMetadata(Shape, frozen=True, kw_only=True):
    """Labels and annotations for the namespace that ``CreateNamespace=true`` makes."""

    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)


class HealthReport(Shape, frozen=True, kw_only=True):
    """A health status and why; ``last_transition_time`` is when the status last changed."""

    status: str = ""
    message: str = ""
    last_transition_time: str = ""


class ComparedTo(Shape, frozen=True, kw_only=True):
    """What live objects were compared with. A spec that differs from it needs a refresh."""

    destination: Destination
    source: ApplicationSource | None = None
    sources: tuple[ApplicationSource, ...] = ()
    ignore_differences: tuple[IgnoreDifference, ...] = ()


class SyncReport(Shape, frozen=True, kw_only=True):
    """Whether the Application is Synced or OutOfSync (Unknown: it could not be compared)."""

    status: str
    revision: str = ""
    revisions: tuple[str, ...] = ()
    compared_to: ComparedTo | None = None


class ResourceReport(Shape, frozen=True, kw_only=True):
    """How one object of the Application stands."""

    group: str = ""
    version: str = ""
    kind: str = ""
    namespace: str = ""
    name: str = ""
    status: str = ""
    health: HealthReport | None = None
    hook: bool = False
    requires_pruning: bool = False
    requires_deletion_confirmation: bool = False
    sync_wave: int = 0


class Deployed(Shape, frozen=True, kw_only=True):
    """One entry of ``history``: a sync that deployed something. ``id`` counts up from 0."""

    id: int
    deployed_at: str
    deploy_started_at: str = ""
    revision: str = ""
    revisions: tuple[str, ...] = ()
    source: ApplicationSource | None = None
    sources: tuple[ApplicationSource, ...] = ()
    initiated_by: Initiator | None = None


class Condition(Shape, frozen=True, kw_only=True):
    """Something about the Application that its owner should know: see ``ConditionType``."""

    type: str
    message: str
    last_transition_time: str = ""


class ResourceResult(Shape, frozen=True, kw_only=True):
    """What became of one object in a sync."""

    group: str
    version: str
    kind: str
    namespace: str
    name: str
    status: str = ""
    message: str = ""
    hook_type: str = ""
    hook_phase: str = ""
    sync_phase: str = ""
    images: tuple[str, ...] = ()


class SyncResult(Shape, frozen=True, kw_only=True):
    """What a sync did, object by object in order of execution."""

    revision: str
    revisions: tuple[str, ...] = ()
    source: ApplicationSource | None = None
    sources: tuple[ApplicationSource, ...] = ()
    managed_namespace_metadata: NamespaceMetadata | None = None
    resources: tuple[ResourceResult, ...] = ()


class OperationState(Shape, frozen=True, kw_only=True):
    """The running or last operation. Running with ``finished_at`` set: a retry is to follow."""

    operation: Operation
    phase: str
    started_at: str
    finished_at: str = ""
    message: str = ""
    retry_count: int = 0
    sync_result: SyncResult | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.phase not in {"Running", "Terminating"}


class Summary(Shape, frozen=True, kw_only=True):
    """What the Application consists of, over its whole tree of objects."""

    images: tuple[str, ...] = ()
    external_urls: tuple[str, ...] = field(name="externalURLs", default=())
    is_app_of_apps: bool = False


class ApplicationStatus(Shape, frozen=True, kw_only=True):
    """All of ``status``."""

    sync: SyncReport | None = None
    health: HealthReport | None = None
    resources: tuple[ResourceReport, ...] = ()
    history: tuple[Deployed, ...] = ()
    conditions: tuple[Condition, ...] = ()
    operation_state: OperationState | None = None
    summary: Summary | None = None
    source_type: str = ""
    source_types: tuple[str, ...] = ()
    resource_health_source: str = ""
    controller_namespace: str = ""
    reconciled_at: str = ""
    observed_at: str = ""
