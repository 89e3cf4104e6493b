from typing import Any

from tenter.argoproj import Application, OperationState, read_application
from tenter.controller.metrics import Metrics


def application(**parts: Any) -> Application:
    return read_application(
        {
            "metadata": {"name": "shop", "namespace": "argocd"},
            "spec": {
                "source": {"repoURL": "https://example.com/shop"},
                "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"},
                "syncPolicy": {"automated": {}},
            },
            **parts,
        }
    )


def state(**fields: Any) -> OperationState:
    status = {
        "operationState": {
            "operation": {"sync": {}},
            "phase": "Succeeded",
            "startedAt": "2026-01-01T00:00:00Z",
            **fields,
        }
    }
    found = application(status=status).status.operation_state
    assert found is not None
    return found


def lines(metrics: Metrics, name: str) -> list[str]:
    return [line for line in metrics.text().decode().splitlines() if line.startswith(name)]


def test_how_an_application_stands_is_told_as_argo_cd_tells_it() -> None:
    status = {"sync": {"status": "OutOfSync"}, "health": {"status": "Degraded"}}
    metrics = Metrics(lambda: [application(status=status)])
    (line,) = lines(metrics, "argocd_app_info")
    assert line == (
        'argocd_app_info{autosync_enabled="true",dest_namespace="shop",'
        'dest_server="https://kubernetes.default.svc",health_status="Degraded",name="shop",'
        'namespace="argocd",operation="",project="default",repo="https://example.com/shop",'
        'sync_status="OutOfSync"} 1.0'
    )


def test_an_application_that_is_gone_is_told_of_no_more() -> None:
    standing = [application()]
    metrics = Metrics(lambda: standing)
    assert lines(metrics, "argocd_app_info")
    standing.clear()
    assert not lines(metrics, "argocd_app_info")


def test_a_running_operation_and_a_deletion_are_told() -> None:
    running = application(operation={"sync": {}})
    assert 'operation="sync"' in lines(Metrics(lambda: [running]), "argocd_app_info")[0]
    metadata = {"name": "shop", "deletionTimestamp": "2026-01-01T00:00:00Z"}
    deleted = application(metadata=metadata)
    assert 'operation="delete"' in lines(Metrics(lambda: [deleted]), "argocd_app_info")[0]


def test_conditions_are_counted_by_type() -> None:
    told = [{"type": "SyncError", "message": text} for text in ("a", "b")]
    metrics = Metrics(lambda: [application(status={"conditions": told})])
    (line,) = lines(metrics, "argocd_app_condition")
    assert 'condition="SyncError"' in line
    assert line.endswith(" 2.0")


def test_syncs_are_counted_with_their_hooks() -> None:
    metrics = Metrics(list)
    resource = {"group": "batch", "version": "v1", "kind": "Job", "namespace": "n", "name": "j"}
    hook = {**resource, "hookType": "PreSync", "syncPhase": "PreSync", "hookPhase": "Failed"}
    metrics.sync_ended(
        application(),
        state(phase="Failed", syncResult={"revision": "a", "resources": [hook, resource]}),
        2.5,
    )
    (count,) = lines(metrics, "argocd_app_sync_total")
    assert 'dry_run="false"' in count
    assert 'phase="Failed"' in count
    assert lines(metrics, "argocd_app_sync_duration_seconds_total")[0].endswith(" 2.5")
    assert lines(metrics, "tenter_hooks_total") == [
        'tenter_hooks_total{phase="PreSync",result="Failed"} 1.0'
    ]


def test_looks_and_git_requests_are_timed() -> None:
    metrics = Metrics(list)
    metrics.reconciled("argocd", "https://kubernetes.default.svc", 0.1)
    metrics.git_request("https://example.com/shop", "fetch", 0.2, True)
    assert lines(metrics, "argocd_app_reconcile_count")[0].endswith(" 1.0")
    assert lines(metrics, "argocd_git_request_total")[0].endswith(" 1.0")
    assert lines(metrics, "argocd_git_fetch_fail_total")[0].endswith(" 1.0")


def test_a_gauge_is_read_when_it_is_asked_for() -> None:
    depth = [1.0]
    metrics = Metrics(list)
    metrics.gauge("tenter_queue_depth", "Applications that wait to be looked at.", lambda: depth[0])
    depth[0] = 7
    assert lines(metrics, "tenter_queue_depth") == ["tenter_queue_depth 7.0"]


def test_nothing_is_told_of_when_a_series_began() -> None:
    metrics = Metrics(list)
    metrics.webhook("github", "202")
    assert "_created" not in metrics.text().decode()
