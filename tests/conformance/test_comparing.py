"""The comparer sees what is wrong in an answer, and nothing in what must differ."""

from __future__ import annotations

import copy
import random
import time
from collections.abc import Iterator
from typing import Any

import pytest
from conformance.catalogue import APPLYING, RECORDED, WRITING
from conformance.comparing import compare
from conformance.playing import play
from conformance.scripts import Answer, Script

from tenter.embedded import EmbeddedCluster
from tenter.environment import Environment
from tenter.kube import Client

NAMESPACE = "script"


async def answers_of(script: Script, seed: int) -> list[Answer]:
    environment = Environment(now=time.time, random=random.Random(seed))
    async with EmbeddedCluster(environment, workloads=False) as cluster:
        client = Client(cluster.transport(), environment)
        manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
        await client.create(await client.resource("", "Namespace"), manifest)
        return await play(script, cluster.transport(), NAMESPACE)


@pytest.mark.parametrize("script", [*WRITING, *APPLYING], ids=lambda script: script.name)
async def test_two_clusters_of_one_kind_do_not_differ(script: Script) -> None:
    ours, theirs = await answers_of(script, 1), await answers_of(script, 2)

    assert compare(script, ours, theirs, namespace=NAMESPACE) == []


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value within ``value`` that the comparer promises to look at."""
    yield path
    if isinstance(value, dict):
        # An error's words, and a cause's.
        hidden = {"message"} if "reason" in value or value.get("status") == "Failure" else set()
        for name in value.keys() - hidden:
            yield from places(value[name], (*path, name))
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from places(each, (*path, place))


def corrupted(body: Any, chance: random.Random) -> Any:
    """Return ``body`` with one value changed, or taken away."""
    body = copy.deepcopy(body)
    *parents, last = chance.choice(sorted((p for p in places(body) if p), key=str))
    holder = body
    for name in parents:
        holder = holder[name]
    value = holder[last]
    if chance.random() < 0.3:
        del holder[last]
    elif isinstance(value, bool):
        holder[last] = not value
    elif isinstance(value, int):
        holder[last] = value + 1
    elif isinstance(value, str):
        holder[last] = value + "x"
    elif isinstance(value, dict):
        value["surplus"] = 1
    elif isinstance(value, list):
        value.append("surplus")
    else:
        holder[last] = "something"
    return body


async def test_of_two_hundred_corruptions_no_more_than_two_are_missed() -> None:
    chance = random.Random(7)
    recorded = [
        (script, await answers_of(script, 1))
        for script in RECORDED
        if script.name in {each.name for each in (*WRITING, *APPLYING)}
    ]
    missed = []
    for _ in range(200):
        script, answers = chance.choice(recorded)
        number = chance.randrange(len(answers))
        while not isinstance(answers[number].body, dict):
            number = chance.randrange(len(answers))
        wrong = list(answers)
        body = corrupted(answers[number].body, chance)
        wrong[number] = Answer(status=answers[number].status, body=body)
        if not compare(script, answers, wrong, namespace=NAMESPACE):
            missed.append((script.name, number, body))

    assert len(missed) <= 2, missed
