"""Charts' own hooks, as a sync understands them."""

from __future__ import annotations

import pytest

import tenter
from tests.behaviour.application import Application, result
from tests.behaviour.manifests import HOOK, config_map, job

HELM = "helm.sh/hook"
WEIGHT = "helm.sh/hook-weight"
POLICY = "helm.sh/hook-delete-policy"


@pytest.mark.parametrize(
    ("helm", "phase"),
    [
        ("pre-install", "PreSync"),
        ("pre-upgrade", "PreSync"),
        ("post-install", "PostSync"),
        ("post-upgrade", "PostSync"),
        ("pre-install,pre-upgrade", "PreSync"),
    ],
)
async def test_a_charts_hook_runs_once_in_the_phase_that_fits(
    application: Application, helm: str, phase: str
) -> None:
    outcome = await application.sync(
        config_map("settings"), job("migrate", annotations={HELM: helm})
    )

    assert outcome.succeeded, outcome.message
    assert len(application.story.uids("Job", "migrate")) == 1
    assert result(outcome, "migrate")["hookType"] == phase


async def test_a_charts_weights_are_waves(application: Application) -> None:
    await application.sync(
        job("second", annotations={HELM: "pre-install", WEIGHT: "5"}),
        job("first", annotations={HELM: "pre-install", WEIGHT: "-5"}),
    )

    assert application.story.in_order("finish Job/first", "create Job/second")


async def test_a_charts_delete_policies_hold(application: Application) -> None:
    await application.sync(
        job("goes", annotations={HELM: "pre-install", POLICY: "hook-succeeded"}),
        job("stays", annotations={HELM: "pre-install", POLICY: "hook-failed"}),
    )

    assert application.story.deleted() == ["Job/goes"]


async def test_argo_cds_annotation_goes_before_the_charts(application: Application) -> None:
    outcome = await application.sync(
        config_map("settings"), job("migrate", annotations={HELM: "pre-install", HOOK: "PostSync"})
    )

    assert result(outcome, "migrate")["hookType"] == "PostSync"


@pytest.mark.parametrize("helm", ["test", "pre-rollback", "post-rollback"])
async def test_what_is_not_supported_is_told_and_not_run(
    application: Application, helm: str
) -> None:
    await application.sync(config_map("settings"), job("check", annotations={HELM: helm}))

    assert application.story.created() == ["ConfigMap/settings"]
    warnings = [event.message for event in application.events(tenter.Warned)]
    assert any(helm in warning and "not supported" in warning for warning in warnings)


async def test_a_charts_delete_hooks_run_with_the_deletion(application: Application) -> None:
    await application.sync(config_map("settings"), job("backup", annotations={HELM: "pre-delete"}))

    await application.delete()

    assert application.story.in_order("finish Job/backup", "delete ConfigMap/settings")
