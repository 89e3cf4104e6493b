"""The CustomResourceDefinition of SyncRun: what one operation has done so far.

There is no status subresource: a state and the status that goes with it are one write.
"""

from __future__ import annotations

from tenter.argoproj import FREE_FORM, Schema, column, definition, schema_of
from tenter.controller.sync_runs import GROUP, KIND, VERSION, SyncRunSpec
from tenter.manifests import Manifest

_TEXT: Schema = {"type": "string"}
_TIME: Schema = {"type": "string", "format": "date-time"}


def sync_run_definition() -> Manifest:
    """Return the CustomResourceDefinition of SyncRun."""
    return definition(
        group=GROUP,
        version=VERSION,
        kind=KIND,
        plural="syncruns",
        required=(),
        properties={
            "spec": schema_of(SyncRunSpec),
            "state": {
                "type": "object",
                "description": "What Tenter needs to go on after a restart. Do not edit it.",
                "properties": {
                    "index": _TEXT,
                    "parts": {"type": "object", "additionalProperties": _TEXT},
                },
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
                    "attemptStartedAt": _TIME,
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
