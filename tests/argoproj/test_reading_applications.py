from typing import Any

import pytest

from tenter.argoproj import (
    ApplicationSource,
    Automated,
    Backoff,
    Destination,
    Initiator,
    StrategyApply,
    plain,
    read_application,
    read_operation,
    read_project,
    read_status,
)
from tenter.errors import SpecError


def application(**parts: Any) -> dict[str, Any]:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "shop", "namespace": "argocd"},
        **parts,
    }


def test_a_spec_is_read_with_its_source_and_destination() -> None:
    found = read_application(
        application(
            spec={
                "project": "team",
                "source": {"repoURL": "https://example.com/shop.git", "path": "deploy"},
                "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"},
                "syncPolicy": {"automated": {"selfHeal": True}, "syncOptions": ["PruneLast=true"]},
            }
        )
    )
    assert found.spec.project_name == "team"
    assert found.spec.all_sources == (
        ApplicationSource(repo_url="https://example.com/shop.git", path="deploy"),
    )
    assert found.spec.destination == Destination(
        server="https://kubernetes.default.svc", namespace="shop"
    )
    assert found.spec.automated == Automated(self_heal=True)
    assert found.spec.sync_options == ("PruneLast=true",)


def test_a_project_that_is_empty_is_the_default_one() -> None:
    assert read_application(application(spec={"project": ""})).spec.project_name == "default"


def test_sources_win_over_source() -> None:
    spec = {"source": {"repoURL": "one"}, "sources": [{"repoURL": "two"}, {"repoURL": "three"}]}
    found = read_application(application(spec=spec)).spec
    assert [source.repo_url for source in found.all_sources] == ["two", "three"]
    assert found.compared_to.source is None


def test_auto_sync_that_is_not_enabled_is_off() -> None:
    off = {"syncPolicy": {"automated": {"prune": True, "enabled": False}}}
    on: dict[str, Any] = {"syncPolicy": {"automated": {}}}
    assert read_application(application(spec=off)).spec.automated is None
    assert read_application(application(spec=on)).spec.automated == Automated()
    assert read_application(application(spec={})).spec.automated is None


def test_unknown_fields_are_ignored() -> None:
    spec = {"project": "team", "fromTheFuture": {"a": 1}, "source": {"repoURL": "x", "new": 1}}
    assert read_application(application(spec=spec)).spec.source == ApplicationSource(repo_url="x")


def test_a_null_is_an_absent_field() -> None:
    spec = {"project": None, "source": {"repoURL": "x", "helm": None, "path": None}}
    found = read_application(application(spec=spec)).spec
    assert found.project_name == "default"
    assert found.source == ApplicationSource(repo_url="x")


def test_a_null_among_helm_values_is_kept() -> None:
    values = {"ingress": None, "replicas": 2}
    spec = {"project": None, "source": {"repoURL": "x", "helm": {"valuesObject": values}}}
    source = read_application(application(spec=spec)).spec.source
    assert source is not None
    assert source.helm is not None
    assert source.helm.values_object == values


@pytest.mark.parametrize(
    ("spec", "path", "told"),
    [
        ({"source": {"repoURL": 5}}, "spec.source.repoURL", "must be a text, and is a whole numb"),
        ({"sources": [{"helm": []}]}, "spec.sources[0].helm", "must be a mapping, and is a list"),
        (
            {"syncPolicy": {"automated": {"prune": "yes"}}},
            "spec.syncPolicy.automated.prune",
            "must be true or false, and is a text",
        ),
        ({"ignoreDifferences": [{"group": "apps"}]}, "spec.ignoreDifferences[0]", "its kind is"),
        ([], "spec", "must be a mapping, and is a list"),
    ],
)
def test_a_wrong_type_is_an_error_that_names_the_field(spec: Any, path: str, told: str) -> None:
    with pytest.raises(SpecError) as caught:
        read_application(application(spec=spec))
    assert caught.value.path == path
    assert str(caught.value).startswith(f"Application shop: {path}: ")
    assert told in str(caught.value)


def test_an_operation_says_whether_hooks_run() -> None:
    assert read_operation({"sync": {}}).sync.runs_hooks  # type: ignore[union-attr]
    applied = read_operation({"sync": {"syncStrategy": {"apply": {"force": True}}}}).sync
    assert applied is not None
    assert applied.sync_strategy is not None
    assert applied.sync_strategy.apply == StrategyApply(force=True)
    assert not applied.runs_hooks
    assert applied.force
    selected = read_operation({"sync": {"resources": [{"kind": "Job", "name": "a"}]}}).sync
    assert selected is not None
    assert not selected.runs_hooks


def test_an_operation_of_a_wrong_type_names_its_field() -> None:
    with pytest.raises(SpecError, match=r"operation\.sync\.prune: it must be true or false"):
        read_operation({"sync": {"prune": 1}})


def test_an_operation_is_written_as_it_was_read() -> None:
    fields = {
        "initiatedBy": {"username": "admin"},
        "retry": {"limit": 3, "backoff": {"duration": "5s", "factor": 2, "maxDuration": "3m"}},
        "sync": {
            "revision": "abc",
            "prune": True,
            "resources": [{"group": "batch", "kind": "Job", "name": "x"}],
            "syncStrategy": {"hook": {}},
            "autoHealAttemptsCount": 2,
        },
    }
    operation = read_operation(fields)
    assert operation.initiated_by == Initiator(username="admin")
    assert operation.retry is not None
    assert operation.retry.backoff == Backoff(duration="5s", factor=2, max_duration="3m")
    assert plain(operation) == fields


def test_a_damaged_part_of_the_status_counts_as_absent() -> None:
    status = {
        "sync": {"status": "Synced", "revision": "abc"},
        "history": "none",
        "health": {"status": "Healthy"},
    }
    found = read_status(application(status=status))
    assert found.sync is not None
    assert found.sync.revision == "abc"
    assert found.history == ()
    assert found.health is not None


def test_a_status_is_written_as_it_was_read() -> None:
    status = {
        "sync": {
            "status": "OutOfSync",
            "revision": "abc",
            "comparedTo": {"destination": {"namespace": "shop"}, "source": {"repoURL": "x"}},
        },
        "health": {"status": "Degraded", "lastTransitionTime": "2026-01-01T00:00:00Z"},
        "resources": [
            {
                "version": "v1",
                "kind": "ConfigMap",
                "name": "a",
                "status": "Synced",
                "health": {"status": "Healthy"},
                "syncWave": -1,
            },
        ],
        "history": [{"id": 0, "deployedAt": "2026-01-01T00:00:00Z", "revision": "abc"}],
        "operationState": {
            "operation": {"sync": {"prune": True}},
            "phase": "Succeeded",
            "startedAt": "2026-01-01T00:00:00Z",
            "syncResult": {
                "revision": "abc",
                "resources": [
                    {"group": "", "version": "v1", "kind": "Pod", "namespace": "n", "name": "p"}
                ],
            },
        },
        "summary": {"externalURLs": ["https://shop"], "images": ["shop:1"]},
    }
    assert plain(read_status(application(status=status))) == status


def test_an_instance_outside_the_control_plane_carries_its_namespace() -> None:
    found = read_application(application())
    assert found.instance("argocd") == "shop"
    assert found.instance("elsewhere") == "argocd_shop"


def test_a_project_is_read_without_its_roles() -> None:
    found = read_project(
        {
            "kind": "AppProject",
            "metadata": {"name": "team"},
            "spec": {
                "roles": [{"name": "ci", "policies": ["p, …"]}],
                "sourceRepos": ["*"],
                "syncWindows": [{"kind": "deny", "schedule": "0 0 * * *", "timeZone": "UTC"}],
                "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
            },
        }
    )
    assert found.name == "team"
    assert found.spec.source_repos == ("*",)
    assert found.spec.sync_windows[0].time_zone == "UTC"
    assert found.spec.namespace_resource_whitelist is None
