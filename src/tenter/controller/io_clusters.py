"""Connects to the clusters of Secrets over the network."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from tenter.argoproj import Cluster
from tenter.controller.connections import connection_of
from tenter.controller.remote import Connect
from tenter.environment import Environment
from tenter.kube.client import Client
from tenter.kube.io_http import HttpTransport


def connector(environment: Environment, allowed_commands: Collection[str]) -> Connect:
    """Return what connects to clusters, with the credentials that their Secrets hold.

    ``allowed_commands`` are the programs that Secrets may have run for credentials.
    """

    @asynccontextmanager
    async def connect(cluster: Cluster) -> AsyncIterator[Client]:
        transport = HttpTransport(connection_of(cluster, allowed_commands), environment)
        try:
            yield Client(transport, environment)
        finally:
            await transport.aclose()

    return connect
