from __future__ import annotations

from typing import Any

from tests.embedded.server.api import MERGE, PODS, Api, running

CLAIMS = "/api/v1/namespaces/default/persistentvolumeclaims"


async def claim(api: Api) -> None:
    await api.post(
        CLAIMS,
        {
            "metadata": {"name": "disk"},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "1Gi"}},
            },
        },
    )


def user(**spec: Any) -> dict[str, Any]:
    volume = {"name": "disk", "persistentVolumeClaim": {"claimName": "disk"}}
    containers = [{"name": "main", "image": "a:1"}]
    return {
        "metadata": {"name": "user"},
        "spec": {"containers": containers, "volumes": [volume], **spec},
    }


async def test_a_claim_that_nothing_uses_goes_at_once() -> None:
    async with running() as api:
        await claim(api)
        await api.delete(f"{CLAIMS}/disk")
        await api.settled()
        assert (await api.get(f"{CLAIMS}/disk")).status == 404


async def test_a_claim_stays_while_a_pod_uses_it() -> None:
    async with running() as api:
        await claim(api)
        await api.post(PODS, user(nodeName="node"))
        deleted = await api.delete(f"{CLAIMS}/disk")
        assert deleted.body["metadata"]["deletionTimestamp"]
        await api.settled()
        assert (await api.get(f"{CLAIMS}/disk")).status == 200

        await api.patch(f"{PODS}/user/status", {"status": {"phase": "Succeeded"}}, MERGE)
        await api.settled()
        assert (await api.get(f"{CLAIMS}/disk")).status == 404
