from __future__ import annotations

from pathlib import Path

import pytest
from tests.library.conftest import CONFIG

import tenter
from tenter import errors


def changes(planned: tenter.SyncPlan) -> dict[str, tuple[str, str]]:
    tasks = {task.id: task.key for task in (*planned.plan.tasks, *planned.plan.skipped)}
    return {
        f"{tasks[task].kind}/{tasks[task].name}": (one.change.value, one.reason)
        for task, one in planned.changes.items()
    }


async def test_without_a_cluster_a_plan_has_stages_and_hooks_but_no_changes(shop: Path) -> None:
    planned = await tenter.plan(shop)
    assert [stage.key.phase.value for stage in planned.plan.stages] == ["PreSync", "Sync"]
    assert changes(planned) == {"Job/migrate": ("run", ""), "ConfigMap/settings": ("apply", "")}
    assert not planned.differs


async def test_a_first_plan_creates_and_a_second_changes_nothing(
    cluster: tenter.Cluster, shop: Path
) -> None:
    before = await tenter.plan(shop, cluster=cluster)
    assert changes(before)["ConfigMap/settings"] == ("create", "")
    await tenter.sync(shop, cluster=cluster)
    after = await tenter.plan(shop, cluster=cluster)
    assert changes(after)["ConfigMap/settings"] == ("unchanged", "")
    assert (before.differs, after.differs) == (True, False)


async def test_a_changed_field_is_named_and_its_value_is_not(
    cluster: tenter.Cluster, shop: Path
) -> None:
    await tenter.sync(shop, cluster=cluster)
    (shop / "config.yaml").write_text(CONFIG.replace("blue", "red"))
    planned = await tenter.plan(shop, cluster=cluster)
    assert changes(planned)["ConfigMap/settings"] == ("configure", "data.colour")


@pytest.mark.parametrize(("prune", "change"), [(True, "prune"), (False, "keep")])
async def test_what_the_source_dropped_is_pruned_only_when_asked(
    cluster: tenter.Cluster, shop: Path, prune: bool, change: str
) -> None:
    await tenter.sync(shop, cluster=cluster)
    (shop / "config.yaml").unlink()
    planned = await tenter.plan(shop, cluster=cluster, prune=prune)
    assert changes(planned)["ConfigMap/settings"][0] == change


async def test_what_the_server_would_refuse_is_told(cluster: tenter.Cluster, shop: Path) -> None:
    (shop / "config.yaml").write_text(CONFIG.replace("colour: blue", "Bad Key!: x"))
    planned = await tenter.plan(shop, cluster=cluster)
    assert changes(planned)["ConfigMap/settings"][0] == "fail"
    assert planned.refused


async def test_an_unknown_hook_type_is_refused_with_the_nearest(shop: Path) -> None:
    text = (shop / "migrate.yaml").read_text()
    (shop / "migrate.yaml").write_text(text.replace("PreSync", "PreSnyc"))
    with pytest.raises(errors.HookError, match='Did you mean "PreSync"'):
        await tenter.plan(shop)


async def test_an_application_file_says_what_to_sync_and_how(tmp_path: Path, shop: Path) -> None:
    file = tmp_path / "app.yaml"
    file.write_text(
        "apiVersion: argoproj.io/v1alpha1\n"
        "kind: Application\n"
        "metadata: {name: front}\n"
        "spec:\n"
        f"  source: {{repoURL: {shop.parent}, path: shop}}\n"
        "  destination: {namespace: web}\n"
        "  syncPolicy: {automated: {prune: true}, syncOptions: [PruneLast=true]}\n"
    )
    application, notices = tenter.application_file(file)
    assert (application.name, application.namespace) == ("front", "web")
    assert application.sync_options == ("PruneLast=true",)
    assert any("automated" in notice for notice in notices)


async def test_a_timeout_that_is_no_duration_is_refused(shop: Path) -> None:
    with pytest.raises(errors.OptionError, match="10m"):
        await tenter.plan(shop, timeout="soon")
