"""What the controller needs on a cluster: definitions, its namespace, the project ``default``."""

from __future__ import annotations

import asyncio

from tenter.argoproj import default_project
from tenter.controller.installation import Installation, definitions
from tenter.kube import Client
from tests.controller.fleet import NAMESPACE


async def install(client: Client) -> None:
    """Make the cluster ready for a controller."""
    resource = await client.resource("", "Namespace")
    await client.create(
        resource, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    )
    made = definitions(Installation(namespace=NAMESPACE))
    for each in made:
        await client.create(await client.resource_of(each), each)
    wanted = [(each["spec"]["group"], each["spec"]["names"]["kind"]) for each in made]
    async with asyncio.timeout(60):
        while any(kind not in _served(client) for kind in wanted):
            await asyncio.sleep(0.1)  # virtual: a definition is established in a moment
            await client.discovery.refresh()
    project = default_project(NAMESPACE)
    await client.create(await client.resource_of(project), project)


def _served(client: Client) -> list[tuple[str, str]]:
    return [(each.group, each.kind) for each in client.discovery.all()]
