"""Many Applications, Applications of Applications, and the namespace that a sync creates."""

from __future__ import annotations

from tests.controller.fleet import NAMESPACE, Fleet, config, job, resources

SERVER = "https://kubernetes.default.svc"


async def test_twenty_applications_at_once(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings") + job("migrate", "PreSync")})
    async with fleet.running():
        for number in range(20):
            await fleet.application(
                f"app-{number}",
                destination={"server": SERVER, "namespace": f"space-{number}"},
                syncPolicy={"automated": {}, "syncOptions": ["CreateNamespace=true"]},
            )
        for number in range(20):
            await fleet.until_status("Synced", f"app-{number}")
            app = await fleet.until_ended(f"app-{number}")
            assert app["status"]["operationState"]["phase"] == "Succeeded"


async def test_an_application_of_applications(fleet: Fleet) -> None:
    child = f"""
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: child, namespace: {NAMESPACE}}}
spec:
  project: default
  source: {{repoURL: {fleet.repository.url}, path: child}}
  destination: {{server: {SERVER}, namespace: default}}
  syncPolicy: {{automated: {{}}}}
"""
    fleet.repository.commit({"apps/child.yaml": child, "child/all.yaml": config("settings")})
    async with fleet.running():
        await fleet.application(
            "parent",
            source={"path": "apps"},
            destination={"server": SERVER, "namespace": NAMESPACE},
            syncPolicy={"automated": {"selfHeal": True}},
        )
        await fleet.until_status("Synced", "child")
        app = await fleet.until_status("Synced", "parent")
        assert await fleet.exists("ConfigMap", "settings")
    assert resources(app) == {"Application/child": "Synced"}
    assert app["status"]["summary"]["isAppOfApps"] is True


async def test_the_metadata_of_the_created_namespace_is_kept(fleet: Fleet) -> None:
    fleet.repository.commit({"all.yaml": config("settings")})
    policy = {
        "automated": {},
        "syncOptions": ["CreateNamespace=true"],
        "managedNamespaceMetadata": {"labels": {"team": "blue"}},
    }
    async with fleet.running():
        await fleet.application(
            destination={"server": SERVER, "namespace": "space"}, syncPolicy=policy
        )
        await fleet.until_status("Synced")
        found = await fleet.get("Namespace", "space", "")
        assert found["metadata"]["labels"]["team"] == "blue"
        managed = {"labels": {"team": "green"}}
        await fleet.edit({"spec": {"syncPolicy": {"managedNamespaceMetadata": managed}}})
        await fleet.until_status("OutOfSync")
        await fleet.sync()
        found = await fleet.get("Namespace", "space", "")
        assert found["metadata"]["labels"]["team"] == "green"
        await fleet.until_status("Synced")
