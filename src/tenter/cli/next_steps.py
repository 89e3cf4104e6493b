"""What to offer the user after an operation, as commands that can be copied. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenter.cli.flags import ApplicationChoice, ClusterChoice

if TYPE_CHECKING:
    from tenter.library import SyncOutcome


def _command(
    name: str,
    outcome: SyncOutcome,
    application: ApplicationChoice,
    cluster: ClusterChoice,
    rest: str = "",
) -> str:
    named = application.told(outcome.application)
    told = " ".join(part for part in (named, cluster.told()) if part)
    return " ".join(part for part in ("tenter", name, told, rest) if part)


def after_sync(
    outcome: SyncOutcome, application: ApplicationChoice, cluster: ClusterChoice
) -> list[str]:
    """Return what to do after a sync that did not do, or not yet, what was asked for."""
    if outcome.resumed and not outcome.terminated:
        return [_WHAT_WAS_ASKED]
    return [] if outcome.succeeded else _after_failure(outcome, application, cluster)


def _after_failure(
    outcome: SyncOutcome, application: ApplicationChoice, cluster: ClusterChoice
) -> list[str]:
    # An embedded cluster without a folder is gone with this process, and its logs with it.
    if cluster.embedded and not cluster.data:
        return [] if outcome.terminated else ["Correct the cause above, and sync again."]
    logs = _command("logs", outcome, application, cluster)
    if outcome.terminated:
        return [f"{logs}   shows what the hooks said until they were stopped."]
    steps = [f"{logs}   shows all that the hooks said."]
    if outcome.timed_out:
        steps.append("A longer --timeout, or tenter.dev/timeout on a hook, gives it more time.")
    steps.append("Correct the cause above, and sync again; or go back to an entry of the history:")
    steps.append(_command("history", outcome, application, cluster))
    return steps


_WHAT_WAS_ASKED = "That was what an earlier run had left unfinished. Now what was asked for:"


def after_delete(
    outcome: SyncOutcome, application: ApplicationChoice, cluster: ClusterChoice
) -> list[str]:
    """Return what to do after a deletion that did not succeed."""
    if outcome.succeeded:
        return []
    return [
        "Correct the failing hook in the source, and delete again; or leave the hooks out with:",
        _command("delete", outcome, application, cluster, "--skip-hooks"),
    ]
