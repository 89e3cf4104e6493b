"""Is this object healthy? The built-in checks by kind, and custom checks before them.

The meaning of each verdict is Argo CD's (its documentation, "Resource Health"), so that a sync
waits here for what it waits for there. Custom checks are received as ``Scripts``: how they run is
none of this package's business.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tenter.errors import HealthCheckError
from tenter.health import autoscaling, exposure, extensions, jobs, pods, workloads
from tenter.health.fields import text_at, value_at
from tenter.health.settling import settled
from tenter.health.verdict import Health, HealthStatus
from tenter.manifests import Manifest

HOOK_FINALIZER = "argocd.argoproj.io/hook-finalizer"


class Scripts(Protocol):
    """Custom health checks, by kind."""

    def covers(self, obj: Manifest) -> bool:
        """Tell whether there is a check for the kind of ``obj``."""
        ...

    async def assess(self, obj: Manifest) -> Health | None:
        """Return the verdict of the check for ``obj``, None where there is none.

        Raises ``HealthCheckError`` where the check itself fails.
        """
        ...


class ScriptsAtOnce(Protocol):
    """Custom health checks whose answer the calling thread waits for."""

    def covers(self, obj: Manifest) -> bool:
        """Tell whether there is a check for the kind of ``obj``."""
        ...

    def assess_now(self, obj: Manifest) -> Health | None:
        """Return the verdict of the check for ``obj``; as ``Scripts.assess``."""
        ...


_CHECKS: dict[tuple[str, str], Callable[[Manifest], Health]] = {
    ("", "Pod"): pods.pod_health,
    ("", "Service"): exposure.service_health,
    ("", "PersistentVolumeClaim"): exposure.volume_claim_health,
    ("apps", "Deployment"): workloads.deployment_health,
    ("apps", "StatefulSet"): workloads.stateful_set_health,
    ("apps", "DaemonSet"): workloads.daemon_set_health,
    ("apps", "ReplicaSet"): workloads.replica_set_health,
    ("batch", "Job"): jobs.job_health,
    ("networking.k8s.io", "Ingress"): exposure.ingress_health,
    ("extensions", "Ingress"): exposure.ingress_health,
    ("autoscaling", "HorizontalPodAutoscaler"): autoscaling.autoscaler_health,
    ("apiregistration.k8s.io", "APIService"): extensions.api_service_health,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): extensions.definition_health,
    ("argoproj.io", "Workflow"): jobs.workflow_health,
}


def has_check(group: str, kind: str) -> bool:
    """Tell whether a kind has a built-in check. ``group`` is empty for the core group."""
    return (group, kind) in _CHECKS


def assess(obj: Manifest, scripts: ScriptsAtOnce | None = None) -> Health | None:
    """Return the verdict on ``obj``, None for a kind without a check. Never raises.

    ``obj`` is a live object as the API returns it. ``scripts`` (``LuaScripts``) come before the
    built-in checks; the calling thread waits for their answer, a second at most, so that in an
    event loop ``judge`` is to be used. A script that fails makes its object Unknown, with the
    reason as the message; one that returns nil leaves it to the built-in check.

    An object that is being deleted is Progressing, but for a hook whose finalizer still keeps it:
    that one may finish, and its result counts.

    >>> assess({"apiVersion": "v1", "kind": "Pod", "status": {"phase": "Succeeded"}}).status
    <HealthStatus.HEALTHY: 'Healthy'>
    """
    if _going(obj):
        return Health(HealthStatus.PROGRESSING, _deletion(obj))
    if scripts is not None and scripts.covers(obj):
        try:
            custom = scripts.assess_now(obj)
        except HealthCheckError as error:
            return Health(HealthStatus.UNKNOWN, str(error))
        if custom is not None:
            return custom
    group, _, _ = text_at(obj, "apiVersion").rpartition("/")
    check = _CHECKS.get((group, text_at(obj, "kind")))
    return check(obj) if check else None


async def judge(
    obj: Manifest, scripts: Scripts | None = None, *, touched: bool | None = None
) -> tuple[Health | None, bool]:
    """Return the verdict on ``obj``, custom checks first, and whether it is provisional.

    A custom check that fails makes its object Unknown, with the reason as the message. For
    ``touched`` and what provisional means see ``settled``.
    """
    custom: Health | None = None
    if scripts is not None and not _going(obj) and scripts.covers(obj):
        try:
            custom = await scripts.assess(obj)
        except HealthCheckError as error:
            return Health(HealthStatus.UNKNOWN, str(error)), False
    health = custom if custom is not None else assess(obj)
    return settled(obj, health, custom is not None, touched=touched)


def _going(obj: Manifest) -> bool:
    if not value_at(obj, "metadata", "deletionTimestamp"):
        return False
    finalizers = value_at(obj, "metadata", "finalizers")
    return not (isinstance(finalizers, list) and HOOK_FINALIZER in finalizers)


def _deletion(obj: Manifest) -> str:
    """Say that an object goes, and which finalizers it still has to be freed from."""
    finalizers = value_at(obj, "metadata", "finalizers")
    names = finalizers if isinstance(finalizers, list) else []
    kept = ", ".join(name for name in names if isinstance(name, str))
    return f"Pending deletion (finalizers: {kept})" if kept else "Pending deletion"
