from __future__ import annotations

import msgspec
from tests.cli import operations as op

from tenter.cli.view.plan import plan_lines, planned_data
from tenter.cli.view.text import line_text
from tenter.library import Advice, ChangeKind, PlannedChange, SyncPlan

CHANGES = {
    op.MIGRATE_TASK.id: PlannedChange(change=ChangeKind.RUN),
    op.CONFIG_TASK.id: PlannedChange(change=ChangeKind.UNCHANGED),
    op.WEB_TASK.id: PlannedChange(change=ChangeKind.CONFIGURE, reason="spec.replicas"),
}


def planned(changes: dict[str, PlannedChange] = CHANGES) -> SyncPlan:
    return SyncPlan(
        application="shop",
        revision="v1.2",
        namespace="shop",
        plan=op.SHOP_PLAN,
        changes=changes,
        advice=(Advice(key=op.WEB, message="beware", origin="web.yaml:3"),),
        notices=("uncommitted changes",),
        cluster="the embedded cluster",
    )


def test_a_plan_tells_stages_tasks_changes_and_why() -> None:
    lines = [line_text(line).rstrip() for line in plan_lines(planned())]
    assert lines == [
        "shop at v1.2 in namespace shop, compared with the embedded cluster",
        "",
        "PreSync, wave 0   before anything is applied; done when its hooks succeeded",
        "  ▶ Job/migrate   hook",
        (
            "Sync, wave 0   the objects, and the hooks that run with them; "
            "done when its objects are healthy"
        ),
        "  = ConfigMap/settings   unchanged",
        "  ~ Deployment/web   configure: spec.replicas",
        "If it fails:",
        "SyncFail, wave 0   done when its hooks succeeded",
        "  ▶ Job/clean-up   hook",
        "",
        "note: Deployment/web, web.yaml:3: beware.",
        "note: uncommitted changes",
        "Plan: 1 to configure, 1 unchanged, 1 hook to run.",
    ]


def test_hooks_alone_are_no_difference() -> None:
    same = {**CHANGES, op.WEB_TASK.id: PlannedChange(change=ChangeKind.UNCHANGED)}
    assert planned().differs
    assert not planned(same).differs


def test_an_object_that_the_server_refuses_makes_the_plan_refused() -> None:
    bad = {**CHANGES, op.WEB_TASK.id: PlannedChange(change=ChangeKind.FAIL, reason="Invalid")}
    assert planned(bad).refused
    assert not planned().refused


def test_a_plan_as_data_can_be_encoded() -> None:
    data = planned_data(planned())
    assert msgspec.json.decode(msgspec.json.encode(data))["changes"][op.WEB_TASK.id] == {
        "change": "configure",
        "reason": "spec.replicas",
    }
