"""Random applications, random faults, random crashes: what must hold always, holds.

A seed is a whole run: the same one gives the same manifests, faults and moments.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

import tenter
from tenter.errors import TenterError
from tests.behaviour.application import Application
from tests.behaviour.manifests import Manifest, config_map, deployment, job, pod
from tests.behaviour.story import Step, Story
from tests.faults.conftest import Anew
from tests.faults.faulty import FaultyTransport, Watching, anything, writes

ATTEMPT = "tenter.dev/attempt"
PHASES = ("PreSync", "Sync", "PostSync")
POLICIES = ("", "HookSucceeded", "HookFailed", "BeforeHookCreation,HookSucceeded")
LEASE_SECONDS = 16.0
SEEDS = 40


def some_hook(chance: random.Random, number: int) -> Manifest:
    makers: list[Callable[..., Manifest]] = [job, job, pod]
    make = chance.choice(makers)
    outcome = chance.choices(["succeed", "fail", "hang"], [8, 2, 1])[0]
    after = f" after={chance.choice([0.1, 1, 7])}" if outcome != "hang" else ""
    marks: dict[str, Any] = {
        "hook": chance.choice([*PHASES, *PHASES, "SyncFail", "PreSync,PostSync"]),
        "policy": chance.choice(POLICIES),
        "wave": chance.choice([None, -1, 1]),
        "timeout": "40s",
    }
    if make is job and chance.random() < 0.3:
        return job(generate_name=f"hook{number}-", outcome=outcome + after, **marks)
    return make(f"hook{number}", outcome=outcome + after, **marks)


def some_object(chance: random.Random, number: int) -> Manifest:
    wave = chance.choice([None, 1, 2])
    if chance.random() < 0.3:
        outcome = chance.choice(["run", "run after=5", "never-ready"])
        return deployment(f"web{number}", outcome=outcome, deadline=30, wave=wave)
    return config_map(f"config{number}", {"word": str(chance.random())}, wave=wave)


def some_application(chance: random.Random) -> list[Manifest]:
    hooks = [some_hook(chance, number) for number in range(chance.randint(1, 5))]
    objects = [some_object(chance, number) for number in range(chance.randint(1, 4))]
    manifests = [*hooks, *objects]
    chance.shuffle(manifests)
    return manifests


def some_faults(chance: random.Random, transport: FaultyTransport) -> None:
    def now_and_then(part: float) -> bool:
        return chance.random() < part

    transport.lose_answers(lambda request: writes(request) and now_and_then(0.03))
    transport.refuse_connections(lambda _: now_and_then(0.03))
    transport.answer(lambda _: now_and_then(0.03), 500, "InternalError")
    transport.answer(lambda _: now_and_then(0.03), 429, "TooManyRequests")
    transport.watching.append(
        Watching(lambda _: now_and_then(0.3), chunks=chance.randint(0, 3), breaks=True)
    )


@dataclass
class Run:
    """One operation of a seed: how its process ended."""

    outcome: tenter.SyncOutcome | None = None
    error: BaseException | None = None


async def run(application: Application, chance: random.Random) -> Run:
    """Sync over a bad connection; perhaps cancel, terminate, or cut the process off."""
    transport = FaultyTransport(application.grounds.transport())
    some_faults(chance, transport)
    application.cluster = await application.grounds.opened(transport)
    control = tenter.Control()
    prune = chance.random() < 0.5
    syncing = asyncio.create_task(application.sync(prune=prune, control=control))
    interruption = chance.choice(["none", "none", "cancel", "terminate", "cut off", "forget"])
    await asyncio.wait([syncing], timeout=chance.uniform(0, 20))
    match interruption:
        case "cancel":
            syncing.cancel()
        case "terminate":
            control.terminate()
        case "forget":
            application.grounds.forget_watches()
        case "cut off":
            transport.refuse_connections(anything)
            transport.faults.reverse()
    ended = (await asyncio.gather(syncing, return_exceptions=True))[0]
    if isinstance(ended, tenter.SyncOutcome):
        return Run(outcome=ended)
    assert isinstance(ended, TenterError | asyncio.CancelledError), repr(ended)
    return Run(error=ended)


def attempt_and_phase(step: Step) -> tuple[str, str]:
    mark = (step.manifest["metadata"].get("annotations") or {}).get(ATTEMPT, "")
    attempt, _, phase = mark.rpartition(".")
    return attempt, phase


def check_story(story: Story) -> None:
    """Check what must hold for every attempt, whatever happened to it."""
    hooks = [step for step in story.steps if step.what == "create" and attempt_and_phase(step)[0]]
    made = Counter((*attempt_and_phase(step), step.kind, step.name) for step in hooks)
    assert max(made.values(), default=0) <= 1, made
    order = {phase: number for number, phase in enumerate((*PHASES, "SyncFail"))}
    reached: dict[str, int] = {}
    for step in hooks:
        attempt, phase = attempt_and_phase(step)
        assert order[phase] >= reached.get(attempt, 0), f"{phase} after a later phase\n{story!r}"
        reached[attempt] = order[phase]
    # No object of Sync, and no hook of a later phase, while a PreSync hook of the attempt runs.
    running: dict[str, str] = {}
    for step in story.steps:
        if step.what == "create" and attempt_and_phase(step)[1] == "PreSync":
            running[step.uid] = step.name
        elif step.what in {"finish", "fail", "release", "deleting", "delete"}:
            running.pop(step.uid, None)
        elif step.what == "create" and attempt_and_phase(step)[1] != "SyncFail":
            assert not running, f"{step.line} while {running} ran\n{story!r}"


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_whatever_happens_the_next_sync_ends_and_leaves_nothing_behind(
    anew: Anew, seed: int
) -> None:
    chance = random.Random(seed)
    async with anew() as application:
        grounds = application.grounds
        for _ in range(2):
            application.write(*some_application(chance))
            await run(application, chance)
            await grounds.elapse(LEASE_SECONDS)
        application.cluster = await grounds.opened()

        goes_on = await application.sync()
        last = await application.sync(job("last", hook="PostSync"), config_map("one"), prune=True)

        check_story(grounds.story())
        assert goes_on.phase in {"Succeeded", "Failed"}
        assert last.succeeded, last.message
        assert grounds.leftovers() == []
        assert grounds.states() == ["Secret/tenter.shop"]
        deleted = await application.delete()
        assert deleted.succeeded, deleted.message
        assert grounds.states() == []
        for kind in ("Job", "Pod", "ConfigMap", "Deployment"):
            assert await owned(application, kind) == []


async def owned(application: Application, kind: str) -> list[str]:
    """Return the application's objects that are still there, hooks as well."""
    client = application.grounds.client
    resource = await client.resource({"Job": "batch", "Deployment": "apps"}.get(kind, ""), kind)
    return [
        item["metadata"]["name"]
        for item in (await client.list(resource, "default")).items
        if "tracking" in str(item["metadata"].get("annotations"))
    ]
