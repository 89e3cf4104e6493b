"""Fields that kubectl or Argo CD applied go when the source drops them."""

from typing import Any

import msgspec
import pytest
from tests.runner.ground import Ground, config

from tenter.manifests import Manifest

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def theirs(**data: str) -> Manifest:
    metadata: dict[str, Any] = {"name": "settings", "namespace": "default", "annotations": {}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


async def applied_by(ground: Ground, manager: str, obj: Manifest, *, client_side: bool) -> None:
    resource = await ground.client.resource("", "ConfigMap")
    if not client_side:
        await ground.client.apply(resource, obj, field_manager=manager)
        return
    text = msgspec.json.encode(obj).decode()
    annotated = {**obj, "metadata": {**obj["metadata"], "annotations": {LAST_APPLIED: text}}}
    await ground.client.create(resource, annotated, field_manager=manager)


def managers(obj: Manifest) -> list[tuple[str, str]]:
    return [(each["manager"], each["operation"]) for each in obj["metadata"]["managedFields"]]


@pytest.mark.parametrize(
    ("manager", "client_side"),
    [
        ("kubectl-client-side-apply", True),
        ("argocd-controller", True),
        ("argocd-controller", False),
        ("kubectl", False),
    ],
)
async def test_a_field_that_another_tool_applied_goes_when_the_source_drops_it(
    ground: Ground, manager: str, *, client_side: bool
) -> None:
    await applied_by(ground, manager, theirs(colour="blue", old="1"), client_side=client_side)

    await ground.run(config("settings", colour="blue"))

    live = await ground.get("ConfigMap", "settings")
    assert live["data"] == {"colour": "blue"}
    assert managers(live) == [("tenter", "Apply")]


async def test_a_field_that_was_dropped_only_after_the_takeover_goes_too(ground: Ground) -> None:
    await applied_by(
        ground, "kubectl-client-side-apply", theirs(colour="blue", old="1"), client_side=True
    )
    await ground.run(config("settings", colour="blue", old="1"))

    await ground.run(config("settings", colour="blue"))

    assert (await ground.get("ConfigMap", "settings"))["data"] == {"colour": "blue"}


async def test_without_migration_the_other_tools_field_stays(ground: Ground) -> None:
    await applied_by(
        ground, "kubectl-client-side-apply", theirs(colour="blue", old="1"), client_side=True
    )

    await ground.run(config("settings", colour="blue"), "ClientSideApplyMigration=false")

    assert (await ground.get("ConfigMap", "settings"))["data"]["old"] == "1"


async def test_a_manager_that_the_annotation_names_is_taken_over_from(ground: Ground) -> None:
    await applied_by(ground, "homegrown", theirs(colour="blue", old="1"), client_side=True)
    text = config("settings", colour="blue").replace(
        "annotations: {",
        "annotations: {argocd.argoproj.io/client-side-apply-migration-manager: homegrown, ",
    )

    await ground.run(text)

    assert (await ground.get("ConfigMap", "settings"))["data"] == {"colour": "blue"}


async def test_what_a_person_edited_stays_theirs(ground: Ground) -> None:
    await applied_by(ground, "kubectl-client-side-apply", theirs(colour="blue"), client_side=True)
    resource = await ground.client.resource("", "ConfigMap")
    await ground.client.patch(
        resource, "default", "settings", {"data": {"extra": "1"}}, field_manager="kubectl-edit"
    )

    await ground.run(config("settings", colour="blue"))

    assert (await ground.get("ConfigMap", "settings"))["data"]["extra"] == "1"
