from __future__ import annotations

import asyncio
import sys
import urllib.parse
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tenter.embedded.node import io_curl

from .running import phase, pod, running


@asynccontextmanager
async def server(*codes: int) -> AsyncIterator[tuple[str, list[str]]]:
    """Answer requests with ``codes`` in turn, and keep what was asked."""
    asked: list[str] = []
    left = list(codes)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(
            (
                int(line.split(":")[1])
                for line in head.splitlines()
                if "content-length" in line.lower()
            ),
            0,
        )
        asked.append(head + (await reader.readexactly(length)).decode())
        code = left.pop(0) if len(left) > 1 else left[0]
        writer.write(f"HTTP/1.1 {code} X\r\nContent-Length: 4\r\n\r\nbody".encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/path", asked
    finally:
        listening.close()
        await listening.wait_closed()


async def curl(*arguments: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        io_curl.__file__,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_a_form_is_posted_as_the_slack_hook_does() -> None:
    payload = 'payload={"channel": "#c", "text": "App Sync succeeded"}'
    async with server(200) as (url, asked):
        code, out, _ = await curl("-X", "POST", "--data-urlencode", payload, url)
    assert (code, out) == (0, "body")
    (request,) = asked
    assert request.startswith("POST /path HTTP/1.1")
    body = request.split("\r\n\r\n")[1]
    assert urllib.parse.parse_qs(body) == {
        "payload": ['{"channel": "#c", "text": "App Sync succeeded"}']
    }


async def test_headers_and_data_are_sent() -> None:
    async with server(200) as (url, asked):
        await curl("-sS", "-H", "X-Token: t", "-d", "a=1", "-d", "b=2", url)
    assert "x-token: t" in asked[0].lower()
    assert asked[0].endswith("a=1&b=2")


@pytest.mark.parametrize(("flags", "expected"), [(("-f",), 22), ((), 0)])
async def test_an_error_fails_only_where_asked(flags: tuple[str, ...], expected: int) -> None:
    async with server(404) as (url, _):
        code, _, _ = await curl(*flags, "-s", url)
    assert code == expected


async def test_the_code_can_be_written_and_the_body_kept(tmp_path: Path) -> None:
    async with server(201) as (url, _):
        target = tmp_path / "body"
        code, out, _ = await curl("-s", "-o", str(target), "-w", "%{http_code}\\n", url)
    assert (code, out, target.read_text()) == (0, "201\n", "body")


async def test_a_transient_error_is_tried_again() -> None:
    async with server(503, 200) as (url, asked):
        code, out, _ = await curl("-fsS", "--retry", "2", "--retry-delay", "0", url)
    assert (code, out, len(asked)) == (0, "body", 2)


async def test_nobody_there_is_a_failure_with_a_message() -> None:
    code, _, err = await curl("-sS", "http://127.0.0.1:1/")
    assert code == 7
    assert "127.0.0.1:1" in err


@pytest.mark.parametrize(
    "arguments", [["--proxy", "x", "http://h/"], ["-Z", "http://h/"], ["-X"], ["-s"]]
)
async def test_what_it_does_not_know_is_refused(arguments: list[str]) -> None:
    code, _, err = await curl(*arguments)
    assert code == 2
    assert err


def test_options_may_be_joined_and_hold_their_value() -> None:
    read: Callable[[list[str]], list[tuple[str, str]]] = io_curl.read_arguments
    assert read(["-sSXPOST", "--data=x", "u"]) == [
        ("silent", ""),
        ("show-error", ""),
        ("request", "POST"),
        ("data", "x"),
        ("url", "u"),
    ]


async def test_where_the_machine_has_no_curl_pods_find_the_stand_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("sh", "env"):
        (tmp_path / name).symlink_to(f"/bin/{name}")
    monkeypatch.setenv("PATH", str(tmp_path))
    async with server(200) as (url, _), running(run_processes=True) as cluster:
        item = pod()
        item["spec"]["containers"][0]["command"] = ["curl", "-fsS", url]
        await cluster.create(item)
        await cluster.until(item, phase("Succeeded", "Failed"))
        assert await cluster.logs("p") == "body"
