from __future__ import annotations

from pathlib import Path

import pytest
from tests.library.conftest import CONFIG

import tenter

SECRET = """\
apiVersion: v1
kind: Secret
metadata: {name: login}
stringData: {password: hunter2, user: ann}
"""


def shown(found: tenter.Differences, name: str) -> list[str]:
    (one,) = [one for one in found.objects if one.key.name == name]
    return [f"{line.sign}{line.text}" for line in one.lines]


async def test_a_missing_object_is_shown_as_a_whole(cluster: tenter.Cluster, shop: Path) -> None:
    found = await tenter.differences(shop, cluster=cluster)
    assert found.differs
    assert "+  colour: blue" in shown(found, "settings")


async def test_after_a_sync_nothing_differs_and_hooks_are_not_compared(
    cluster: tenter.Cluster, shop: Path
) -> None:
    await tenter.sync(shop, cluster=cluster)
    found = await tenter.differences(shop, cluster=cluster)
    assert not found.differs
    assert [one.key.name for one in found.objects] == ["settings"]


async def test_a_change_is_shown_line_by_line(cluster: tenter.Cluster, shop: Path) -> None:
    await tenter.sync(shop, cluster=cluster)
    (shop / "config.yaml").write_text(CONFIG.replace("blue", "red"))
    found = await tenter.differences(shop, cluster=cluster, context=0)
    assert shown(found, "settings") == ["-  colour: blue", "+  colour: red"]


async def test_values_of_secrets_are_never_shown(cluster: tenter.Cluster, shop: Path) -> None:
    (shop / "secret.yaml").write_text(SECRET)
    await tenter.sync(shop, cluster=cluster)
    (shop / "secret.yaml").write_text(SECRET.replace("hunter2", "hunter3"))
    found = await tenter.differences(shop, cluster=cluster, context=0)
    assert shown(found, "login") == [
        "-  password: '******** (before)'",
        "+  password: '******** (after)'",
    ]


@pytest.mark.parametrize(("prune", "change"), [(True, "prune"), (False, "keep")])
async def test_what_the_source_dropped_is_a_difference(
    cluster: tenter.Cluster, shop: Path, prune: bool, change: str
) -> None:
    await tenter.sync(shop, cluster=cluster)
    (shop / "config.yaml").unlink()
    found = await tenter.differences(shop, cluster=cluster, prune=prune)
    assert [one.change.value for one in found.objects] == [change]
    assert found.differs


async def test_what_another_tool_applied_and_the_source_lacks_is_named(
    cluster: tenter.Cluster, shop: Path
) -> None:
    await tenter.sync(shop, cluster=cluster)
    resource = await cluster.client.resource("", "ConfigMap")
    theirs = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings", "namespace": "default"},
        "data": {"old": "1"},
    }
    await cluster.client.apply(resource, theirs, field_manager="argocd-controller")
    found = await tenter.differences(shop, cluster=cluster)
    (one,) = found.objects
    assert (one.change.value, one.reason) == ("configure", "data.old")
