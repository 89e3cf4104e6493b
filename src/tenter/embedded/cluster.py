"""A whole cluster in this process: API server, controllers and a node, put together.

Used as ``async with EmbeddedCluster(environment) as cluster:``; ready when the block begins, and
nothing of it is left when it ends. In memory it needs no socket; ``serve`` opens one.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from tenter.embedded.access import ADMIN, Access, Identity
from tenter.embedded.controllers import ControllerSettings, run_controllers
from tenter.embedded.kubeconfig import kubeconfig_text
from tenter.embedded.memory_transport import MemoryTransport
from tenter.embedded.node import Behaviour, Node, NodeSettings
from tenter.embedded.server import ApiServer
from tenter.embedded.store import Store
from tenter.environment import Environment
from tenter.errors import UsageError
from tenter.kube import Client

if TYPE_CHECKING:
    from tenter.embedded.io_certificates import Secrets
    from tenter.embedded.io_persistence import DataDirectory

_PLANE = Identity("system:kube-controller-manager")
_NODE = Identity("system:node:embedded", ("system:nodes", "system:authenticated"))


class EmbeddedCluster:
    """An API server with controllers and one node.

    ``run_processes``: the node runs containers as local processes; otherwise their outcomes are
    scripted and nothing is executed. ``behaviour`` replaces either. ``data`` is a directory that
    keeps the cluster's objects; without it they are gone at the end. ``history_limit`` bounds
    ``store.history`` (None: keep all). ``workloads`` False leaves out controllers, node, and
    whoever provides volumes and addresses.
    """

    def __init__(
        self,
        environment: Environment,
        *,
        run_processes: bool = False,
        data: Path | None = None,
        behaviour: Behaviour | None = None,
        controller_settings: ControllerSettings | None = None,
        node_settings: NodeSettings | None = None,
        history_limit: int | None = 4096,
        workloads: bool = True,
    ) -> None:
        self.environment = environment
        self.store = Store(history_limit=history_limit)
        self.access = Access()
        self._run_processes = run_processes
        self._data = data
        self._behaviour = behaviour
        self._controller_settings = controller_settings
        self._node_settings = node_settings
        self._workloads = workloads
        self._stack = AsyncExitStack()
        self._server: ApiServer | None = None
        self._node: Node | None = None
        self._directory: DataDirectory | None = None
        self._secrets: Secrets | None = None
        self._url = ""

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            if self._data is not None:
                from tenter.embedded.io_persistence import (  # noqa: PLC0415 - imports cryptography
                    DataDirectory,
                )

                self._directory = stack.enter_context(DataDirectory(self._data))
                self._directory.load(self.store)
            server = ApiServer(
                self.environment,
                store=self.store,
                access=self.access,
                provisions=self._workloads,
            )
            self._server = await stack.enter_async_context(server)
            if self._workloads:
                await self._start_workloads(stack, server)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)

    async def _start_workloads(self, stack: AsyncExitStack, server: ApiServer) -> None:
        controllers = Client(MemoryTransport(server, _PLANE), self.environment)
        await stack.enter_async_context(
            run_controllers(controllers, self.environment, self._controller_settings)
        )
        client = Client(MemoryTransport(server, _NODE), self.environment)
        behaviour = self._behaviour
        if behaviour is None and self._run_processes:
            from tenter.embedded.node.io_processes import (  # noqa: PLC0415 - not without being asked
                ProcessBehaviour,
            )

            behaviour = ProcessBehaviour(self.environment, data=self._data)
        node = Node(client, self.environment, behaviour=behaviour, settings=self._node_settings)
        self._node = await stack.enter_async_context(node)
        server.logs = node.logs

    @property
    def server(self) -> ApiServer:
        """The API server; raises ``UsageError`` before the cluster runs."""
        if self._server is None:
            raise UsageError("The embedded cluster does not run yet: enter it by `async with`.")
        return self._server

    @property
    def node(self) -> Node:
        """The node; raises ``UsageError`` where there is none."""
        if self._node is None:
            raise UsageError("The embedded cluster runs no node.")
        return self._node

    def transport(self, identity: Identity = ADMIN) -> MemoryTransport:
        """Return a transport that reaches the cluster in memory, as ``identity``."""
        return MemoryTransport(self.server, identity)

    async def serve(self, *, host: str = "127.0.0.1", port: int = 0) -> str:
        """Serve the cluster over HTTPS until it ends, and return its URL.

        ``port`` 0 takes the one that ``data`` was served on last, if it is free, else any.
        Raises ``UsageError`` where ``port`` is taken.
        """
        from tenter.embedded.io_certificates import new_secrets  # noqa: PLC0415 - cryptography
        from tenter.embedded.io_listener import listen  # noqa: PLC0415 - imports aiohttp

        now = self.environment.now()
        secrets = self._directory.secrets(now) if self._directory else new_secrets(now)
        self.access.tokens[secrets.token] = ADMIN
        last = self._directory.port if self._directory else 0
        try:
            bound = await self._stack.enter_async_context(
                listen(self.server, secrets, host=host, port=port or last)
            )
        except UsageError:
            if port or not last:
                raise
            bound = await self._stack.enter_async_context(listen(self.server, secrets, host=host))
        if self._directory:
            self._directory.port = bound
        self._secrets = secrets
        self.server.service_accounts.publish(secrets.authority.decode())
        shown = f"[{host}]" if ":" in host else host
        self._url = f"https://{shown}:{bound}"
        return self._url

    @property
    def url(self) -> str:
        """Where the cluster is served; empty before ``serve``."""
        return self._url

    @property
    def token(self) -> str:
        """The administrator's bearer token; raises ``UsageError`` before ``serve``."""
        return self._served().token

    @property
    def certificate_authority(self) -> bytes:
        """The CA's certificate in PEM; raises ``UsageError`` before ``serve``."""
        return self._served().authority

    def kubeconfig(self) -> str:
        """Return a kubeconfig for the served cluster; raises ``UsageError`` before ``serve``."""
        secrets = self._served()
        return kubeconfig_text(
            url=self._url, token=secrets.token, certificate_authority=secrets.authority
        )

    def _served(self) -> Secrets:
        if self._secrets is None:
            raise UsageError("The embedded cluster is not served: call serve() first.")
        return self._secrets
