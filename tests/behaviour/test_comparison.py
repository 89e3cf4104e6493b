"""What is in sync: objects of many kinds, with what a cluster makes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

import tenter
from tests.behaviour.application import NAME, Application, results
from tests.behaviour.manifests import config_map
from tests.runner.writes import Counting

MANY = (Path(__file__).parent / "many_kinds.yaml").read_text(encoding="utf-8")
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


async def written(application: Application, **keywords: Any) -> list[str]:
    """Sync again and return the requests that wrote an object of the application, tries too."""
    counting = Counting(application.grounds.transport())
    application.cluster = await application.grounds.opened(counting)
    outcome = await application.sync(**keywords)
    assert outcome.succeeded, outcome.message
    named = [each["name"] for each in results(outcome)]
    return [line for line in counting.writes if line.split()[1] in named]


async def test_objects_of_many_kinds_are_in_sync_after_a_sync(application: Application) -> None:
    application.write(MANY)
    outcome = await application.sync()
    assert outcome.succeeded, outcome.message

    found = await tenter.overview(NAME, cluster=application.cluster)

    assert [o for o in found.objects if o.status is not tenter.SyncStatus.SYNCED] == []


async def test_objects_of_many_kinds_are_synced_again_without_a_write(
    application: Application,
) -> None:
    application.write(MANY)
    outcome = await application.sync()
    assert outcome.succeeded, outcome.message

    assert await written(application) == []


@pytest.mark.parametrize("manager", ["argocd-controller", "kubectl-client-side-apply", "kubectl"])
@pytest.mark.parametrize("client_side", [False, True])
@pytest.mark.parametrize("options", [[], ["ServerSideApply=false"]])
async def test_a_field_that_another_tool_applied_goes_when_the_source_drops_it(
    application: Application, manager: str, client_side: bool, options: list[str]
) -> None:
    client = application.grounds.client
    resource = await client.resource("", "ConfigMap")
    theirs = config_map("settings")
    theirs["metadata"]["namespace"] = "default"
    theirs["data"] = {"colour": "blue", "old": "1"}
    if client_side:
        text = msgspec.json.encode(theirs).decode()
        theirs["metadata"]["annotations"] = {_LAST_APPLIED: text}
        await client.create(resource, theirs, field_manager=manager)
    else:
        await client.apply(resource, theirs, field_manager=manager)
    wanted = config_map("settings")
    wanted["data"] = {"colour": "blue"}

    await application.sync(wanted, sync_options=options)

    live = await client.get(resource, "default", "settings")
    assert live["data"] == {"colour": "blue"}
    assert await written(application, sync_options=options) == []
