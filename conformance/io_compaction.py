"""Has a real control plane forget old versions, as it does by itself every few minutes."""

from __future__ import annotations

import base64

import aiohttp

_ANY_KEY = base64.b64encode(b"\0").decode()


async def compact_store(url: str) -> None:
    """Have the etcd at ``url`` forget every version but the present one."""
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        async with session.post(f"{url}/v3/kv/range", json={"key": _ANY_KEY}) as answer:
            answer.raise_for_status()
            revision = (await answer.json())["header"]["revision"]
        body = {"revision": revision, "physical": True}
        async with session.post(f"{url}/v3/kv/compaction", json=body) as answer:
            answer.raise_for_status()
