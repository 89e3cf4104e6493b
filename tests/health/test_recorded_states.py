"""The verdict on every state that objects really went through on a real control plane.

``conformance/recording`` records the states, managed fields included, and says what it cannot
produce. The verdicts stand in ``recorded/verdicts.yaml``.
"""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from conformance.recording.catalogue import CATALOGUE, FOLDER
from conformance.recording.unproduced import UNPRODUCED

from tenter.health import Health, HealthStatus, assess, judge, settled
from tenter.manifests import Manifest

Said = dict[str, str] | None

EXPECTED: dict[str, list[Said]] = yaml.safe_load((FOLDER / "verdicts.yaml").read_text())
FILES = sorted(FOLDER.glob("*/*.jsonl"))


def name_of(file: Path) -> str:
    return f"{file.parent.name}/{file.stem}"


def states_of(file: Path) -> list[Manifest]:
    return [msgspec.json.decode(line) for line in file.read_bytes().splitlines()]


def told(states: list[Manifest]) -> list[Said]:
    """Return the verdicts in order, each once for as long as it lasts."""
    verdicts: list[Said] = []
    for state in states:
        health = assess(state)
        verdict = None if health is None else {health.status.value: health.message}
        if not verdicts or verdicts[-1] != verdict:
            verdicts.append(verdict)
    return verdicts


def agrees(found: Said, wanted: Said) -> bool:
    if found is None or wanted is None:
        return found == wanted
    ((status, message),) = found.items()
    ((wanted_status, pattern),) = wanted.items()
    parts = (re.escape(part) for part in pattern.split("..."))
    return status == wanted_status and re.fullmatch(".*".join(parts), message) is not None


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_each_recorded_state_is_judged_rightly(file: Path) -> None:
    found, wanted = told(states_of(file)), EXPECTED[name_of(file)]
    fits = len(found) == len(wanted) and all(map(agrees, found, wanted))
    assert fits, yaml.safe_dump(found, allow_unicode=True, width=1000)


def test_each_story_has_its_states_and_its_verdicts() -> None:
    names = sorted(story.place.removesuffix(".jsonl") for story in CATALOGUE.values())
    assert sorted(map(name_of, FILES)) == names
    assert sorted(EXPECTED) == names


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_states_are_recorded_with_their_managed_fields(file: Path) -> None:
    api_services = file.parent.name == "APIService"  # the server's own have none
    assert api_services or all(state["metadata"]["managedFields"] for state in states_of(file))


def test_at_most_five_states_could_not_be_produced() -> None:
    assert len(UNPRODUCED) <= 5


@pytest.mark.parametrize("file", FILES, ids=name_of)
async def test_a_sync_acts_on_the_same_verdict_once_the_controller_has_caught_up(
    file: Path,
) -> None:
    for state in states_of(file):
        acted_on, _ = await judge(state)
        plain = assess(state)
        if acted_on != plain:
            assert acted_on is not None
            assert acted_on.message.startswith("its controller has seen generation")


ENDS = [file for file in FILES if file.parent.name == "Job"]


@pytest.mark.parametrize("file", ENDS, ids=name_of)
def test_a_job_that_has_ended_stays_as_it_ended(file: Path) -> None:
    healths = [assess(state) for state in states_of(file)]
    ended = [i for i, health in enumerate(healths) if health and health.status in ENDED]
    assert ended == list(range(len(healths) - len(ended), len(healths)))


ENDED = {HealthStatus.HEALTHY, HealthStatus.DEGRADED}


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_a_state_of_which_parts_are_missing_is_judged_as_well(file: Path) -> None:
    for state in states_of(file):
        for pruned in _without_each_part(state):
            health = assess(pruned)
            assert health is None or isinstance(health, Health)
            settled(pruned, health, custom=False)


WRONG: list[Any] = [None, "text", [], {}]


def _without_each_part(state: Any) -> Any:
    """Yield ``state`` with each of its fields in turn being nothing, or of another shape."""
    for path in _paths(state):
        for wrong in WRONG:
            yield _replaced(state, path, wrong)


def _paths(value: Any, depth: int = 0) -> Any:
    if depth == 4:
        return
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        if key == "managedFields":
            continue
        yield (key,)
        if isinstance(inner, dict | list):
            for rest in _paths(inner, depth + 1):
                yield (key, *rest)


def _replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    key, *rest = path
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[key] = _replaced(copy[key], tuple(rest), new) if rest else new
    return copy
