"""Keeps a node alive in the eyes of a foreign cluster, which takes a silent one for dead.

Each node has a Lease in ``kube-node-lease``, renewed every few seconds (Kubernetes: 10, and dead
after 40). The embedded cluster asks for none.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from tenter import errors
from tenter.embedded.timestamps import format_micro_time
from tenter.environment import Environment
from tenter.kube import Client
from tenter.manifests import Manifest

INTERVAL = 10.0
"""Seconds between two renewals."""
LASTS = 40
"""Seconds that the cluster waits for one."""
_NAMESPACE = "kube-node-lease"


async def keep_alive(client: Client, environment: Environment, node: Manifest) -> None:
    """Renew the Lease of ``node``, a live Node, until cancelled."""
    while True:
        # A cluster that is away or too busy is told next time; if it stays away, nothing that could
        # be said here would reach it.
        with suppress(errors.TenterError):
            await _renew(client, environment, node)
        await asyncio.sleep(INTERVAL)


async def _renew(client: Client, environment: Environment, node: Manifest) -> None:
    metadata = node["metadata"]
    lease = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {
            "name": metadata["name"],
            "namespace": _NAMESPACE,
            "ownerReferences": [
                {
                    "apiVersion": "v1",
                    "kind": "Node",
                    "name": metadata["name"],
                    "uid": metadata["uid"],
                }
            ],
        },
        "spec": {
            "holderIdentity": metadata["name"],
            "leaseDurationSeconds": LASTS,
            "renewTime": format_micro_time(environment.now()),
        },
    }
    resource = await client.resource("coordination.k8s.io", "Lease")
    await client.apply(resource, lease, field_manager="kubelet")
