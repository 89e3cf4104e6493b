"""``--observe``: everything is compared, nothing is written."""

from __future__ import annotations

import asyncio

import pytest

from tenter.errors import UsageError
from tenter.manifests import Manifest
from tests.controller.fleet import NAMESPACE, Fleet, config

ARGO_CD: Manifest = {
    "apiVersion": "apps/v1",
    "kind": "StatefulSet",
    "metadata": {"name": "argocd-application-controller", "namespace": NAMESPACE},
    "spec": {
        "replicas": 1,
        "serviceName": "argocd",
        "selector": {"matchLabels": {"app": "argocd"}},
        "template": {
            "metadata": {"labels": {"app": "argocd"}},
            "spec": {"containers": [{"name": "main", "image": "argocd"}]},
        },
    },
}


async def test_beside_a_live_argo_cd_controller_it_does_not_start(fleet: Fleet) -> None:
    await fleet.create(ARGO_CD)
    with pytest.raises(UsageError, match="--observe"):
        async with fleet.running():
            pass


async def test_an_observer_starts_beside_it_and_writes_nothing(
    fleet: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    await fleet.create(ARGO_CD)
    fleet.repository.commit({"all.yaml": config("settings")})
    async with fleet.running(observe=True):
        app = await fleet.application(syncPolicy={"automated": {}})
        await fleet.edit({"operation": {"sync": {}}})
        await asyncio.sleep(30)
        now = await fleet.get("Application", "shop", NAMESPACE, "argoproj.io")
        assert await fleet.names("Lease", NAMESPACE, "coordination.k8s.io") == []
    assert "status" not in now
    assert "operation" in now
    assert now["metadata"]["uid"] == app["metadata"]["uid"]
    told = capsys.readouterr().out
    assert "compared" in told
    assert "OutOfSync" in told


async def test_without_the_definition_of_sync_runs_it_does_not_start(fleet: Fleet) -> None:
    resource = await fleet.client.resource("apiextensions.k8s.io", "CustomResourceDefinition")
    await fleet.client.delete(resource, "", "syncruns.tenter.dev")
    with pytest.raises(UsageError, match="tenter install --crds"):
        async with fleet.running():
            pass
