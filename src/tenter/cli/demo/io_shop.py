"""Asks the example's web process what it serves, as a visitor would."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import aiohttp

from tenter.library import Cluster

_PORT = 8080
_PATIENCE = 20.0
_ANSWER_LIMIT = 5.0


async def what_it_serves(cluster: Cluster, namespace: str, version: str) -> dict[str, Any]:
    """Return the shop's answer, as soon as only Pods of ``version`` serve.

    A rollout may still be under way when a sync ends, so changes of its Pods are awaited, for 20 s
    at most; then the answer is what is served instead, or empty where nothing is.
    """
    answers: list[dict[str, Any]] = []
    try:
        async with asyncio.timeout(_PATIENCE):
            client = cluster.client
            pods = await client.resource("", "Pod")
            found = await client.list(pods, namespace, label_selector="app=shop")
            live = {pod["metadata"]["name"]: pod for pod in found.items}
            answers = await _answers(live)
            watch = client.watch(
                pods,
                namespace,
                label_selector="app=shop",
                resource_version=found.resource_version,
            )
            async with aclosing(watch) as events:
                while [answer.get("version") for answer in answers] != [version]:
                    event = await anext(events)
                    name = event.object["metadata"].get("name", "")
                    if event.type == "DELETED":
                        live.pop(name, None)
                    elif name:
                        live[name] = event.object
                    answers = await _answers(live)
    except (TimeoutError, StopAsyncIteration):
        return answers[0] if answers else {}
    return answers[0]


async def _answers(pods: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the answer of each Pod that is ready and stays."""
    timeout = aiohttp.ClientTimeout(total=_ANSWER_LIMIT)
    answers = []
    async with aiohttp.ClientSession(timeout=timeout) as session:
        for pod in pods.values():
            if not _serves(pod):
                continue
            url = f"http://{pod['status']['podIP']}:{_PORT}/items"
            try:
                async with session.get(url) as response:
                    answers.append(await response.json())
            except (aiohttp.ClientError, TimeoutError, ValueError):
                answers.append({})
    return answers


def _serves(pod: dict[str, Any]) -> bool:
    if pod["metadata"].get("deletionTimestamp"):
        return False
    conditions = (pod.get("status") or {}).get("conditions") or []
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
