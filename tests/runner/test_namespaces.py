import pytest
from tests.runner.ground import Ground, config

from tenter.errors import StateError
from tenter.runner.namespaces import ensure_namespace


async def labels(ground: Ground, name: str) -> dict[str, str]:
    resource = await ground.client.resource("", "Namespace")
    live = await ground.client.get(resource, "", name)
    found: dict[str, str] = live["metadata"].get("labels") or {}
    return {key: value for key, value in found.items() if "kubernetes.io" not in key}


async def test_a_missing_namespace_is_created_with_its_metadata(ground: Ground) -> None:
    await ensure_namespace(ground.client, "fresh", {"team": "a"})

    assert await labels(ground, "fresh") == {"team": "a"}


async def test_a_label_that_is_no_longer_asked_for_goes(ground: Ground) -> None:
    await ensure_namespace(ground.client, "fresh", {"team": "a", "stage": "dev"})
    await ensure_namespace(ground.client, "fresh", {"team": "a"})
    assert await labels(ground, "fresh") == {"team": "a"}

    await ensure_namespace(ground.client, "fresh")
    assert await labels(ground, "fresh") == {}


async def test_labels_of_others_stay(ground: Ground) -> None:
    await ensure_namespace(ground.client, "fresh")
    resource = await ground.client.resource("", "Namespace")
    await ground.client.patch(
        resource, "", "fresh", {"metadata": {"labels": {"theirs": "1"}}}, field_manager="someone"
    )

    await ensure_namespace(ground.client, "fresh", {"team": "a"})

    assert await labels(ground, "fresh") == {"theirs": "1", "team": "a"}


async def test_a_namespace_that_is_being_deleted_is_refused(ground: Ground) -> None:
    resource = await ground.client.resource("", "Namespace")
    manifest = {"metadata": {"name": "going", "finalizers": ["example.com/hold"]}}
    await ground.client.create(resource, {"apiVersion": "v1", "kind": "Namespace", **manifest})
    await ground.client.delete(resource, "", "going")

    with pytest.raises(StateError, match="is being deleted"):
        await ensure_namespace(ground.client, "going")


async def test_the_operations_namespace_gets_its_labels(ground: Ground) -> None:
    await ground.run(config("settings"), "CreateNamespace=true", namespace_labels={"team": "a"})

    assert await labels(ground, "default") == {"team": "a"}
