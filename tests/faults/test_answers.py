"""Answers that are errors, late, or lost: a passing fault is not seen, a lasting one is told."""

from __future__ import annotations

import asyncio
import json

import pytest

import tenter
from tenter.errors import ServerFault, TenterError
from tenter.kube import Request
from tests.behaviour.application import Application, messages
from tests.behaviour.fixtures import MORNING
from tests.behaviour.manifests import KEPT, config_map, deployment, job
from tests.faults.faulty import FaultyTransport, Matches, anything, on, writes

MANIFESTS = [
    job("before", hook="PreSync"),
    deployment("web"),
    config_map("late", wave=1),
    job("after", hook="PostSync", policy="HookSucceeded"),
]


@pytest.fixture
async def faulty(application: Application) -> FaultyTransport:
    """Return the connection that the application uses."""
    transport = FaultyTransport(application.grounds.transport())
    application.cluster = await application.grounds.opened(transport)
    return transport


def seconds(application: Application) -> float:
    return application.grounds.environment.now() - MORNING


async def succeeds(application: Application) -> None:
    outcome = await application.sync(*MANIFESTS)
    assert outcome.succeeded, outcome.message
    for name in ("before", "after"):
        assert len(application.story.uids("Job", name)) == 1
    assert application.story.deleted() == ["Job/after"]
    assert application.grounds.leftovers() == []
    assert application.grounds.states() == ["Secret/tenter.shop"]


# Passing faults


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (429, "TooManyRequests"),
        (500, "InternalError"),
        (502, "BadGateway"),
        (503, "ServiceUnavailable"),
        (504, "Timeout"),
    ],
)
async def test_errors_that_pass_are_not_seen(
    application: Application, faulty: FaultyTransport, code: int, reason: str
) -> None:
    fault = faulty.answer(anything, code, reason, times=4)

    await succeeds(application)

    assert fault.met == 4


@pytest.mark.parametrize(
    "matches",
    [
        on("POST", "/jobs"),
        on("PATCH", "/jobs"),
        on("DELETE", "/jobs"),
        on("PATCH", "/deployments"),
        on("POST", "/secrets"),
        on("PUT", "/secrets"),
        on("POST", "/leases"),
        on("DELETE", "/leases"),
        on("GET", "/jobs"),
        on("GET", "/api"),
    ],
    ids=[
        "create-hook",
        "release-hook",
        "delete-hook",
        "apply",
        "first-save",
        "later-saves",
        "take-lease",
        "give-lease-up",
        "read",
        "discovery",
    ],
)
@pytest.mark.parametrize("fault", ["answer lost", "connection refused", "500"])
async def test_each_request_survives_a_passing_fault(
    application: Application, faulty: FaultyTransport, matches: Matches, fault: str
) -> None:
    match fault:
        case "answer lost":
            met = faulty.lose_answers(matches, times=2)
        case "connection refused":
            met = faulty.refuse_connections(matches, times=2)
        case _:
            met = faulty.answer(matches, 500, "InternalError", times=2)

    await succeeds(application)

    assert met.met >= 1


async def test_when_the_first_answer_to_every_write_is_lost_nothing_is_done_twice(
    application: Application, faulty: FaultyTransport
) -> None:
    seen: set[tuple[str, str, str]] = set()

    def first_time(request: Request) -> bool:
        created = json.loads(request.body or b"{}") if request.method == "POST" else {}
        mark = (request.method, request.path, created.get("metadata", {}).get("name", ""))
        if not writes(request) or mark in seen:
            return False
        seen.add(mark)
        return True

    fault = faulty.lose_answers(first_time)

    await succeeds(application)

    # Lease and state twice each; two hooks made, two released, one deleted; two objects.
    assert fault.met == 4 + 5 + 2


async def test_a_retry_after_is_honoured(application: Application, faulty: FaultyTransport) -> None:
    faulty.answer(
        on("PATCH", "/deployments"),
        429,
        "TooManyRequests",
        times=2,
        headers={"retry-after": "20"},
    )

    await succeeds(application)

    assert seconds(application) >= 40


async def test_slow_answers_only_take_time(
    application: Application, faulty: FaultyTransport
) -> None:
    faulty.slow_down(3.0)

    await succeeds(application)


async def test_terminate_works_while_answers_are_slow(
    application: Application, faulty: FaultyTransport
) -> None:
    control = tenter.Control()
    application.write(job("before", hook="PreSync", outcome="hang"))
    async with asyncio.TaskGroup() as tasks:
        syncing = tasks.create_task(application.sync(control=control))
        await application.grounds.until("create Job/before")
        faulty.slow_down(4.0)
        control.terminate()

    assert syncing.result().message == "Operation terminated"
    assert application.story.deleted() == ["Job/before"]


async def test_an_object_that_another_changes_at_the_same_time_is_released_all_the_same(
    application: Application, faulty: FaultyTransport
) -> None:
    # A JSON patch whose test fails is answered with 422, as if someone had been faster.
    fault = faulty.answer(on("PATCH", "/jobs"), 422, "Invalid", times=3)

    await succeeds(application)

    assert fault.met == 3


async def test_conflicts_of_a_deletion_are_looked_into(
    application: Application, faulty: FaultyTransport
) -> None:
    fault = faulty.answer(on("DELETE", "/jobs"), 409, "Conflict", times=2)

    await succeeds(application)

    assert fault.met == 2


async def test_a_save_that_conflicts_with_a_wish_is_made_again(
    application: Application, faulty: FaultyTransport
) -> None:
    fault = faulty.answer(on("PUT", "/secrets"), 409, "Conflict", times=1)

    await succeeds(application)

    assert fault.met == 1


# Lasting faults


@pytest.mark.parametrize(
    ("matches", "name"),
    [(on("POST", "/jobs"), "Job/before"), (on("PATCH", "/deployments"), "Deployment/web")],
    ids=["hook", "object"],
)
async def test_a_server_error_that_stays_fails_the_object_with_its_words(
    application: Application, faulty: FaultyTransport, matches: Matches, name: str
) -> None:
    faulty.answer(matches, 500, "InternalError", "etcdserver: no space")

    outcome = await application.sync(*MANIFESTS, job("clean", hook="SyncFail", policy=KEPT))

    assert outcome.phase == "Failed"
    assert "etcdserver: no space" in messages(outcome)[name]
    assert "etcdserver: no space" in outcome.message
    assert application.grounds.leftovers() == []


async def test_a_create_that_answers_conflict_for_ever_is_an_error_and_no_loop(
    application: Application, faulty: FaultyTransport
) -> None:
    fault = faulty.answer(on("POST", "/jobs"), 409, "AlreadyExists")

    outcome = await application.sync(*MANIFESTS)

    assert outcome.phase == "Failed"
    assert "its name is taken and freed again" in messages(outcome)["Job/before"]
    assert fault.met < 20


async def test_a_finalizer_that_cannot_be_removed_is_told(
    application: Application, faulty: FaultyTransport
) -> None:
    faulty.answer(on("PATCH", "/jobs/before"), 500, "InternalError", "etcdserver: no space")

    outcome = await application.sync(*MANIFESTS)

    assert outcome.succeeded
    assert "not cleaned up: batch/Job/before" in outcome.message
    assert "etcdserver: no space" in outcome.message


async def test_a_state_that_cannot_be_saved_starts_nothing_new_and_is_told(
    application: Application, faulty: FaultyTransport
) -> None:
    application.write(job("one", hook="PreSync", wave=1), job("two", hook="PreSync", wave=2))
    async with asyncio.TaskGroup() as tasks:
        syncing = tasks.create_task(application.sync())
        await application.grounds.until("create Job/one")
        faulty.answer(on("PUT", "/secrets"), 500, "InternalError", "etcdserver: no space")
        await application.grounds.elapse(300)
        assert "create Job/two" not in application.story
        assert "release Job/one" not in application.story
        warnings = [event.message for event in application.events(tenter.Warned)]
        faulty.heal()

    assert any("could not be saved" in each and "no space" in each for each in warnings)
    assert syncing.result().succeeded
    assert application.grounds.leftovers() == []


async def test_a_state_that_cannot_even_be_begun_is_an_error(
    application: Application, faulty: FaultyTransport
) -> None:
    faulty.answer(on("POST", "/secrets"), 500, "InternalError", "etcdserver: no space")

    with pytest.raises(ServerFault, match="etcdserver: no space"):
        await application.sync(*MANIFESTS)

    assert application.story.changed_nothing, application.story
    assert application.grounds.states() == []


async def test_a_state_that_cannot_be_read_is_an_error(
    application: Application, faulty: FaultyTransport
) -> None:
    faulty.answer(on("GET", "/secrets/"), 500, "InternalError", "etcdserver: no space")

    with pytest.raises(TenterError, match="etcdserver: no space"):
        await application.sync(*MANIFESTS)

    assert application.story.changed_nothing, application.story
    assert application.grounds.states() == []
