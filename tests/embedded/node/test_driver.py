"""What runs the controllers, on a cluster that does not make it easy."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from tenter.embedded.access import Denial

from .running import has, job, running


async def test_writes_of_others_in_between_do_not_stop_a_job() -> None:
    async with running() as cluster:
        resource = await cluster.client.resource("batch", "Job")
        await cluster.create(job(outcome="fail times=1"))
        for number in range(30):
            body = {"metadata": {"annotations": {"number": str(number)}}}
            await cluster.client.patch(resource, "default", "j", body)
            await asyncio.sleep(0)
        item = await cluster.until(job(), has("Complete"))
        assert (item["status"]["succeeded"], item["status"]["failed"]) == (1, 1)
        assert item["metadata"]["annotations"]["number"] == "29"
        assert len(await cluster.items("", "Pod")) == 2


async def test_a_refused_write_is_told_as_an_event_and_tried_again() -> None:
    denial = Denial(verb="create", resource="pods")
    async with running() as cluster:
        cluster.cluster.access.denials.append(denial)
        resource = await cluster.client.resource("", "Event")
        listed = await cluster.client.list(resource, "default")
        created = await cluster.create(job())
        uid = created["metadata"]["uid"]
        changes = cluster.client.watch(
            resource, "default", resource_version=listed.resource_version
        )
        event = {}
        async with asyncio.timeout(20), aclosing(changes) as stream:
            async for change in stream:
                event = change.object
                if (event.get("involvedObject") or {}).get("uid") == uid:
                    break
        assert event["reason"] == "FailedCreate"
        cluster.cluster.access.denials.remove(denial)
        await cluster.until(job(), has("Complete"))
