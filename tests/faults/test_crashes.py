"""The process dies at each of its writes, before or after it was carried out; another goes on.

Whatever the moment: the operation comes to the end it would have come to, no hook's object is made
twice in one attempt (by uid), none is forgotten, and no finalizer and no Lease is left.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest

import tenter
from tests.behaviour.application import Application
from tests.behaviour.manifests import KEPT, Manifest, config_map, deployment, job, pod
from tests.faults.conftest import Anew
from tests.faults.faulty import MortalTransport

ATTEMPT = "tenter.dev/attempt"
LEASE_SECONDS = 16.0
MOST_WRITES = 100
FEWEST_WRITES = 10


@dataclass
class Scenario:
    """What is there before, what is synced, and which hooks run in the end."""

    before: list[Manifest]
    manifests: list[Manifest]
    hooks: list[str]
    phase: str = "Succeeded"
    keywords: dict[str, Any] | None = None
    deletes: bool = False


HOOKS = [
    job("before", hook="PreSync"),
    config_map("settings"),
    config_map("later", wave=1),
    pod("amid", hook="Sync", policy="HookSucceeded"),
    job("after", hook="PostSync", policy=KEPT),
]

SCENARIOS = {
    "a first sync with hooks": Scenario([], HOOKS, ["before", "amid", "after"]),
    "a second sync that replaces hooks and prunes": Scenario(
        [*HOOKS, config_map("old"), config_map("older", wave=-1)],
        [each for each in HOOKS if each["metadata"]["name"] != "after"],
        ["before", "amid"],
        keywords={"prune": True},
    ),
    "a sync whose hook fails": Scenario(
        [],
        [
            job("before", hook="PreSync", outcome="fail", policy="HookFailed"),
            config_map("settings"),
            job("clean", hook="SyncFail"),
            job("polish", hook="SyncFail", wave=1, policy="HookSucceeded"),
        ],
        ["before", "clean", "polish"],
        phase="Failed",
    ),
    "generated names": Scenario(
        [],
        [
            job(generate_name="before-", hook="PreSync", policy="HookSucceeded"),
            job(generate_name="before-", hook="PreSync"),
            deployment("web"),
            job(generate_name="after-", hook="PostSync"),
        ],
        ["before-", "before-", "after-"],
    ),
    "a sync that is retried": Scenario(
        [],
        [job("before", hook="PreSync", outcome="fail"), job("clean", hook="SyncFail")],
        ["before", "clean", "before", "clean"],
        phase="Failed",
        keywords={"retry_limit": 1},
    ),
    "a deletion": Scenario(
        [
            config_map("settings"),
            config_map("later", wave=1),
            job("before", hook="PreSync"),
            job("backup", hook="PreDelete"),
            job("farewell", hook="PostDelete", policy="HookSucceeded"),
        ],
        [],
        ["backup", "farewell"],
        deletes=True,
    ),
}


async def operate(application: Application, scenario: Scenario) -> tenter.SyncOutcome:
    if scenario.deletes:
        return await application.delete()
    return await application.sync(*scenario.manifests, **(scenario.keywords or {}))


async def dies(application: Application, scenario: Scenario, mortal: MortalTransport) -> bool:
    """Begin on a connection that dies; tell whether it did before the end."""
    healthy = application.cluster
    application.cluster = await application.grounds.opened(mortal)
    operating = asyncio.create_task(operate(application, scenario))
    dying = asyncio.create_task(mortal.dead.wait())
    await asyncio.wait([operating, dying], return_when=asyncio.FIRST_COMPLETED)
    mortal.bury()
    for task in (operating, dying):
        task.cancel()
    ended, _ = await asyncio.gather(operating, dying, return_exceptions=True)
    application.cluster = healthy
    if not mortal.dead.is_set():
        assert isinstance(ended, tenter.SyncOutcome), ended
    return mortal.dead.is_set()


def hooks_of(application: Application, since: int) -> list[tuple[str, str]]:
    """Return the hooks' objects that were created, each as (operation and attempt, name)."""
    marked = [
        ((step.manifest["metadata"].get("annotations") or {}).get(ATTEMPT), step)
        for step in application.grounds.story(since).steps
        if step.what == "create"
    ]
    return [(mark, step.name) for mark, step in marked if mark]


def is_called(name: str, hook: str) -> bool:
    return name.startswith(hook) if hook.endswith("-") else name == hook


async def check(application: Application, scenario: Scenario, *, after: bool, last: int) -> bool:
    """Die at write number ``last``, go on, and look at what happened; tell whether it died."""
    grounds = application.grounds
    if scenario.before:
        assert (await application.sync(*scenario.before)).succeeded
    since = grounds.now
    mortal = MortalTransport(grounds.transport(), last, after=after)
    died = await dies(application, scenario, mortal)
    if not died:
        return False
    where = f"died {'after' if after else 'before'} write {last}: {mortal.last_request}"
    await grounds.elapse(LEASE_SECONDS)

    if not scenario.deletes or "Secret/tenter.shop" in grounds.states():
        outcome = await operate(application, scenario)
        assert outcome.phase == scenario.phase, (where, outcome.message)
        expected = [] if scenario.deletes else ["Secret/tenter.shop"]
        assert grounds.states() == expected, where

    made = hooks_of(application, since)
    twice = [hook for hook, count in Counter(made).items() if count > 1]
    assert not twice, (where, twice)
    names = [name for _, name in made]
    for hook, count in Counter(scenario.hooks).items():
        assert sum(is_called(name, hook) for name in names) >= count, (where, hook, names)
    assert grounds.leftovers() == [], where
    return True


async def check_every_write(anew: Anew, name: str, *, after: bool) -> int:
    """Die at each write there is, each time on a new cluster; return how many there were."""
    for last in range(MOST_WRITES):
        async with anew() as application:
            if not await check(application, SCENARIOS[name], after=after, last=last):
                return last
    raise AssertionError(f"{name} has more than {MOST_WRITES} writes")


@pytest.mark.parametrize("name", SCENARIOS)
async def test_another_process_brings_it_to_its_end(anew: Anew, name: str) -> None:
    assert await check_every_write(anew, name, after=True) > FEWEST_WRITES


async def test_a_write_that_was_not_carried_out_is_made_up_for(anew: Anew) -> None:
    # To the cluster this is the death after the write before, but for what else was under way.
    count = await check_every_write(anew, "a first sync with hooks", after=False)

    assert count > FEWEST_WRITES
