"""The clusters that Applications go to, each with one local copy of its objects.

The controller's own is followed from the start; one of a Secret from when an Application first goes
there, until its Secret goes or changes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack

from tenter.argoproj import Cluster, Clusters, Destination
from tenter.controller.live import LiveObjects, Touched
from tenter.controller.remote import Connect, RemoteCluster
from tenter.controller.settings import Settings
from tenter.environment import Environment
from tenter.errors import ClusterUnreachable, SpecError
from tenter.kube.client import Client
from tenter.manifests import GroupKind


class Destinations:
    """``client`` is of the controller's own cluster; ``stack`` closes its copy.

    ``connect`` opens others, None where there are to be none. ``changed`` is called when one of
    them is there, or is known not to be.
    """

    def __init__(
        self,
        client: Client,
        environment: Environment,
        touched: Touched,
        stack: AsyncExitStack,
        *,
        connect: Connect | None = None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._client = client
        self._environment = environment
        self._touched = touched
        self._stack = stack
        self._connect = connect
        self._changed = changed
        self._settings = Settings()
        self._own: LiveObjects | None = None
        self._clusters = Clusters()
        self._remotes: dict[str, RemoteCluster] = {}
        self._following: dict[str, asyncio.Task[None]] = {}
        self._tasks: asyncio.TaskGroup | None = None

    async def open(self, settings: Settings) -> None:
        """Follow the objects of the controller's own cluster."""
        self._settings = settings
        (own,) = [each for each in self._clusters.clusters if each.is_own]
        self._own = await self._stack.enter_async_context(self._follow(self._client, own))

    async def use_settings(self, settings: Settings) -> None:
        """Go by other settings from now on."""
        self._settings = settings
        if self._own is not None:
            (own,) = [each for each in self._clusters.clusters if each.is_own]
            await self._own.use(settings.tracking, self._excluded(own))
        for remote in tuple(self._remotes.values()):
            if remote.live is not None:
                await remote.live.use(settings.tracking, self._excluded(remote.cluster))

    def host(self, tasks: asyncio.TaskGroup) -> None:
        """Follow other clusters in ``tasks`` from now on."""
        self._tasks = tasks

    def use(self, clusters: Clusters) -> None:
        """Take ``clusters`` for those that there are; others are followed no more."""
        self._clusters = clusters
        kept = {each.server: each for each in clusters.clusters}
        for server, remote in list(self._remotes.items()):
            if kept.get(server) != remote.cluster:
                del self._remotes[server]
                self._following.pop(server).cancel()

    def find(self, destination: Destination) -> LiveObjects:
        """Return the cluster's objects.

        Raises ``SpecError`` for a cluster that nobody knows, or a namespace that its Secret does
        not let be used, and ``ClusterUnreachable`` while it is not there.
        """
        cluster = self._clusters.find(destination)
        namespace = destination.namespace
        if namespace and not cluster.may_use(namespace):
            raise SpecError(
                f"the Secret of the cluster {cluster.name} does not let the namespace {namespace} "
                "be used; add it to the Secret's namespaces, or correct "
                "spec.destination.namespace",
                path="spec.destination.namespace",
            )
        if cluster.is_own:
            if self._own is None:
                raise RuntimeError("the controller's own cluster is not followed yet")
            return self._own
        remote = self._remotes.get(cluster.server) or self._begin(cluster)
        if remote.live is None:
            raise ClusterUnreachable(f"the cluster {cluster.name} is not there: {remote.trouble}")
        return remote.live

    def full(self, destination: Destination) -> Destination:
        """Return the destination with both the cluster's URL and its name.

        Raises ``SpecError`` for a cluster that nobody knows.
        """
        return self._clusters.full(destination)

    def _begin(self, cluster: Cluster) -> RemoteCluster:
        if self._connect is None or self._tasks is None:
            raise SpecError(
                f"the cluster {cluster.name} cannot be reached from here; only the controller's "
                "own can",
                path="spec.destination",
            )
        remote = RemoteCluster(
            cluster, self._connect, self._follow, self._changed, self._environment
        )
        self._remotes[cluster.server] = remote
        task = self._tasks.create_task(remote.run(), name=f"cluster {cluster.name}")
        self._following[cluster.server] = task
        return remote

    def _follow(self, client: Client, cluster: Cluster) -> LiveObjects:
        settings = self._settings
        return LiveObjects(
            client,
            self._environment,
            settings.tracking,
            self._touched,
            excluded=self._excluded(cluster),
        )

    def _excluded(self, cluster: Cluster) -> Callable[[GroupKind], bool]:
        settings = self._settings
        return lambda kind: settings.excludes(kind, cluster.server)
