"""What is remembered of an application: its history, and what its hooks said."""

from __future__ import annotations

from tenter.applications.state import HistoryEntry
from tenter.library.cluster import Cluster
from tenter.library.finding import chosen_application, existing_state
from tenter.runner import Report


async def history(
    application: str | None = None,
    *,
    cluster: Cluster,
    namespace: str | None = None,
    state_namespace: str | None = None,
) -> list[HistoryEntry]:
    """Return the application's successful syncs and rollbacks, oldest first.

    ``application`` may be omitted where there is only one in the namespace that holds its state:
    ``state_namespace``, else ``namespace``, else the cluster's default. Raises StateError where
    there is none, UsageError where there are several.
    """
    place = state_namespace or namespace or cluster.namespace
    name = await chosen_application(cluster.client, application, place)
    return (await existing_state(cluster.client, name, place)).history


async def logs(
    application: str | None = None,
    *,
    cluster: Cluster,
    namespace: str | None = None,
    state_namespace: str | None = None,
) -> Report:
    """Return the report of the last operation: each attempt's hooks, exit codes and log tails.

    Parameters and errors are those of ``history``.
    """
    place = state_namespace or namespace or cluster.namespace
    name = await chosen_application(cluster.client, application, place)
    state = await existing_state(cluster.client, name, place)
    return state.report or Report(operation="")
