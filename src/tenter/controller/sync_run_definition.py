"""The CustomResourceDefinition of SyncRun: what one operation has done so far.

A SyncRun is written by the controller alone, and read by it after a restart and by people. Its
``record`` is Tenter's own affair and may change its form; ``report`` and ``status`` are for people.
There is no status subresource: a record and the status that goes with it are one write.
"""

from __future__ import annotations

from tenter.argoproj import FREE_FORM, Schema, column, definition
from tenter.manifests import Manifest

SYNC_RUN_GROUP = "tenter.dev"
SYNC_RUN_VERSION = "v1alpha1"
SYNC_RUN_KIND = "SyncRun"

_TEXT: Schema = {"type": "string"}
_TIME: Schema = {"type": "string", "format": "date-time"}


def sync_run_definition() -> Manifest:
    """Return the CustomResourceDefinition of SyncRun."""
    return definition(
        group=SYNC_RUN_GROUP,
        version=SYNC_RUN_VERSION,
        kind=SYNC_RUN_KIND,
        plural="syncruns",
        required=(),
        properties={
            "spec": {
                "type": "object",
                "description": "Which operation of which Application this is.",
                "properties": {"application": _TEXT, "operation": FREE_FORM},
            },
            "record": {
                "description": "What Tenter needs to go on after a restart. Do not edit it.",
                **FREE_FORM,
            },
            "report": {
                "description": "Attempts, timeline, exit codes and log tails, for people.",
                **FREE_FORM,
            },
            "status": {
                "description": "How the operation stands.",
                **FREE_FORM,
                "properties": {
                    "phase": _TEXT,
                    "message": _TEXT,
                    "revision": _TEXT,
                    "startedAt": _TIME,
                    "finishedAt": _TIME,
                    "retryCount": {"type": "integer", "format": "int64"},
                },
            },
        },
        columns=(
            column("Application", ".spec.application"),
            column("Phase", ".status.phase"),
            column("Revision", ".status.revision"),
            column("Started", ".status.startedAt", kind="date"),
            column("Finished", ".status.finishedAt", kind="date"),
            column("Message", ".status.message", priority=1),
        ),
    )
