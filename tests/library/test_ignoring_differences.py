from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.library.conftest import CONFIG

import tenter
from tenter.errors import OptionError

RULE = {"kind": "ConfigMap", "jqPathExpressions": [".data.colour"]}
SETTING = "resource.customizations.ignoreDifferences."
FORMS: dict[str, Any] = {
    "a list": [RULE],
    "a mapping": {"ignoreDifferences": [RULE]},
    "an Application": {"kind": "Application", "spec": {"ignoreDifferences": [RULE]}},
    "argocd-cm": {
        "kind": "ConfigMap",
        "data": {
            f"{SETTING}_ConfigMap": "jqPathExpressions: [.data.colour]",
            "timeout.reconciliation": "180s",
        },
    },
    "argocd-cm for all": {
        "kind": "ConfigMap",
        "data": {f"{SETTING}all": "jsonPointers: [/data/colour]"},
    },
}


@pytest.fixture
def written(tmp_path: Path) -> Callable[[Any], Path]:
    """Return what writes rules into a file and names it."""

    def write(content: Any) -> Path:
        file = tmp_path / "rules.yaml"
        text = content if isinstance(content, str) else msgspec.yaml.encode(content).decode()
        file.write_text(text)
        return file

    return write


@pytest.mark.parametrize("form", FORMS)
async def test_what_a_file_of_any_form_ignores_is_no_difference(
    cluster: tenter.Cluster, shop: Path, written: Callable[[Any], Path], form: str
) -> None:
    rules = written(FORMS[form])
    await tenter.sync(shop, cluster=cluster)
    (shop / "config.yaml").write_text(CONFIG.replace("blue", "red"))

    assert (await tenter.differences(shop, cluster=cluster)).differs
    found = await tenter.differences(shop, cluster=cluster, ignore_differences=rules)
    assert not found.differs


async def test_a_plan_and_an_overview_leave_out_what_a_sync_ignored(
    cluster: tenter.Cluster, shop: Path, written: Callable[[Any], Path]
) -> None:
    rules = written([RULE])
    await tenter.sync(shop, cluster=cluster, ignore_differences=rules)
    resource = await cluster.client.resource("", "ConfigMap")
    await cluster.client.patch(resource, "default", "settings", {"data": {"colour": "red"}})

    found = await tenter.plan(shop, cluster=cluster, ignore_differences=rules)
    (change,) = [found.changes[task.id] for task in found.plan.tasks if task.key.name == "settings"]
    assert change.change is tenter.ChangeKind.UNCHANGED
    overview = await tenter.overview("shop", cluster=cluster)
    assert overview.status is tenter.SyncStatus.SYNCED


async def test_with_respect_a_sync_leaves_it_as_it_is(
    cluster: tenter.Cluster, shop: Path, written: Callable[[Any], Path]
) -> None:
    rules = written([RULE])
    await tenter.sync(shop, cluster=cluster)
    (shop / "config.yaml").write_text(CONFIG.replace("blue", "red"))

    outcome = await tenter.sync(
        shop,
        cluster=cluster,
        ignore_differences=rules,
        sync_options=["RespectIgnoreDifferences=true"],
    )

    assert outcome.succeeded
    resource = await cluster.client.resource("", "ConfigMap")
    live = await cluster.client.get(resource, "default", "settings")
    assert live["data"] == {"colour": "blue"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "holds no ignoreDifferences"),
        ("- kind: [", "is not YAML"),
        ("- jsonPointers: [/a]", "must be a mapping with a kind"),
        ("- {kind: A, jsonPointers: [a]}", "does not begin with /"),
        ("- {kind: A, jqPathExpressions: ['.a[']}", "is no jq"),
        (f"{{kind: ConfigMap, data: {{{SETTING}A: '['}}}}", "not YAML"),
        (f"{{kind: ConfigMap, data: {{{SETTING}A: x}}}}", "a mapping"),
    ],
)
async def test_rules_that_cannot_be_used_are_refused_before_anything_is_asked(
    cluster: tenter.Cluster, shop: Path, written: Callable[[Any], Path], text: str, message: str
) -> None:
    rules = written(text)
    with pytest.raises(OptionError, match=message):
        await tenter.sync(shop, cluster=cluster, ignore_differences=rules)
