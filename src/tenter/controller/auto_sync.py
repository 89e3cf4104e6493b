"""Begins syncs that nobody asked for, where an Application wants that: auto-sync and self-heal.

The decision is made from the Application as it is when the operation is written, and written with
its resourceVersion: two deciders, or a user at the same moment, never begin two.
"""

from __future__ import annotations

from typing import Any

import structlog

from tenter.argoproj import (
    AUTO_SYNCED,
    Application,
    AutoSyncDecision,
    decide_auto_sync,
    plain,
    read_application,
    windows_of,
    with_conditions,
)
from tenter.argoproj.windows import may_sync
from tenter.controller.ground import Ground
from tenter.controller.managed import ManagedApplication
from tenter.controller.status import has_errors
from tenter.engine.operation_state import timestamp
from tenter.errors import SpecError
from tenter.manifests import Manifest

log = structlog.get_logger(__name__)


class AutoSync:
    """Decides for the Applications on ``ground``."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def consider(self, managed: ManagedApplication) -> float | None:
        """Begin a sync where one is due; return in how many seconds to decide again, if at all.

        Raises what the client raises.
        """
        decided: list[AutoSyncDecision] = []

        def change(manifest: Manifest) -> dict[str, Any]:
            decision = self._decide(manifest)
            decided[:] = [decision]
            return self._patch(manifest, decision)

        wrote = await managed.object.write(change)
        decision = decided[0]
        if wrote and decision.operation is not None:
            log.info("a sync is begun", application=str(managed), why="auto-sync")
        if decision.again_at is None:
            return None
        return max(0.0, decision.again_at - self._ground.now)

    def _decide(self, manifest: Manifest) -> AutoSyncDecision:
        try:
            application = read_application(manifest)
        except SpecError as error:
            return AutoSyncDecision(why=str(error))
        status = application.status
        if status.sync is None or status.sync.compared_to != application.spec.compared_to:
            return AutoSyncDecision(why="the application has not been compared yet")
        if has_errors(status.conditions, but=AUTO_SYNCED):
            return AutoSyncDecision(why="conditions say that something is wrong")
        try:
            windows = self._windows(application)
        except SpecError as error:
            return AutoSyncDecision(why=str(error))
        now = self._ground.now
        verdict = may_sync(windows, now, manual=False)
        return decide_auto_sync(application, status.sync, status.resources, verdict, now)

    def _windows(self, application: Application) -> Any:
        ground = self._ground
        project = ground.projects.find(application.spec.project_name)
        destination = ground.destinations.full(application.spec.destination)
        return windows_of(project, application, destination)

    def _patch(self, manifest: Manifest, decision: AutoSyncDecision) -> dict[str, Any]:
        patch: dict[str, Any] = {}
        status = manifest.get("status") or {}
        automated = ((manifest.get("spec") or {}).get("syncPolicy") or {}).get("automated")
        found = [decision.condition] if decision.condition is not None else []
        if automated is not None and decision.operation is None:
            try:
                before = read_application(manifest).status.conditions
            except SpecError:
                return {}
            after = with_conditions(before, found, AUTO_SYNCED, timestamp(self._ground.now))
            if after != before:
                patch["status"] = {"conditions": [plain(each) for each in after] or None}
        if decision.operation is not None:
            patch["operation"] = plain(decision.operation)
            kept = [c for c in status.get("conditions") or () if c.get("type") != "SyncError"]
            if kept != (status.get("conditions") or []):
                patch["status"] = {"conditions": kept or None}
        return patch
