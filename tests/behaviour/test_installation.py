"""What ``tenter install`` prints works on a cluster, and serves what Argo CD's users write."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest

from tenter.argoproj import application_definition, plain, read_application, read_project, validate
from tenter.controller.installation import Installation, definitions, manifests
from tenter.controller.sync_run_definition import sync_run_definition
from tenter.errors import Invalid, UnknownKind
from tenter.manifests import Manifest
from tests.behaviour.grounds import Grounds
from tests.behaviour.manifests import namespace

GROUP = "argoproj.io"
HERE = "https://kubernetes.default.svc"


async def served(grounds: Grounds, *crds: Manifest) -> None:
    """Create the definitions, and return when discovery shows their kinds."""
    await grounds.create(*crds)
    for crd in crds:
        for _ in range(100):
            await grounds.client.discovery.refresh()
            with contextlib.suppress(UnknownKind):
                await grounds.client.resource(crd["spec"]["group"], crd["spec"]["names"]["kind"])
                break
            await asyncio.sleep(0.1)


def application(**spec: Any) -> Manifest:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "shop", "namespace": "default"},
        "spec": {
            "project": "default",
            "source": {"repoURL": "https://example.com/shop.git", "path": "."},
            "destination": {"server": HERE, "namespace": "shop"},
            **spec,
        },
    }


async def test_everything_that_is_installed_is_accepted(grounds: Grounds) -> None:
    installation = Installation(namespace="argocd")
    await grounds.create(namespace("argocd"))
    await served(grounds, *definitions(installation))

    rest = [each for each in manifests(installation) if "Definition" not in each["kind"]]
    await grounds.create(*rest)

    account = await grounds.get("ServiceAccount", "tenter-controller", namespace="argocd")
    assert account is not None
    project = await grounds.get("AppProject", "default", group=GROUP, namespace="argocd")
    assert project is not None
    assert read_project(project).spec.source_repos == ("*",)


async def test_an_application_keeps_what_is_known_and_loses_the_rest(grounds: Grounds) -> None:
    await served(grounds, application_definition())
    values = {"replicas": 2, "nested": {"list": [1, "a", True]}}
    written = application(
        source={
            "repoURL": "https://example.com/shop.git",
            "chart": "shop",
            "targetRevision": "1.2.*",
            "helm": {"valuesObject": values, "parameters": [{"name": "a", "value": "b"}]},
        },
        fromTheFuture={"a": 1},
    )

    await grounds.create(written)

    live = await grounds.get("Application", "shop", group=GROUP)
    assert live is not None
    assert "fromTheFuture" not in live["spec"]
    read = read_application(live)
    assert validate(read) == ()
    assert plain(read.spec) == {
        name: part for name, part in written["spec"].items() if name != "fromTheFuture"
    }


async def test_an_operation_and_a_status_are_kept(grounds: Grounds) -> None:
    await served(grounds, application_definition())
    await grounds.create(application())
    operation = {"sync": {"prune": True, "syncStrategy": {"hook": {}}}, "retry": {"limit": 2}}
    status = {
        "sync": {"status": "Synced", "revision": "abc"},
        "reconciledAt": "2026-01-01T00:00:00Z",
        "history": [{"id": 0, "deployedAt": "2026-01-01T00:00:00Z", "revision": "abc"}],
        "operationState": {
            "operation": operation,
            "phase": "Running",
            "startedAt": "2026-01-01T00:00:00Z",
            "syncResult": {
                "revision": "abc",
                "resources": [
                    {"group": "", "version": "v1", "kind": "Pod", "namespace": "n", "name": "p"}
                ],
            },
        },
    }

    await grounds.patch(
        "Application", "shop", {"operation": operation, "status": status}, group=GROUP
    )

    live = await grounds.get("Application", "shop", group=GROUP)
    assert live is not None
    assert (live["operation"], live["status"]) == (operation, status)
    assert plain(read_application(live).status) == status


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"project": None}, "spec.project"),
    ({"source": {"path": "."}}, "spec.source.repoURL"),
    ({"source": {"repoURL": 5}}, "spec.source.repoURL"),
    ({"syncPolicy": {"automated": {"prune": "yes"}}}, "spec.syncPolicy.automated.prune"),
]


async def test_an_application_with_a_wrong_field_is_refused(grounds: Grounds) -> None:
    await served(grounds, application_definition())
    for spec, field in WRONG:
        wrong = application(**spec)
        wrong["spec"] = {name: part for name, part in wrong["spec"].items() if part is not None}
        with pytest.raises(Invalid) as refused:
            await grounds.create(wrong)
        assert field in str(refused.value)


async def test_a_sync_run_keeps_its_record_as_it_is(grounds: Grounds) -> None:
    await served(grounds, sync_run_definition())
    run = {
        "apiVersion": "tenter.dev/v1alpha1",
        "kind": "SyncRun",
        "metadata": {"name": "shop-1", "namespace": "default"},
        "spec": {
            "application": "shop",
            "applicationUid": "u-1",
            "operation": {"sync": {"prune": True}},
        },
        "state": {"index": "{}", "parts": {"record": "eJw"}},
        "report": {"attempts": [{"number": 0}]},
        "status": {"phase": "Running", "startedAt": "2026-01-01T00:00:00Z", "waiting": ["a"]},
    }

    await grounds.create(run)

    live = await grounds.get("SyncRun", "shop-1", group="tenter.dev")
    assert live is not None
    assert {part: live[part] for part in ("spec", "state", "report", "status")} == {
        part: run[part] for part in ("spec", "state", "report", "status")
    }


async def test_argo_cds_own_definitions_are_left_alone_beside_it() -> None:
    installed = manifests(Installation(beside_argocd=True))
    kinds = [(each["kind"], each["metadata"]["name"]) for each in installed]
    assert kinds[0] == ("CustomResourceDefinition", "syncruns.tenter.dev")
    assert all("argoproj.io" not in name for _, name in kinds)
    assert "AppProject" not in [kind for kind, _ in kinds]
