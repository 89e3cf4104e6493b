import os
import random
import shutil
import time
from pathlib import Path

import pytest
from tests.embedded.server.api import CONFIG_MAPS, MERGE, Api, Clock, config_map

from tenter.embedded import EmbeddedCluster, Store
from tenter.embedded.io_persistence import DataDirectory
from tenter.environment import Environment
from tenter.errors import StateError, UsageError


def cluster_in(directory: Path) -> EmbeddedCluster:
    environment = Environment(now=time.time, random=random.Random(1))
    return EmbeddedCluster(environment, data=directory, workloads=False)


def api_of(cluster: EmbeddedCluster) -> Api:
    return Api(cluster.server, Clock())


async def test_a_restarted_cluster_has_the_same_objects_and_versions(tmp_path: Path) -> None:
    async with cluster_in(tmp_path) as cluster:
        api = api_of(cluster)
        await api.made(CONFIG_MAPS, config_map("kept"))
        await api.made(CONFIG_MAPS, config_map("gone"))
        await api.patch(f"{CONFIG_MAPS}/kept", {"data": {"key": "new"}}, MERGE)
        await api.delete(f"{CONFIG_MAPS}/gone")
        before, version = (await api.get(CONFIG_MAPS)).body, cluster.store.version
    async with cluster_in(tmp_path) as cluster:
        after = (await api_of(cluster).get(CONFIG_MAPS)).body
    assert before == after
    assert after["metadata"]["resourceVersion"] == str(version)


async def test_what_was_answered_is_kept_when_the_process_is_killed(tmp_path: Path) -> None:
    async with cluster_in(tmp_path / "one") as cluster:
        await api_of(cluster).made(CONFIG_MAPS, config_map())
        shutil.copytree(tmp_path / "one", tmp_path / "two")
    async with cluster_in(tmp_path / "two") as cluster:
        found = await api_of(cluster).get(f"{CONFIG_MAPS}/a")
    assert found.status == 200


async def test_a_line_that_was_cut_off_is_forgotten(tmp_path: Path) -> None:
    async with cluster_in(tmp_path) as cluster:
        await api_of(cluster).made(CONFIG_MAPS, config_map("whole"))
        await api_of(cluster).made(CONFIG_MAPS, config_map("torn"))
    log = tmp_path / "changes.jsonl"
    log.write_bytes(log.read_bytes()[:-20])
    async with cluster_in(tmp_path) as cluster:
        found = await api_of(cluster).get(CONFIG_MAPS)
    assert [item["metadata"]["name"] for item in found.body["items"]] == ["whole"]


async def test_a_watch_cannot_reach_back_over_a_restart(tmp_path: Path) -> None:
    async with cluster_in(tmp_path) as cluster:
        made = await api_of(cluster).made(CONFIG_MAPS, config_map())
        await api_of(cluster).delete(f"{CONFIG_MAPS}/a")
    async with cluster_in(tmp_path) as cluster:
        version = made["metadata"]["resourceVersion"]
        async with api_of(cluster).watching(CONFIG_MAPS, resourceVersion=version) as watch:
            word, status = await watch.next()
    assert (word, status["code"]) == ("ERROR", 410)


async def test_the_address_and_the_kubeconfig_stay_the_same(tmp_path: Path) -> None:
    kubeconfigs = []
    for _ in range(2):
        async with cluster_in(tmp_path) as cluster:
            await cluster.serve()
            kubeconfigs.append(cluster.kubeconfig())
    assert kubeconfigs[0] == kubeconfigs[1]


async def test_a_directory_belongs_to_one_process(tmp_path: Path) -> None:
    async with cluster_in(tmp_path):
        with pytest.raises(UsageError, match="Another process"):
            async with cluster_in(tmp_path):
                pass


async def test_a_damaged_snapshot_is_told_with_its_path(tmp_path: Path) -> None:
    async with cluster_in(tmp_path):
        pass
    (tmp_path / "objects.jsonl").write_text("nonsense\n")
    with DataDirectory(tmp_path) as directory, pytest.raises(StateError, match="objects.jsonl"):
        directory.load(Store())


async def test_secrets_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    async with cluster_in(tmp_path) as cluster:
        await cluster.serve()
    modes = {entry.name: entry.stat().st_mode & 0o077 for entry in os.scandir(tmp_path)}
    assert {name: mode for name, mode in modes.items() if mode} == {}


async def test_custom_kinds_are_served_again_after_a_restart(tmp_path: Path) -> None:
    from tests.embedded.server.api import DEFINITIONS, WIDGETS, definition, widget

    async with cluster_in(tmp_path) as cluster:
        api = api_of(cluster)
        await api.made(DEFINITIONS, definition())
        await api.settled()
        await api.made(WIDGETS, widget())
    async with cluster_in(tmp_path) as cluster:
        found = await api_of(cluster).get(f"{WIDGETS}/w")
    assert found.status == 200
