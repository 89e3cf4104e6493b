"""What to offer the user after an operation, as commands that can be copied. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenter.cli.flags import ApplicationChoice, ClusterChoice

if TYPE_CHECKING:
    from tenter.library import SyncOutcome


def _command(name: str, application: ApplicationChoice, cluster: ClusterChoice, rest: str) -> str:
    told = " ".join(part for part in (application.told(), cluster.told()) if part)
    return " ".join(part for part in ("tenter", name, told, rest) if part)


def after_sync(
    outcome: SyncOutcome, application: ApplicationChoice, cluster: ClusterChoice
) -> list[str]:
    """Return what to do after a sync that did not succeed; nothing after one that did."""
    if outcome.succeeded:
        return []
    # An embedded cluster without a folder is gone with this process, and its logs with it.
    if cluster.embedded and not cluster.data:
        return [] if outcome.terminated else ["Correct the cause above, and sync again."]
    logs = _command("logs", application, cluster, "")
    if outcome.terminated:
        return [f"{logs}   shows what the hooks said until they were stopped."]
    steps = [f"{logs}   shows all that the hooks said."]
    if outcome.timed_out:
        steps.append("A longer --timeout, or tenter.dev/timeout on a hook, gives it more time.")
    steps.append("Correct the cause above, and sync again; or go back with:")
    steps.append(_command("rollback", application, cluster, ""))
    return steps


def after_delete(
    outcome: SyncOutcome, application: ApplicationChoice, cluster: ClusterChoice
) -> list[str]:
    """Return what to do after a deletion that did not succeed."""
    if outcome.succeeded:
        return []
    return [
        "Correct the failing hook in the source, and delete again; or leave the hooks out with:",
        _command("delete", application, cluster, "--skip-hooks"),
    ]
