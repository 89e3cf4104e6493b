"""What the controller counts and times, for Prometheus.

What Argo CD's users already graph has its names (``argocd_…``) and labels; what only Tenter has
begins with ``tenter_``. How Applications stand is read when somebody asks, and so is never stale.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from tenter.argoproj import Application, OperationState

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_APPLICATION = ("namespace", "name", "project")
_RECONCILED = (0.01, 0.05, 0.25, 0.5, 1, 2, 4, 8, 16)
_GIT = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32)

# Series that tell when others began would double what is stored, and would need a clock.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """All metrics of one controller; ``applications`` returns those it looks after, as of now."""

    def __init__(self, applications: Callable[[], Iterable[Application]]) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_Applications(applications))
        self._syncs = self._counter(
            "argocd_app_sync",
            "Syncs that ended, by their phase.",
            (*_APPLICATION, "dest_server", "phase", "dry_run"),
        )
        self._sync_seconds = self._counter(
            "argocd_app_sync_duration_seconds",
            "Seconds that syncs took, in sum.",
            (*_APPLICATION, "dest_server"),
        )
        self._reconciliations = Histogram(
            "argocd_app_reconcile",
            "Seconds that a look at an Application took.",
            ("namespace", "dest_server"),
            buckets=_RECONCILED,
            registry=self._registry,
        )
        self._git_requests = self._counter(
            "argocd_git_request", "Requests to Git servers.", ("repo", "request_type")
        )
        self._git_failures = self._counter(
            "argocd_git_fetch_fail", "Requests to Git servers that failed.", ("repo",)
        )
        self._git_seconds = Histogram(
            "argocd_git_request_duration_seconds",
            "Seconds that requests to Git servers took.",
            ("repo", "request_type"),
            buckets=_GIT,
            registry=self._registry,
        )
        self._webhooks = self._counter(
            "tenter_webhook_requests", "Webhooks by sender and answer.", ("provider", "code")
        )
        self._hooks = self._counter(
            "tenter_hooks", "Hooks that ended, by phase and result.", ("phase", "result")
        )

    def _counter(self, name: str, text: str, labels: tuple[str, ...]) -> Counter:
        return Counter(name, text, labels, registry=self._registry)

    def gauge(self, name: str, text: str, value: Callable[[], float]) -> None:
        """Add a gauge of our own whose ``value`` is read when somebody asks."""
        Gauge(name, text, registry=self._registry).set_function(value)

    def reconciled(self, namespace: str, server: str, seconds: float) -> None:
        """Note a look at an Application of ``namespace`` that goes to the cluster ``server``."""
        self._reconciliations.labels(namespace, server).observe(seconds)

    def sync_ended(self, application: Application, state: OperationState, seconds: float) -> None:
        """Note an operation that ended after ``seconds``, with the results of its hooks."""
        labels = _labels(application)
        server = application.spec.destination.server
        sync = state.operation.sync
        dry_run = "true" if sync is not None and sync.dry_run else "false"
        self._syncs.labels(*labels, server, state.phase, dry_run).inc()
        self._sync_seconds.labels(*labels, server).inc(max(seconds, 0.0))
        for result in state.sync_result.resources if state.sync_result else ():
            if result.hook_type and result.hook_phase in {"Succeeded", "Failed"}:
                self._hooks.labels(result.sync_phase, result.hook_phase).inc()

    def git_request(self, repository: str, kind: str, seconds: float, failed: bool) -> None:
        """Note a request to a Git server; ``kind`` is ``ls-remote`` or ``fetch``."""
        self._git_requests.labels(repository, kind).inc()
        self._git_seconds.labels(repository, kind).observe(seconds)
        if failed:
            self._git_failures.labels(repository).inc()

    def webhook(self, provider: str, code: str) -> None:
        """Note a webhook and how it was answered."""
        self._webhooks.labels(provider, code).inc()

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)


class _Applications(Collector):
    """How each Application stands."""

    def __init__(self, applications: Callable[[], Iterable[Application]]) -> None:
        self._applications = applications

    def collect(self) -> Iterator[Metric]:
        info = GaugeMetricFamily(
            "argocd_app_info",
            "How an Application stands.",
            labels=(
                *_APPLICATION,
                "autosync_enabled",
                "repo",
                "dest_server",
                "dest_namespace",
                "sync_status",
                "health_status",
                "operation",
            ),
        )
        conditions = GaugeMetricFamily(
            "argocd_app_condition",
            "How many conditions of a type an Application has.",
            labels=(*_APPLICATION, "condition"),
        )
        for application in self._applications():
            info.add_metric(_info(application), 1)
            counts: dict[str, int] = {}
            for each in application.status.conditions:
                counts[each.type] = counts.get(each.type, 0) + 1
            for kind, count in sorted(counts.items()):
                conditions.add_metric([*_labels(application), kind], count)
        yield info
        yield conditions


def _info(application: Application) -> list[str]:
    spec, status = application.spec, application.status
    state = status.operation_state
    operation = ""
    if application.deleted:
        operation = "delete"
    elif application.operation is not None or (state is not None and not state.ended):
        operation = "sync"
    return [
        *_labels(application),
        "true" if spec.automated is not None else "false",
        spec.all_sources[0].repo_url if spec.all_sources else "",
        spec.destination.server or spec.destination.name,
        spec.destination.namespace,
        status.sync.status if status.sync else "Unknown",
        status.health.status if status.health else "Unknown",
        operation,
    ]


def _labels(application: Application) -> tuple[str, str, str]:
    return application.namespace, application.name, application.spec.project_name
