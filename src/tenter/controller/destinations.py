"""The clusters that Applications go to, each with one local copy of its objects."""

from __future__ import annotations

from contextlib import AsyncExitStack

import msgspec

from tenter.argoproj import Destination
from tenter.controller.live import LiveObjects, Touched
from tenter.controller.settings import Settings
from tenter.environment import Environment
from tenter.errors import SpecError
from tenter.kube.client import Client

IN_CLUSTER_URL = "https://kubernetes.default.svc"
IN_CLUSTER_NAME = "in-cluster"


class Destinations:
    """The cluster of the controller's own credentials; ``stack`` closes its copy."""

    def __init__(
        self, client: Client, environment: Environment, touched: Touched, stack: AsyncExitStack
    ) -> None:
        self._client = client
        self._environment = environment
        self._touched = touched
        self._stack = stack
        self._own: LiveObjects | None = None

    async def open(self, settings: Settings) -> None:
        """Follow the objects of the controller's own cluster."""
        self._own = await self._stack.enter_async_context(
            LiveObjects(
                self._client,
                self._environment,
                settings.tracking,
                self._touched,
                excluded=lambda kind: settings.excludes(kind, IN_CLUSTER_URL),
            )
        )

    def find(self, destination: Destination) -> LiveObjects:
        """Return the cluster's objects.

        Raises ``SpecError`` for a cluster that nobody knows.
        """
        known = destination.server in {"", IN_CLUSTER_URL} and destination.name in {
            "",
            IN_CLUSTER_NAME,
        }
        if not known or self._own is None:
            named = destination.server or destination.name
            raise SpecError(
                f"there is no cluster {named}: the destination is {IN_CLUSTER_URL} (by server) or "
                f"{IN_CLUSTER_NAME} (by name). Correct spec.destination",
                path="spec.destination",
            )
        return self._own

    def full(self, destination: Destination) -> Destination:
        """Return the destination with both the cluster's URL and its name, as far as known."""
        if destination.server == IN_CLUSTER_URL or destination.name == IN_CLUSTER_NAME:
            return msgspec.structs.replace(destination, server=IN_CLUSTER_URL, name=IN_CLUSTER_NAME)
        return destination
