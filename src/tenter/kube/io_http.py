"""The transport to an API server over HTTP: connections, TLS, credentials on each request.

Retries, limits on concurrency and the meaning of answers are the client's. Importing this module
imports aiohttp, which takes a while: do so only where a connection is made.
"""

from __future__ import annotations

import asyncio
import io
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from multidict import CIMultiDict

from tenter.environment import Environment
from tenter.errors import ClusterTimeout, ClusterUnreachable
from tenter.kube.io_credentials import Authentication, Credentials
from tenter.kube.io_tls import tls_context
from tenter.kube.kubeconfig import Connection
from tenter.kube.requests import Request, Response, Stream

_USER_AGENT = "tenter"
_LARGE = 1 << 20
"""Bytes of a body that aiohttp would not send at once without a warning."""
# Asks a silent connection for a sign of life, so that a watch through a dead network ends within
# a minute instead of waiting for the server that is not there. In seconds, seconds, times.
_KEEPALIVE = (("TCP_KEEPIDLE", 20), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))


class HttpTransport:
    """Carries requests over HTTP(S) to the server of ``connection``; use in one event loop."""

    def __init__(self, connection: Connection, environment: Environment) -> None:
        self._connection = connection
        self._credentials = Credentials(connection, environment)
        self._session: aiohttp.ClientSession | None = None
        self._tls: tuple[Authentication, ssl.SSLContext] | None = None
        self._proxy = connection.proxy or None
        if connection.proxy is None:
            self._proxy = _environment_proxy(connection.server)

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109 - the Transport protocol's
        """Return the answer, whatever its status.

        Raises ClusterTimeout after ``timeout`` seconds, ClusterUnreachable, CredentialError.
        A 401 is tried once more with fresh credentials, where there may be any.
        """
        authentication = await self._credentials.current()
        response = await self._exchange(request, authentication, timeout)
        if response.status == 401 and self._credentials.reject(authentication):
            response = await self._exchange(request, await self._credentials.current(), timeout)
        return response

    @asynccontextmanager
    async def stream(self, request: Request, *, timeout: float) -> AsyncIterator[Stream]:  # noqa: ASYNC109 - the Transport protocol's
        """Open a streamed answer; ``timeout`` bounds the time until its headers came."""
        authentication = await self._credentials.current()
        response = await self._open(request, authentication, timeout)
        if response.status == 401 and self._credentials.reject(authentication):
            response.close()
            response = await self._open(request, await self._credentials.current(), timeout)
        try:
            yield Stream(
                status=response.status,
                headers=_headers(response),
                chunks=self._chunks(request, response),
            )
        finally:
            response.close()

    async def aclose(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    async def _exchange(
        self, request: Request, authentication: Authentication, seconds: float
    ) -> Response:
        with self._explained(request, seconds):
            async with (
                asyncio.timeout(seconds),
                self._sessions().request(**self._arguments(request, authentication)) as response,
            ):
                return Response(
                    status=response.status,
                    headers=_headers(response),
                    body=await response.read(),
                )

    async def _open(
        self, request: Request, authentication: Authentication, seconds: float
    ) -> aiohttp.ClientResponse:
        arguments = self._arguments(request, authentication)
        # Compression would hold events back until a block is full.
        arguments["headers"]["Accept-Encoding"] = "identity"
        with self._explained(request, seconds):
            async with asyncio.timeout(seconds):
                return await self._sessions().request(**arguments)

    async def _chunks(
        self, request: Request, response: aiohttp.ClientResponse
    ) -> AsyncIterator[bytes]:
        with self._explained(request):
            async for chunk in response.content.iter_any():
                yield chunk

    def _sessions(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=0,  # the client bounds what runs at once; watches must not be bounded
                    keepalive_timeout=60,
                    socket_factory=_socket,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None, connect=None),
            )
        return self._session

    def _arguments(self, request: Request, authentication: Authentication) -> dict[str, Any]:
        headers: CIMultiDict[str] = CIMultiDict(
            (("Accept", request.accept), ("User-Agent", _USER_AGENT))
        )
        headers.extend(request.headers)
        headers.extend(authentication.headers)
        if request.body is not None:
            headers["Content-Type"] = request.content_type
        arguments: dict[str, Any] = {
            "method": request.method,
            "url": self._connection.server + request.path,
            "params": request.query,
            "data": _payload(request.body),
            "headers": headers,
            "proxy": self._proxy,
            "allow_redirects": False,
        }
        if self._connection.server.startswith("https:"):
            arguments["ssl"] = self._tls_for(authentication)
            arguments["server_hostname"] = self._connection.tls_server_name or None
        return arguments

    def _tls_for(self, authentication: Authentication) -> ssl.SSLContext:
        if self._tls is not None:
            shown, context = self._tls
            if (shown.certificate, shown.key) == (authentication.certificate, authentication.key):
                return context  # the same one, so that connections are used again
        context = tls_context(self._connection, authentication)
        self._tls = (authentication, context)
        return context

    @contextmanager
    def _explained(self, request: Request, seconds: float | None = None) -> Iterator[None]:
        """Turn what the network raises into what the user can act on."""
        server = self._connection
        try:
            yield
        except TimeoutError as error:
            if seconds is None:
                raise ClusterUnreachable(
                    f"the connection to {server} fell silent during {request.method} "
                    f"{request.path}: the network or the server is gone"
                ) from error
            raise ClusterTimeout(
                f"{server} did not answer {request.method} {request.path} within {seconds:g} s: "
                "is it overloaded, or does a firewall drop the packets?"
            ) from error
        except (aiohttp.ClientConnectorCertificateError, ssl.SSLCertVerificationError) as error:
            # The cluster may have a new authority, which its file then holds: read it next time.
            self._tls = None
            raise ClusterUnreachable(
                f"the certificate of {server} is not trusted: {error}. Is "
                "certificate-authority-data in the kubeconfig this cluster's, and its name one "
                "of the certificate's?"
            ) from error
        except aiohttp.ClientProxyConnectionError as error:
            raise ClusterUnreachable(
                f"{server} cannot be reached through the proxy {self._proxy}: {error}"
            ) from error
        except aiohttp.ClientConnectorDNSError as error:
            raise ClusterUnreachable(
                f"{server} cannot be reached: its name does not resolve. Is it the right "
                "context, and are you on the right network?"
            ) from error
        except aiohttp.ClientConnectorSSLError as error:
            raise ClusterUnreachable(
                f"no TLS connection to {server}: {error}. Is the port an API server's?"
            ) from error
        except aiohttp.ClientConnectorError as error:
            raise ClusterUnreachable(
                f"{server} cannot be reached: {error.os_error.strerror or error}. Is it up, and "
                "is it the right context?"
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise ClusterUnreachable(
                f"the connection to {server} broke during {request.method} {request.path}: "
                f"{error or type(error).__name__}"
            ) from error


def _headers(response: aiohttp.ClientResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def _socket(address: aiohttp.AddrInfoType) -> socket.socket:
    family, kind, protocol, _, _ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _KEEPALIVE:
        if hasattr(socket, option):  # not every system has them all
            made.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    return made


def _environment_proxy(server: str) -> str | None:
    parts = urlsplit(server)
    host = parts.hostname or ""
    if host in {"localhost", "127.0.0.1", "::1"} or proxy_bypass(host):
        return None
    return getproxies().get(parts.scheme)


def _payload(body: bytes | None) -> bytes | io.BytesIO | None:
    """Return a body as aiohttp takes it without a warning: a large one is sent in parts."""
    return io.BytesIO(body) if body is not None and len(body) > _LARGE else body
