"""The controllers and the node die and come back; the API server stays."""

from __future__ import annotations

import asyncio
import random

import pytest

from tenter.embedded.controllers import ControllerSettings, run_controllers
from tenter.embedded.node import Node, NodeSettings

from .running import Running, has, job, main_state, phase, pod, running

CONTROLLERS = ControllerSettings(job_backoff=0.01)
NODE = NodeSettings(restart_backoff=0.01, start_retry=0.01)


def node(cluster: Running) -> Node:
    return Node(cluster.client, cluster.cluster.environment, settings=NODE)


async def test_a_container_that_ran_when_the_node_died_is_known_to_be_lost() -> None:
    async with running(workloads=False) as cluster:
        await cluster.create(pod(outcome="hang"))
        async with node(cluster):
            await cluster.until(pod(), phase("Running"))
        async with node(cluster):
            item = await cluster.until(pod(), phase("Failed"))
        ended = main_state(item)["terminated"]
        assert (ended["exitCode"], ended["reason"]) == (137, "ContainerStatusUnknown")


async def test_a_container_that_restarts_always_runs_again_after_the_node_died() -> None:
    async with running(workloads=False) as cluster:
        await cluster.create(pod(policy="Always"))
        async with node(cluster):
            await cluster.until(pod(), has("Ready"))
        async with node(cluster):
            item = await cluster.until(
                pod(), lambda item: item["status"]["containerStatuses"][0]["restartCount"] == 1
            )
            await cluster.until(pod(), has("Ready"))
        assert item["status"]["podIP"]


async def test_a_pod_deleted_while_the_node_was_away_goes_when_it_is_back() -> None:
    async with running(workloads=False) as cluster:
        await cluster.create(pod(outcome="hang"))
        async with node(cluster):
            await cluster.until(pod(), phase("Running"))
        await cluster.delete(pod())
        async with node(cluster):
            await cluster.until_gone(pod())


@pytest.mark.parametrize("seed", range(5))
async def test_however_often_the_controllers_die_each_job_runs_once(seed: int) -> None:
    chance = random.Random(seed)
    names = [f"j{number}" for number in range(20)]
    async with running(workloads=False) as cluster, node(cluster):
        for name in names:
            await cluster.create(job(name, "succeed after=0.005"))
            async with run_controllers(cluster.client, cluster.cluster.environment, CONTROLLERS):
                # Die after some number of turns of the loop, in the middle of whatever it does.
                for _ in range(chance.randrange(30)):
                    await asyncio.sleep(0)
        async with run_controllers(cluster.client, cluster.cluster.environment, CONTROLLERS):
            for name in names:
                item = await cluster.until(job(name), has("Complete"))
                assert item["status"]["succeeded"] == 1
                assert "failed" not in item["status"]
        assert len(await cluster.items("", "Pod")) == len(names)
