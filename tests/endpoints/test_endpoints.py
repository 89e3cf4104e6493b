"""The controller's endpoints, over real sockets of the loopback interface."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from tenter.argoproj import Push, WebhookSecrets
from tenter.controller.io_endpoints import serve_endpoints
from tenter.controller.io_webhooks import BURST, LARGEST, RateLimit, Webhooks
from tenter.controller.listening import Address
from tenter.controller.metrics import Metrics
from tenter.errors import UsageError

SECRETS = WebhookSecrets(github="key")


class Served:
    """What is served, and what it was told."""

    def __init__(self, secrets: WebhookSecrets) -> None:
        self.why_not_ready = ""
        self.pushes: list[Push] = []
        self.metrics = Metrics(list)
        self.webhooks = Webhooks(lambda: secrets, self.pushes.append, self.metrics.webhook)
        self.url = ""

    async def get(self, path: str) -> tuple[int, str]:
        async with aiohttp.ClientSession() as session, session.get(self.url + path) as answer:
            return answer.status, await answer.text()

    async def post(self, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                f"{self.url}/api/webhook", data=io.BytesIO(body), headers=headers
            ) as answer,
        ):
            return answer.status, await answer.text()

    async def push(self, fields: Any, key: str = "key") -> tuple[int, str]:
        body = json.dumps(fields).encode()
        signature = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
        return await self.post(
            body,
            {
                "X-GitHub-Event": "push",
                "X-Hub-Signature-256": f"sha256={signature}",
                "Content-Type": "application/json",
            },
        )


@asynccontextmanager
async def served(secrets: WebhookSecrets = SECRETS) -> AsyncIterator[Served]:
    made = Served(secrets)
    async with serve_endpoints(
        Address("127.0.0.1", 0), made.metrics, lambda: made.why_not_ready, made.webhooks
    ) as port:
        made.url = f"http://127.0.0.1:{port}"
        yield made


PUSH = {"ref": "refs/heads/main", "repository": {"clone_url": "https://example.com/shop"}}


async def test_it_says_that_it_lives_and_whether_it_is_ready() -> None:
    async with served() as it:
        assert await it.get("/healthz") == (200, "ok\n")
        assert await it.get("/readyz") == (200, "ok\n")
        it.why_not_ready = "the Applications are being listed"
        assert await it.get("/readyz") == (503, "the Applications are being listed\n")


async def test_metrics_are_served_for_prometheus() -> None:
    async with served() as it:
        it.metrics.webhook("github", "202")
        status, text = await it.get("/metrics")
        assert status == 200
        assert 'tenter_webhook_requests_total{code="202",provider="github"} 1.0' in text


async def test_a_genuine_push_is_told_of() -> None:
    async with served() as it:
        assert (await it.push(PUSH))[0] == 202
        (push,) = it.pushes
        assert push.urls == ("https://example.com/shop",)
        assert 'code="202",provider="github"' in (await it.get("/metrics"))[1]


async def test_a_forged_push_is_refused_and_does_nothing() -> None:
    async with served() as it:
        status, text = await it.push(PUSH, key="guess")
        assert status == 403
        assert "example.com" not in text
        assert it.pushes == []


async def test_without_a_secret_there_is_no_webhook() -> None:
    async with served(WebhookSecrets()) as it:
        assert (await it.push(PUSH))[0] == 404


async def test_what_makes_no_sense_is_a_bad_request() -> None:
    async with served() as it:
        assert (await it.push([1]))[0] == 400


async def test_a_request_that_is_too_large_is_refused() -> None:
    async with served() as it:
        status, _ = await it.push({**PUSH, "padding": "x" * LARGEST})
        assert status == 413
        assert it.pushes == []


async def test_too_many_requests_are_refused() -> None:
    async with served() as it:
        answers = await asyncio.gather(*(it.post(b"", {}) for _ in range(BURST + 20)))
        codes = {status for status, _ in answers}
        assert codes == {403, 429}


def test_permits_come_back_with_time() -> None:
    limit = RateLimit(rate=2, burst=2)
    assert [limit.take(0) for _ in range(3)] == [True, True, False]
    assert [limit.take(0.5) for _ in range(2)] == [True, False]
    assert [limit.take(60) for _ in range(3)] == [True, True, False]


async def test_an_address_in_use_is_told_with_what_to_do() -> None:
    async with served() as it:
        port = int(it.url.rpartition(":")[2])
        with pytest.raises(UsageError, match="--listen HOST:PORT"):
            async with serve_endpoints(Address("127.0.0.1", port), it.metrics, str):
                pass
