"""What the controller needs on a cluster: definitions, its namespace, the project ``default``."""

from __future__ import annotations

import asyncio

from tenter.kube import Client
from tenter.manifests import Manifest

_OPEN = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def definition(group: str, kind: str, plural: str) -> Manifest:
    """Return a definition that keeps every field."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "versions": [
                {
                    "name": "v1alpha1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": _OPEN},
                }
            ],
        },
    }


DEFINITIONS = (
    definition("argoproj.io", "Application", "applications"),
    definition("argoproj.io", "AppProject", "appprojects"),
    definition("tenter.dev", "SyncRun", "syncruns"),
)

PROJECT: Manifest = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "AppProject",
    "metadata": {"name": "default", "namespace": "argocd"},
    "spec": {
        "sourceRepos": ["*"],
        "destinations": [{"server": "*", "namespace": "*"}],
        "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
    },
}


async def install(client: Client) -> None:
    """Make the cluster ready for a controller."""
    resource = await client.resource("", "Namespace")
    await client.create(
        resource, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}}
    )
    for each in DEFINITIONS:
        await client.create(await client.resource_of(each), each)
    await _served(client)
    await client.create(await client.resource_of(PROJECT), PROJECT)


async def _served(client: Client) -> None:
    async with asyncio.timeout(60):
        while True:
            await client.discovery.refresh()
            kinds = [(each.group, each.kind) for each in client.discovery.all()]
            wanted = [(d["spec"]["group"], d["spec"]["names"]["kind"]) for d in DEFINITIONS]
            if all(kind in kinds for kind in wanted):
                return
            await asyncio.sleep(0.1)
