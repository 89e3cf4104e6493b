"""PersistentVolumeClaims: bound at once, as a provisioner that always has room would. Pure.

The volume itself is the node's directory for the claim; there is no PersistentVolume object.
"""

from __future__ import annotations

from typing import Any

from tenter.embedded.controllers.ownership import is_deleting
from tenter.embedded.controllers.settings import ControllerSettings
from tenter.embedded.controllers.writes import Outcome, WriteStatus
from tenter.manifests import Manifest


def reconcile(claim: Manifest, now: float, settings: ControllerSettings) -> Outcome:  # noqa: ARG001
    """Return the write that binds ``claim``, if it is not bound."""
    status = claim.get("status") or {}
    if is_deleting(claim) or status.get("phase") == "Bound":
        return Outcome()
    spec = claim.get("spec") or {}
    bound: dict[str, Any] = {
        **status,
        "phase": "Bound",
        "accessModes": spec.get("accessModes") or ["ReadWriteOnce"],
        "capacity": dict((spec.get("resources") or {}).get("requests") or {}),
    }
    return Outcome((WriteStatus({**claim, "status": bound}),))
