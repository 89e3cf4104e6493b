"""What hooks are called, and what becomes of one whose name is taken."""

from __future__ import annotations

import re

from tests.behaviour.application import Application, messages, result, results
from tests.behaviour.manifests import KEPT, config_map, job, pod


async def test_two_syncs_make_two_objects_of_one_generated_hook(
    application: Application,
) -> None:
    application.write(job(generate_name="migrate-", hook="PreSync"))

    names = []
    for _ in range(2):
        await application.sync()
        names += application.story.created("Job")

    assert len(set(names)) == 2
    assert [await application.grounds.get("Job", name[4:], group="batch") for name in names]


async def test_two_syncs_within_one_second_make_two_objects(application: Application) -> None:
    application.write(config_map("", generate_name="note-", hook="PreSync"))

    await application.sync()
    first = application.story.created("ConfigMap")
    await application.sync()
    second = application.story.created("ConfigMap")

    assert len({*first, *second}) == 2


async def test_a_generated_name_tells_phase_and_moment(application: Application) -> None:
    await application.sync(job(generate_name="migrate-", hook="PreSync"))

    (name,) = application.story.created("Job")
    found = re.fullmatch(r"Job/migrate-[0-9a-z]{7}-presync-(\d+)", name)
    assert found is not None, name
    assert abs(int(found[1]) - application.grounds.began) < 5


async def test_a_long_generated_name_is_cut_to_fit(application: Application) -> None:
    outcome = await application.sync(job(generate_name="m" * 60 + "-", hook="PreSync"))

    assert outcome.succeeded, outcome.message
    (name,) = application.story.created("Job")
    assert len(name.removeprefix("Job/")) <= 63


async def test_a_named_hook_without_before_hook_creation_is_applied_over(
    application: Application,
) -> None:
    application.write(job("migrate", hook="PreSync", policy=KEPT), config_map("settings"))
    await application.sync()

    outcome = await application.sync()

    assert outcome.succeeded, outcome.message
    assert application.story.created() == []
    assert result(outcome, "migrate")["hookPhase"] == "Succeeded"


async def test_the_outcome_of_a_named_hook_that_stayed_counts(application: Application) -> None:
    application.write(
        job("migrate", hook="PreSync", policy="HookSucceeded", outcome="fail"),
        config_map("settings"),
    )
    await application.sync()

    outcome = await application.sync()

    assert outcome.phase == "Failed"
    assert application.story.created() == []
    assert result(outcome, "migrate")["hookPhase"] == "Failed"


async def test_a_named_hook_that_stayed_and_changes_what_cannot_change_fails(
    application: Application,
) -> None:
    await application.sync(pod("migrate", hook="PreSync", policy=KEPT))
    changed = pod("migrate", hook="PreSync", policy=KEPT)
    changed["spec"]["restartPolicy"] = "OnFailure"

    outcome = await application.sync(changed, config_map("settings"))

    assert outcome.phase == "Failed"
    assert "Forbidden" in messages(outcome)["Pod/migrate"]
    assert "create ConfigMap/settings" not in application.story


async def test_a_named_hook_that_stayed_gives_up_its_finalizer_again(
    application: Application,
) -> None:
    application.write(job("migrate", hook="PreSync", policy=KEPT))
    await application.sync()
    await application.sync()

    assert application.grounds.leftovers() == []


async def test_an_object_of_another_under_a_hooks_name_is_replaced(
    application: Application,
) -> None:
    await application.grounds.create(
        {**pod("migrate", outcome="run"), "metadata": {"name": "migrate", "namespace": "default"}}
    )

    outcome = await application.sync(pod("migrate", hook="PreSync"))

    assert outcome.succeeded, outcome.message
    assert application.story.in_order("delete Pod/migrate", "create Pod/migrate")


async def test_two_generated_hooks_of_one_prefix_both_run(application: Application) -> None:
    outcome = await application.sync(
        job(generate_name="migrate-", hook="PreSync"), job(generate_name="migrate-", hook="PreSync")
    )

    assert outcome.succeeded, outcome.message
    assert len(application.story.created("Job")) == 2
    assert len(results(outcome)) == 2
