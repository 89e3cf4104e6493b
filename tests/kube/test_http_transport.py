import asyncio
import base64
import gzip
import random
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from tests.kube.authority import Authority

from tenter.environment import Environment
from tenter.errors import ClusterTimeout, ClusterUnreachable, CredentialError, KubeconfigError
from tenter.kube import Request
from tenter.kube.io_http import HttpTransport
from tenter.kube.kubeconfig import Connection, User

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
VERSION = Request(method="GET", path="/version")


async def answer_ok(_: web.BaseRequest) -> web.StreamResponse:
    return web.json_response({"ok": True})


@asynccontextmanager
async def serving(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Serve on a free loopback port; yields the address."""
    runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def transport_to(server: str, **connection: Any) -> AsyncIterator[HttpTransport]:
    transport = HttpTransport(
        Connection(**{"server": server, "user": User(), "context": "test", **connection}),
        Environment(now=lambda: 0.0, random=random.Random(1)),
    )
    try:
        yield transport
    finally:
        await transport.aclose()


def pem_data(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


async def test_a_request_arrives_as_it_was_built() -> None:
    seen: list[Any] = []

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        seen.extend((request.method, request.raw_path, await request.read()))
        seen.append({name: request.headers[name] for name in ("Accept", "Content-Type", "X-A")})
        return web.Response(status=201, body=b"made", headers={"X-Answer": "yes"})

    request = Request(
        method="PATCH",
        path="/apis/rbac/v1/clusterroles/system:node",
        query=(("fieldSelector", "a=b,c=d"), ("x", "1 2&3")),
        headers=(("X-A", "b"),),
        body=b"{}",
        content_type="application/merge-patch+json",
        accept="application/json;v=v1",
    )
    async with serving(handler) as server, transport_to(f"{server}/prefix") as transport:
        response = await transport.send(request, timeout=5)
    assert (response.status, response.body) == (201, b"made")
    assert response.headers["x-answer"] == "yes"
    assert seen[0] == "PATCH"
    path, _, query = seen[1].partition("?")
    assert path == "/prefix/apis/rbac/v1/clusterroles/system:node"
    assert query == "fieldSelector=a%3Db,c%3Dd&x=1+2%263"
    assert seen[2] == b"{}"
    assert seen[3] == {
        "Accept": "application/json;v=v1",
        "Content-Type": "application/merge-patch+json",
        "X-A": "b",
    }


async def test_a_compressed_answer_is_unpacked() -> None:
    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        assert "gzip" in request.headers["Accept-Encoding"]
        return web.Response(
            body=gzip.compress(b"long" * 1000), headers={"Content-Encoding": "gzip"}
        )

    async with serving(handler) as server, transport_to(server) as transport:
        assert (await transport.send(VERSION, timeout=5)).body == b"long" * 1000


async def test_an_error_answer_is_an_answer() -> None:
    async def handler(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=503, body=b"later")

    async with serving(handler) as server, transport_to(server) as transport:
        assert (await transport.send(VERSION, timeout=5)).status == 503


async def test_a_redirect_is_not_followed() -> None:
    async def handler(_: web.BaseRequest) -> web.StreamResponse:
        raise web.HTTPFound("http://elsewhere.invalid/")

    async with serving(handler) as server, transport_to(server) as transport:
        assert (await transport.send(VERSION, timeout=5)).status == 302


async def test_the_token_goes_with_each_request() -> None:
    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text=request.headers["Authorization"])

    async with (
        serving(handler) as server,
        transport_to(server, user=User(token="abc")) as transport,
    ):
        assert (await transport.send(VERSION, timeout=5)).body == b"Bearer abc"


async def test_a_token_that_was_renewed_meanwhile_is_tried_after_a_401(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("old")

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        file.write_text("new")
        return web.Response(status=200 if request.headers["Authorization"] == "Bearer new" else 401)

    user = User(token_file=str(file))
    async with serving(handler) as server, transport_to(server, user=user) as transport:
        assert (await transport.send(VERSION, timeout=5)).status == 200


async def test_a_stream_is_opened_again_with_a_renewed_token_after_a_401(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("old")

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        file.write_text("new")
        renewed = request.headers["Authorization"] == "Bearer new"
        return web.Response(status=200 if renewed else 401)

    async with (
        serving(handler) as server,
        transport_to(server, user=User(token_file=str(file))) as transport,
        transport.stream(VERSION, timeout=5) as stream,
    ):
        assert stream.status == 200


async def test_a_fixed_token_that_is_refused_is_not_tried_again() -> None:
    asked = 0

    async def handler(_: web.BaseRequest) -> web.StreamResponse:
        nonlocal asked
        asked += 1
        return web.Response(status=401)

    async with (
        serving(handler) as server,
        transport_to(server, user=User(token="abc")) as transport,
    ):
        assert (await transport.send(VERSION, timeout=5)).status == 401
    assert asked == 1


async def test_a_server_that_is_down_is_unreachable() -> None:
    async with serving(answer_ok) as server:
        pass
    async with transport_to(server) as transport:
        with pytest.raises(ClusterUnreachable, match=r"context test.*Is it up"):
            await transport.send(VERSION, timeout=5)


async def test_a_name_that_does_not_resolve_is_unreachable() -> None:
    async with transport_to("http://cluster.invalid:6443", proxy="") as transport:
        with pytest.raises(ClusterUnreachable, match="does not resolve"):
            await transport.send(VERSION, timeout=5)


async def test_a_server_that_does_not_answer_in_time_is_told() -> None:
    never = asyncio.Event()

    async def handler(_: web.BaseRequest) -> web.StreamResponse:
        await never.wait()
        return web.Response()

    async with serving(handler) as server, transport_to(server) as transport:
        with pytest.raises(ClusterTimeout, match=r"did not answer GET /version within 0\.05 s"):
            await transport.send(VERSION, timeout=0.05)


async def test_a_connection_that_breaks_before_the_answer_is_told() -> None:
    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async with serving(handler) as server, transport_to(server) as transport:
        with pytest.raises(ClusterUnreachable, match=r"broke during GET /version"):
            await transport.send(VERSION, timeout=5)


async def test_a_stream_arrives_piece_by_piece() -> None:
    go_on = asyncio.Event()

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        assert request.headers["Accept-Encoding"] == "identity"
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"one\n")
        await go_on.wait()
        await response.write(b"two\n")
        return response

    async with (
        serving(handler) as server,
        transport_to(server) as transport,
        transport.stream(VERSION, timeout=5) as stream,
    ):
        assert stream.status == 200
        assert await anext(stream.chunks) == b"one\n"
        go_on.set()
        assert [chunk async for chunk in stream.chunks] == [b"two\n"]


async def test_a_stream_that_breaks_is_told() -> None:
    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"one\n")
        assert request.transport is not None
        request.transport.abort()
        return response

    async with (
        serving(handler) as server,
        transport_to(server) as transport,
        transport.stream(VERSION, timeout=5) as stream,
    ):
        with pytest.raises(ClusterUnreachable, match="broke during"):
            assert [chunk async for chunk in stream.chunks] == []


async def test_leaving_a_stream_ends_it_at_the_server() -> None:
    left = asyncio.Event()

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"one\n")
        try:
            await asyncio.Event().wait()
        finally:
            left.set()
        return response

    runner = web.ServerRunner(web.Server(handler, handler_cancellation=True), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with transport_to(server) as transport:
        async with transport.stream(VERSION, timeout=5) as stream:
            await anext(stream.chunks)
        async with asyncio.timeout(5):
            await left.wait()
    await runner.cleanup()


async def test_a_stream_that_is_refused_shows_the_refusal() -> None:
    async def handler(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=410, body=b"gone")

    async with (
        serving(handler) as server,
        transport_to(server) as transport,
        transport.stream(VERSION, timeout=5) as stream,
    ):
        assert stream.status == 410
        assert b"".join([chunk async for chunk in stream.chunks]) == b"gone"


async def test_a_certificate_of_the_clusters_authority_is_trusted(tmp_path: Path) -> None:
    authority = Authority()
    tls = authority.server(tmp_path, "127.0.0.1")
    async with (
        serving(answer_ok, tls) as server,
        transport_to(server, ca_data=authority.certificate) as transport,
    ):
        assert (await transport.send(VERSION, timeout=5)).status == 200


async def test_a_certificate_of_another_authority_is_not_trusted(tmp_path: Path) -> None:
    tls = Authority().server(tmp_path, "127.0.0.1")
    (tmp_path / "ca.pem").write_text(Authority().certificate)
    async with (
        serving(answer_ok, tls) as server,
        transport_to(server, ca_file=str(tmp_path / "ca.pem")) as transport,
    ):
        with pytest.raises(ClusterUnreachable, match="is not trusted"):
            await transport.send(VERSION, timeout=5)


async def test_a_certificate_of_another_name_is_not_trusted(tmp_path: Path) -> None:
    authority = Authority()
    tls = authority.server(tmp_path, "api.example")
    async with (
        serving(answer_ok, tls) as server,
        transport_to(server, ca_data=authority.certificate) as transport,
    ):
        with pytest.raises(ClusterUnreachable, match="is not trusted"):
            await transport.send(VERSION, timeout=5)


async def test_the_name_a_certificate_must_have_can_be_given(tmp_path: Path) -> None:
    authority = Authority()
    tls = authority.server(tmp_path, "api.example")
    async with (
        serving(answer_ok, tls) as server,
        transport_to(
            server, ca_data=authority.certificate, tls_server_name="api.example"
        ) as transport,
    ):
        assert (await transport.send(VERSION, timeout=5)).status == 200


async def test_any_certificate_is_taken_where_the_user_said_so(tmp_path: Path) -> None:
    tls = Authority().server(tmp_path, "elsewhere.example")
    async with (
        serving(answer_ok, tls) as server,
        transport_to(server, insecure=True) as transport,
    ):
        assert (await transport.send(VERSION, timeout=5)).status == 200


async def test_the_users_certificate_is_shown(tmp_path: Path) -> None:
    authority = Authority()
    certificate, key = authority.issue("ann")
    user = User(client_certificate_data=pem_data(certificate), client_key_data=pem_data(key))

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        peer = request.transport.get_extra_info("peercert")
        return web.Response(text=dict(entry[0] for entry in peer["subject"])["commonName"])

    tls = authority.server(tmp_path, "127.0.0.1", client=True)
    async with (
        serving(handler, tls) as server,
        transport_to(server, ca_data=authority.certificate, user=user) as transport,
    ):
        assert (await transport.send(VERSION, timeout=5)).body == b"ann"


async def test_a_certificate_and_key_that_do_not_belong_together_are_refused() -> None:
    authority = Authority()
    certificate, _ = authority.issue("ann")
    _, key = authority.issue("bob")
    user = User(client_certificate_data=pem_data(certificate), client_key_data=pem_data(key))
    async with transport_to("https://127.0.0.1:1", user=user) as transport:
        with pytest.raises(CredentialError, match="belong together"):
            await transport.send(VERSION, timeout=5)


async def test_an_authority_that_cannot_be_read_is_refused() -> None:
    async with transport_to("https://127.0.0.1:1", ca_data="no certificate") as transport:
        with pytest.raises(KubeconfigError, match="certificate authority"):
            await transport.send(VERSION, timeout=5)


async def test_a_server_that_speaks_no_tls_is_told() -> None:
    async with (
        serving(answer_ok) as server,
        transport_to(server.replace("http:", "https:"), insecure=True) as transport,
    ):
        with pytest.raises(ClusterUnreachable, match="Is the port an API server's"):
            await transport.send(VERSION, timeout=5)


async def test_connections_are_used_again(tmp_path: Path) -> None:
    ports: list[int] = []

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        ports.append(request.transport.get_extra_info("peername")[1])
        return web.Response()

    authority = Authority()
    async with (
        serving(handler, authority.server(tmp_path, "127.0.0.1")) as server,
        transport_to(server, ca_data=authority.certificate) as transport,
    ):
        for _ in range(3):
            await transport.send(VERSION, timeout=5)
    assert len(set(ports)) == 1


async def test_a_request_goes_through_the_proxy_that_the_kubeconfig_names() -> None:
    seen: list[str] = []

    async def proxy(request: web.BaseRequest) -> web.StreamResponse:
        seen.append(request.raw_path)
        return web.Response()

    async with (
        serving(proxy) as address,
        transport_to("http://cluster.invalid", proxy=address) as transport,
    ):
        await transport.send(VERSION, timeout=5)
    assert seen == ["http://cluster.invalid/version"]


async def test_a_proxy_of_the_environment_is_used_unless_it_must_not_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serving(answer_ok) as address:
        monkeypatch.setenv("http_proxy", address)
        monkeypatch.setenv("no_proxy", "")
        async with transport_to("http://cluster.invalid") as transport:
            assert (await transport.send(VERSION, timeout=5)).status == 200
        for server, proxy in (("http://localhost:1", None), ("http://cluster.invalid", "")):
            async with transport_to(server, proxy=proxy) as transport:
                with pytest.raises(ClusterUnreachable):
                    await transport.send(VERSION, timeout=5)
