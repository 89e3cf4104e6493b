from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import tenter
from tenter import errors


def test_importing_tenter_loads_next_to_nothing() -> None:
    program = (
        "import sys, tenter;"
        "print([m for m in sys.modules if m in {'msgspec', 'asyncio', 'aiohttp', 'yaml'}"
        " or (m.startswith('tenter') and m not in {'tenter', 'tenter.errors'})])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", tenter.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(tenter, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="snyc"):
        _ = tenter.snyc


async def test_a_cluster_that_is_not_open_says_how_to_open_it() -> None:
    with pytest.raises(errors.UsageError, match="async with"):
        _ = tenter.Cluster.embedded().client


async def test_what_is_raised_inside_an_embedded_cluster_comes_out_as_it_was() -> None:
    with pytest.raises(errors.UsageError, match="mine"):
        async with tenter.Cluster.embedded():
            raise errors.UsageError("mine")


async def test_a_missing_kubeconfig_is_told_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(errors.KubeconfigError, match="nope"):
        async with tenter.Cluster.from_kubeconfig(tmp_path / "nope"):
            pass


async def test_an_embedded_cluster_with_a_folder_remembers(tmp_path: Path) -> None:
    created = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kept"}}
    async with tenter.Cluster.embedded(data=tmp_path) as cluster:
        resource = await cluster.client.resource("", "ConfigMap")
        await cluster.client.create(resource, created, namespace="default")
    async with tenter.Cluster.embedded(data=tmp_path) as cluster:
        resource = await cluster.client.resource("", "ConfigMap")
        assert (await cluster.client.get(resource, "default", "kept"))["metadata"]["uid"]
