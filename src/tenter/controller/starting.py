"""Whether a controller may start on this cluster: what it needs is there, and nobody else works.

Two controllers on the same Applications would undo each other's work for ever, so a live Argo CD
application controller is a refusal and not a warning.
"""

from __future__ import annotations

from typing import Any

from tenter.controller.sync_runs import GROUP, KIND, VERSION
from tenter.errors import Forbidden, NotFound, UnknownKind, UsageError
from tenter.kube.client import Client

_INSTALL = "tenter install --crds | kubectl apply -f -"
_RIVAL = "app.kubernetes.io/name"
_RIVAL_NAMES = ("argocd-application-controller",)


async def check_start(client: Client, namespace: str, *, observe: bool) -> None:
    """Refuse to start where that would be wrong; with ``observe`` another may be at work.

    ``namespace`` is the control plane's. Raises ``UsageError``, saying what to do.
    """
    for group, kind in (("argoproj.io", "Application"), ("argoproj.io", "AppProject")):
        await _require(client, group, kind)
    await _require(client, GROUP, KIND)
    if not observe:
        await _refuse_rivals(client, namespace)


async def _require(client: Client, group: str, kind: str) -> None:
    version = VERSION if group == GROUP else "v1alpha1"
    try:
        await client.resource(group, kind, version)
    except UnknownKind as error:
        raise UsageError(
            f"the cluster does not serve {kind}s ({group}/{version}), which the controller needs. "
            f"Install the definitions with: {_INSTALL}"
        ) from error


async def _refuse_rivals(client: Client, namespace: str) -> None:
    for kind in ("StatefulSet", "Deployment"):
        resource = await client.resource("apps", kind)
        try:
            listed = await client.list(resource, namespace)
        except (Forbidden, NotFound):
            continue  # not to be seen; the Leases and resourceVersions still keep writes apart
        for workload in listed.items:
            if _is_rival(workload) and _replicas(workload):
                name = workload["metadata"]["name"]
                raise UsageError(
                    f"Argo CD's application controller ({kind} {name} in namespace {namespace}) "
                    "works on these Applications. Stop it with: kubectl -n "
                    f"{namespace} scale {kind.lower()} {name} --replicas=0, or look on without "
                    "writing with --observe"
                )


def _is_rival(workload: dict[str, Any]) -> bool:
    metadata = workload["metadata"]
    labels = metadata.get("labels") or {}
    return metadata["name"] in _RIVAL_NAMES or labels.get(_RIVAL) in _RIVAL_NAMES


def _replicas(workload: dict[str, Any]) -> int:
    wanted = (workload.get("spec") or {}).get("replicas")
    running = (workload.get("status") or {}).get("replicas")
    return max(wanted if isinstance(wanted, int) else 1, running or 0)
