"""What a renderer is told of a cluster: its version, and the APIs that it serves.

Charts ask both (``.Capabilities``), so a chart renders for the cluster that it goes to.
"""

from __future__ import annotations

import re

import msgspec

from tenter.kube.client import Client
from tenter.sources import RenderFacts

_VERSION = re.compile(r"v?([0-9]+\.[0-9]+\.[0-9]+)")


async def completed(client: Client, facts: RenderFacts) -> RenderFacts:
    """Return ``facts`` with what the cluster behind ``client`` says. Raises the client's errors.

    The version is without what a vendor adds (``-gke.100``): charts that want ``>=1.30.0`` would
    refuse it, since it counts as a pre-release.
    """
    version = _VERSION.match((await client.version()).get("gitVersion", ""))
    await client.discovery.load()
    served: set[str] = set()
    for resource in client.discovery.all():
        for number in client.discovery.versions(resource.group, resource.kind):
            api_version = f"{resource.group}/{number}" if resource.group else number
            served |= {api_version, f"{api_version}/{resource.kind}"}
    return msgspec.structs.replace(
        facts,
        kube_version=version[1] if version else "",
        api_versions=tuple(sorted(served)),
    )
