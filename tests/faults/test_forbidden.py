"""Rights that are missing: found before anything is applied, or told where they are missed."""

from __future__ import annotations

import pytest

import tenter
from tenter.errors import Forbidden, TenterError
from tests.behaviour.application import Application, messages
from tests.behaviour.manifests import config_map, deployment, job

MANIFESTS = [
    job("before", hook="PreSync", policy="BeforeHookCreation,HookSucceeded"),
    deployment("web"),
    config_map("late", wave=1),
]


@pytest.mark.parametrize(
    ("verb", "resource", "name"),
    [
        ("create", "jobs", "Job/before"),
        ("delete", "jobs", "Job/before"),
        ("patch", "jobs", "Job/before"),
        ("get", "jobs", "Job/before"),
        ("create", "deployments", "Deployment/web"),
        ("patch", "deployments", "Deployment/web"),
        ("patch", "configmaps", "ConfigMap/late"),
    ],
)
async def test_a_right_that_is_missing_is_found_before_anything_is_applied(
    application: Application, verb: str, resource: str, name: str
) -> None:
    application.grounds.forbid(verb=verb, resource=resource)

    outcome = await application.sync(*MANIFESTS)

    assert outcome.phase == "Failed"
    assert application.story.changed_nothing, application.story
    assert verb in messages(outcome)[name]
    assert resource in messages(outcome)[name]


@pytest.mark.parametrize("verb", ["list", "watch"])
async def test_a_kind_that_may_not_be_followed_is_told(application: Application, verb: str) -> None:
    application.grounds.forbid(verb=verb, resource="deployments")

    try:
        outcome = await application.sync(*MANIFESTS)
    except TenterError as error:
        told = str(error)
    else:
        assert outcome.phase in {"Error", "Failed"} or verb == "watch"
        told = " ".join([outcome.message, *map(str, application.events(tenter.Warned))])
        if outcome.succeeded:
            return  # lists did for the watch

    assert "deployments" in told
    assert verb in told
    assert application.grounds.leftovers() == []


async def test_without_the_servers_preflight_the_server_refuses_the_object_itself(
    application: Application,
) -> None:
    application.grounds.forbid(verb="create", resource="jobs")

    outcome = await application.sync(*MANIFESTS, sync_options=["Preflight=none"])

    assert outcome.phase == "Failed"
    assert "forbidden" in messages(outcome)["Job/before"]


@pytest.mark.parametrize("verb", ["get", "create"])
async def test_without_the_right_to_its_lease_nothing_begins(
    application: Application, verb: str
) -> None:
    application.grounds.forbid(verb=verb, resource="leases")

    with pytest.raises(Forbidden, match="leases"):
        await application.sync(*MANIFESTS)
    assert application.story.changed_nothing, application.story


@pytest.mark.parametrize("verb", ["get", "create"])
async def test_without_the_right_to_its_state_nothing_begins(
    application: Application, verb: str
) -> None:
    application.grounds.forbid(verb=verb, resource="secrets")

    with pytest.raises(Forbidden, match="secrets"):
        await application.sync(*MANIFESTS)
    assert application.story.changed_nothing, application.story
    assert application.grounds.states() == []


async def test_a_hook_that_may_not_be_deleted_when_it_should_is_told(
    application: Application,
) -> None:
    import asyncio

    application.write(
        job("before", hook="PreSync", policy="HookSucceeded", outcome="succeed after=9")
    )
    async with asyncio.TaskGroup() as tasks:
        syncing = tasks.create_task(application.sync())
        await application.grounds.until("create Job/before")
        application.grounds.forbid(verb="delete", resource="jobs")

    outcome = syncing.result()
    assert outcome.succeeded
    assert "not cleaned up: batch/Job/before" in outcome.message
    assert "forbidden" in outcome.message
    assert application.grounds.leftovers() == []


async def test_namespaces_that_may_not_be_read_are_taken_to_be_there(
    application: Application,
) -> None:
    application.grounds.forbid(resource="namespaces")

    outcome = await application.sync(*MANIFESTS)

    assert outcome.succeeded, outcome.message
