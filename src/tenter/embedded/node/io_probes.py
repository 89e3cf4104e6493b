"""Probes: asks a container whether it has started, is ready, is alive.

Until its first success a startup or readiness probe is tried more often than its period says, so
that nobody waits ten seconds for a program that was up after a tenth of one; failures still count
by the period. Source of the rest: the Pod API (v1), ``Probe``.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from tenter.embedded.node.behaviour import CannotStart, Report
from tenter.manifests import Manifest

Execute = Callable[[Sequence[str]], Awaitable[int]]
"""Runs a command beside the container and returns its exit code; cancelling kills it."""

_FIRST_PAUSE = 0.02


async def watch_over(container: Manifest, address: str, execute: Execute, report: Report) -> str:
    """Probe a running container and report; return why it must be restarted, when it must.

    Returns never where nothing can fail: cancel it when the container ends.
    """
    startup, ready, alive = (
        container.get(f"{kind}Probe") for kind in ("startup", "readiness", "liveness")
    )

    async def ask(probe: dict[str, Any]) -> bool:
        try:
            async with asyncio.timeout(probe.get("timeoutSeconds", 1)):
                return await _ask(probe, container, address, execute)
        except (OSError, TimeoutError, ValueError, EOFError, CannotStart):
            return False

    report(startup is None, startup is None and ready is None)
    if startup is not None:
        if not await _first_success(startup, ask, bounded=True):
            return "the startup probe failed"
        report(True, ready is None)
    failed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    async with asyncio.TaskGroup() as group:
        tasks = []
        if ready is not None:
            tasks.append(group.create_task(_keep_ready(ready, ask, report)))
        if alive is not None:
            tasks.append(group.create_task(_keep_alive(alive, ask, failed)))
        reason = await failed
        for task in tasks:
            task.cancel()
    return reason


Ask = Callable[[dict[str, Any]], Awaitable[bool]]


async def _first_success(probe: dict[str, Any], ask: Ask, *, bounded: bool) -> bool:
    """Probe until it succeeds as often as asked; with ``bounded`` only as long as is allowed."""
    period = probe.get("periodSeconds", 10)
    loop = asyncio.get_running_loop()
    await asyncio.sleep(probe.get("initialDelaySeconds", 0))
    until = loop.time() + period * probe.get("failureThreshold", 3)
    wanted = probe.get("successThreshold", 1)
    pause, successes = _FIRST_PAUSE, 0
    while True:
        successes = successes + 1 if await ask(probe) else 0
        if successes >= wanted:
            return True
        if bounded and loop.time() >= until:
            return False
        await asyncio.sleep(pause if not successes else period)
        pause = min(pause * 1.5, period)


async def _keep_ready(probe: dict[str, Any], ask: Ask, report: Report) -> None:
    period = probe.get("periodSeconds", 10)
    while True:
        await _first_success(probe, ask, bounded=False)
        report(True, True)
        failures = 0
        while failures < probe.get("failureThreshold", 3):
            await asyncio.sleep(period)
            failures = 0 if await ask(probe) else failures + 1
        report(True, False)


async def _keep_alive(probe: dict[str, Any], ask: Ask, failed: asyncio.Future[str]) -> None:
    await asyncio.sleep(probe.get("initialDelaySeconds", 0))
    failures = 0
    while failures < probe.get("failureThreshold", 3):
        await asyncio.sleep(probe.get("periodSeconds", 10))
        failures = 0 if await ask(probe) else failures + 1
    failed.set_result("the liveness probe failed")


async def _ask(probe: dict[str, Any], container: Manifest, address: str, execute: Execute) -> bool:
    if command := (probe.get("exec") or {}).get("command"):
        return await execute(command) == 0
    if get := probe.get("httpGet"):
        return await _get(get, _port(container, get["port"]), get.get("host") or address)
    target = probe.get("tcpSocket") or probe.get("grpc")
    if target is None:
        return True
    # A gRPC probe is answered by whoever listens: the health protocol is not spoken here.
    _, writer = await asyncio.open_connection(
        target.get("host") or address, _port(container, target["port"])
    )
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True


def _port(container: Manifest, port: int | str) -> int:
    for declared in container.get("ports") or ():
        if declared.get("name") == port:
            return int(declared["containerPort"])
    return int(port)


async def _get(get: dict[str, Any], port: int, host: str) -> bool:
    """Ask by HTTP; anything from 200 to 399 is well, and no redirect is followed."""
    context: ssl.SSLContext | None = None
    if get.get("scheme") == "HTTPS":
        # The kubelet does not verify either: the probe asks for life, not for identity.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    reader, writer = await asyncio.open_connection(host, port, ssl=context)
    try:
        path = get.get("path") or "/"
        headers = {"Host": f"{host}:{port}", "User-Agent": "kube-probe/1.36", "Accept": "*/*"}
        for header in get.get("httpHeaders") or ():
            headers[header["name"]] = header["value"]
        lines = "".join(f"{name}: {text}\r\n" for name, text in headers.items())
        target = path if path.startswith("/") else f"/{path}"
        writer.write(f"GET {target} HTTP/1.1\r\n{lines}Connection: close\r\n\r\n".encode())
        await writer.drain()
        status = (await reader.readline()).split()
        return len(status) > 1 and 200 <= int(status[1]) < 400
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
