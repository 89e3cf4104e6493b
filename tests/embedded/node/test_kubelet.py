from __future__ import annotations

import asyncio
import ssl

from tenter.embedded.node.io_kubelet import serve_kubelet

from .running import phase, pod, running


async def ask(port: int, path: str) -> tuple[int, bytes]:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    writer.write(f"GET {path} HTTP/1.0\r\n\r\n".encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    return int(head.split()[1]), body


async def test_a_foreign_api_server_finds_the_port_and_gets_the_log() -> None:
    async with running() as cluster:
        await cluster.create(pod(outcome='fail log="one\\ntwo"'))
        await cluster.until(pod(), phase("Failed"))
        now = cluster.cluster.environment.now
        async with serve_kubelet(cluster.cluster.node, now) as port:
            (node,) = await cluster.items("", "Node")
            endpoint = node["status"]["daemonEndpoints"]["kubeletEndpoint"]
            assert endpoint == {"Port": port}
            path = "/containerLogs/default/p/main"
            assert await ask(port, path) == (200, b"one\ntwo\n")
            assert await ask(port, f"{path}?tailLines=1") == (200, b"two\n")
            code, body = await ask(port, "/containerLogs/default/p/other")
            assert code == 404
            assert b"other" in body
