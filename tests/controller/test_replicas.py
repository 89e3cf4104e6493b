"""Replicas share the Applications, and take over from each other."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tenter.controller.shards import preferred, shard_of
from tenter.manifests import Key
from tests.controller.fleet import NAMESPACE, Fleet, config, job


async def _holders(fleet: Fleet) -> set[str]:
    resource = await fleet.client.resource("coordination.k8s.io", "Lease")
    leases = (await fleet.client.list(resource, NAMESPACE)).items
    return {
        lease["spec"]["holderIdentity"] for lease in leases if "shard" in lease["metadata"]["name"]
    }


async def _operators(fleet: Fleet) -> set[str]:
    """Return who wrote the SyncRuns."""
    import msgspec

    resource = await fleet.client.resource("tenter.dev", "SyncRun")
    runs = (await fleet.client.list(resource, NAMESPACE)).items
    return {msgspec.json.decode(run["state"]["index"])["holder"] for run in runs}


async def test_two_replicas_share_the_applications(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings")})
    async with fleet.running(identity="one"), fleet.running(identity="two"):
        await asyncio.sleep(20)
        assert await _holders(fleet) == {"one", "two"}
        for number in range(12):
            await fleet.application(
                f"app-{number}",
                destination={
                    "server": "https://kubernetes.default.svc",
                    "namespace": f"space-{number}",
                },
                syncPolicy={"automated": {}, "syncOptions": ["CreateNamespace=true"]},
            )
        for number in range(12):
            await fleet.until_status("Synced", f"app-{number}")
        assert await _operators(fleet) == {"one", "two"}


async def test_a_replica_that_leaves_is_replaced_at_once(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings")})
    async with fleet.running(identity="one"):
        async with fleet.running(identity="two"):
            await asyncio.sleep(20)
        left = fleet.environment.now()
        while await _holders(fleet) != {"one"}:  # noqa: ASYNC110 - virtual time
            await asyncio.sleep(0.5)
        assert fleet.environment.now() - left < 2.5 * fleet.at_once
        await fleet.application()
        await fleet.until_status("OutOfSync")


async def test_a_replica_that_falls_silent_is_replaced_when_its_lease_is_over(
    fleet: Fleet,
) -> None:
    fleet.repository.commit(
        {"all.yaml": config("settings") + job("migrate", "PreSync", "succeed after=60")}
    )
    async with contextlib.AsyncExitStack() as stack:
        silent = await stack.enter_async_context(fleet.silenced(identity="one"))
        await fleet.application()
        await fleet.edit({"operation": {"sync": {}}})
        await fleet.until(lambda app: "hook" in app["status"]["operationState"]["message"])
        await asyncio.sleep(10)
        silent()
        async with fleet.running(identity="two"):
            app = await fleet.until_ended()
        assert app["status"]["operationState"]["phase"] == "Succeeded"
    resource = await fleet.client.resource("batch", "Job")
    assert len((await fleet.client.list(resource, "default")).items) == 1


names = st.lists(st.text("abcdef", min_size=1), min_size=1, unique=True)


@given(names, st.integers(0, 63))
def test_a_shard_moves_only_to_a_replica_that_comes(members: list[str], shard: int) -> None:
    before = preferred(shard, members)
    after = preferred(shard, [*members, "a newcomer"])
    assert after in {before, "a newcomer"}


@given(st.text("abc"), st.text("abc"), st.integers(1, 64))
def test_an_application_is_always_in_the_same_shard(name: str, space: str, count: int) -> None:
    key: Any = Key("argoproj.io", "Application", space, name)
    assert 0 <= shard_of(key, count) < count
    assert shard_of(key, count) == shard_of(Key("argoproj.io", "Application", space, name), count)
