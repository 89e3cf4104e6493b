"""A cluster to work on: one that a kubeconfig names, or an embedded one of this process.

It is opened once, with ``async with``, and can then be used for any number of operations at once.
What is behind it (HTTP or memory) makes no difference to those who use it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

from tenter.environment import Environment
from tenter.errors import UsageError
from tenter.kube import Client, Transport
from tenter.kube.request_log import LoggedTransport
from tenter.library.io_cluster import Opened, open_embedded, open_kubeconfig
from tenter.library.io_environment import real_environment

DEFAULT_NAMESPACE = "default"

Opener: TypeAlias = Callable[[Environment, AsyncExitStack], Awaitable[Opened]]
"""Opens a cluster; what must be closed again goes on the stack."""


class Cluster:
    """A cluster; make one with ``from_kubeconfig``, ``embedded`` or ``over``.

    >>> async with Cluster.embedded() as cluster:
    ...     await tenter.sync("./deploy", cluster=cluster)
    """

    def __init__(self, opener: Opener, environment: Environment | None = None) -> None:
        self._opener = opener
        self._environment = environment or real_environment()
        self._stack = AsyncExitStack()
        self._opened: Opened | None = None
        self._client: Client | None = None
        self._tell: Callable[[str], None] | None = None

    def tell_requests(self, tell: Callable[[str], None]) -> None:
        """Have ``tell`` called with a line on each request, once the cluster is open.

        Lines name methods, paths and codes, and never hold a body. Call it before opening.
        """
        self._tell = tell

    @classmethod
    def from_kubeconfig(cls, path: str | Path | None = None, context: str | None = None) -> Cluster:
        """Return the cluster of a kubeconfig's context.

        ``path`` is by default what ``KUBECONFIG`` names, or ``~/.kube/config``; where there is
        none, inside a Pod, its service account is used. ``context`` is by default the current
        one. Opening it raises KubeconfigError.
        """
        return cls(lambda environment, stack: open_kubeconfig(environment, stack, path, context))

    @classmethod
    def embedded(cls, *, run_processes: bool = False, data: str | Path | None = None) -> Cluster:
        """Return a Kubernetes cluster inside this process, gone when it is closed.

        ``run_processes`` has containers run as processes of this machine; otherwise their success
        is played. ``data`` is a folder to keep the objects in; where ``tenter cluster start`` runs
        a cluster in it, that one is used.
        """
        folder = Path(data) if data is not None else None
        return cls(
            lambda environment, stack: open_embedded(
                environment, stack, run_processes=run_processes, data=folder
            )
        )

    @classmethod
    def over(
        cls, transport: Transport, *, namespace: str = DEFAULT_NAMESPACE, environment: Environment
    ) -> Cluster:
        """Return the cluster behind ``transport``, which stays its owner's to close."""

        async def opened(_environment: Environment, _stack: AsyncExitStack) -> Opened:
            return Opened(transport=transport, namespace=namespace, description="a given transport")

        return cls(opened, environment)

    async def __aenter__(self) -> Self:
        await self._stack.__aenter__()
        try:
            self._opened = await self._opener(self._environment, self._stack)
        except BaseException:
            await self._stack.aclose()
            raise
        transport = self._opened.transport
        if self._tell is not None:
            transport = LoggedTransport(transport, self._tell)
        self._client = Client(transport, self._environment)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._opened = self._client = None
        try:
            await self._stack.__aexit__(kind, error, trace)
        except BaseExceptionGroup as group:
            # The cluster's own task group wraps what the caller raised; they want it as it was.
            if error is None or any(leaf is not error for leaf in _leaves(group)):
                raise

    @property
    def client(self) -> Client:
        """The client of the open cluster, for requests of your own. Raises UsageError."""
        if self._client is None:
            raise UsageError("the cluster is not open. Use it inside: async with cluster:")
        return self._client

    @property
    def environment(self) -> Environment:
        """The clock and chance that operations on this cluster use."""
        return self._environment

    @property
    def namespace(self) -> str:
        """The namespace used where none is given: the kubeconfig context's, or ``default``."""
        return (self._opened.namespace if self._opened else "") or DEFAULT_NAMESPACE

    @property
    def description(self) -> str:
        """The cluster in words, for messages."""
        return self._opened.description if self._opened else "a cluster that is not open"


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for inner in group.exceptions:
        if isinstance(inner, BaseExceptionGroup):
            yield from _leaves(inner)
        else:
            yield inner
