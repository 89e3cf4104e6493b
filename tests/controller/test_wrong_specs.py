"""What is wrong with an Application is a condition that says what to do; nothing spins."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.controller.fleet import Fleet, conditions, config, resources

WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "a repository that is not there": (
        {"source": {"repoURL": "/nowhere/at/all"}},
        "ComparisonError",
        "may be used",
    ),
    "a repository over a protocol that is refused": (
        {"source": {"repoURL": "http://example.com/shop"}},
        "ComparisonError",
        "use https or ssh",
    ),
    "a revision that is not there": (
        {"source": {"targetRevision": "nowhere"}},
        "ComparisonError",
        "its branches are: main",
    ),
    "a path that leaves the repository": (
        {"source": {"path": "../other"}},
        "InvalidSpecError",
        "write it without ..",
    ),
    "no source": ({"source": None}, "InvalidSpecError", "set one of them"),
    "a destination nobody knows": (
        {"destination": {"server": "https://elsewhere.example.com", "namespace": "default"}},
        "InvalidSpecError",
        "correct spec.destination",
    ),
    "a destination named twice": (
        {"destination": {"server": "https://kubernetes.default.svc", "name": "in-cluster"}},
        "InvalidSpecError",
        "give only one of them",
    ),
    "a project that is not there": (
        {"project": "nowhere"},
        "InvalidSpecError",
        "create the AppProject",
    ),
    "an unknown sync option": (
        {"syncPolicy": {"syncOptions": ["PruneLsat=true"]}},
        "InvalidManifestWarning",
        "PruneLast",
    ),
    "a retry that is no duration": (
        {"syncPolicy": {"retry": {"backoff": {"duration": "soon"}}}},
        "InvalidSpecError",
        "duration",
    ),
}


@pytest.mark.parametrize("what", WRONG)
@pytest.mark.long("it waits by the clock")
async def test_is_told_and_costs_nothing_further(fleet: Fleet, what: str) -> None:
    spec, kind, hint = WRONG[what]
    fleet.repository.commit({"all.yaml": config("settings")})
    async with fleet.running() as controller:
        await fleet.application(**spec)
        app = await fleet.until(lambda app: kind in conditions(app))
        assert hint in conditions(app)[kind]
        version = app["metadata"]["resourceVersion"]
        looks = controller.looks
        await asyncio.sleep(600)
        now = fleet.now()
        assert now is not None
        assert now["metadata"]["resourceVersion"] == version
        assert controller.looks - looks < 30


async def test_a_bad_annotation_is_told_with_its_place_and_the_rest_is_synced(fleet: Fleet) -> None:
    hook = config("odd").replace(
        "metadata: {name: odd}",
        "metadata: {name: odd, annotations: {argocd.argoproj.io/hook: PreSink}}",
    )
    wave = config("late").replace(
        "metadata: {name: late}",
        "metadata: {name: late, annotations: {argocd.argoproj.io/sync-wave: soon}}",
    )
    fleet.repository.commit({"all.yaml": config("settings") + hook + wave})
    async with fleet.running():
        await fleet.application(syncPolicy={"automated": {}})
        app = await fleet.until_status("Synced")
        assert not await fleet.exists("ConfigMap", "odd")
    told = [c["message"] for c in app["status"]["conditions"]]
    assert any("PreSink" in text and "all.yaml" in text for text in told)
    assert any("soon" in text and "late" in text for text in told)
    assert resources(app) == {"ConfigMap/settings": "Synced", "ConfigMap/late": "Synced"}


async def test_an_object_that_is_defined_twice_is_told_and_the_last_counts(fleet: Fleet) -> None:
    fleet.repository.commit({"a.yaml": config("one", a="1"), "b.yaml": config("one", a="2")})
    async with fleet.running():
        await fleet.application(syncPolicy={"automated": {}})
        app = await fleet.until_status("Synced")
        assert (await fleet.get("ConfigMap", "one"))["data"] == {"a": "2"}
    assert "b.yaml" in conditions(app)["RepeatedResourceWarning"]


async def test_an_object_of_two_applications_is_told(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings")})
    async with fleet.running():
        await fleet.application("one", syncPolicy={"automated": {}})
        await fleet.until_status("Synced", "one")
        await fleet.application("two")
        app = await fleet.until(lambda app: "SharedResourceWarning" in conditions(app), "two")
    assert '"one"' in conditions(app)["SharedResourceWarning"]


async def test_a_status_that_someone_damaged_is_written_anew(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings")})
    async with fleet.running():
        await fleet.application()
        await fleet.until_status("OutOfSync")
        await fleet.edit({"status": {"sync": {"status": "Synced"}, "health": None}})
        app = await fleet.until(lambda app: app["status"]["health"])
    assert app["status"]["sync"]["status"] == "OutOfSync"
