"""What the node writes of a Pod: its status, and that its deletion is over.

Whatever the server answers, it is tried again until the Pod has it or is gone: a node that gives up
leaves a Pod that never ends.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from tenter import errors
from tenter.embedded.node.behaviour import Behaviour
from tenter.embedded.node.logs import PodLogs
from tenter.embedded.node.settings import NodeSettings
from tenter.environment import Environment
from tenter.kube import Client, Resource
from tenter.manifests import Manifest

FIELD_MANAGER = "kubelet"


class Surroundings(msgspec.Struct, frozen=True):
    """What all Pods of a node share."""

    client: Client
    environment: Environment
    behaviour: Behaviour
    logs: PodLogs
    settings: NodeSettings
    resource: Resource
    host_address: str


class PodGone(Exception):  # noqa: N818 - what happened, not an error
    """The Pod is no longer in the cluster, or another has taken its name."""


def retry_delay(settings: NodeSettings, tries: int) -> float:
    """Return the seconds before the next try, after so many that failed."""
    return min(settings.start_retry * 2.0 ** min(tries, 20), settings.start_retry_limit)


async def write_status(around: Surroundings, pod: Manifest, status: dict[str, Any]) -> None:
    """Write a Pod's status. Raises ``PodGone`` where it is not there any more."""
    metadata = pod["metadata"]
    body = {"metadata": {"uid": metadata["uid"]}, "status": status}
    tries = 0
    while True:
        try:
            await around.client.patch(
                around.resource,
                metadata["namespace"],
                metadata["name"],
                body,
                subresource="status",
                field_manager=FIELD_MANAGER,
            )
        except (errors.NotFound, errors.Conflict) as error:
            raise PodGone from error
        except errors.TenterError:
            await asyncio.sleep(retry_delay(around.settings, tries))
            tries += 1
        else:
            return


async def confirm_deletion(around: Surroundings, pod: Manifest) -> None:
    """Delete a Pod whose containers have ended, for good."""
    metadata = pod["metadata"]
    tries = 0
    while True:
        try:
            await around.client.delete(
                around.resource,
                metadata["namespace"],
                metadata["name"],
                uid=metadata["uid"],
                grace_period_seconds=0,
            )
        except (errors.NotFound, errors.Conflict):
            return
        except errors.TenterError:
            await asyncio.sleep(retry_delay(around.settings, tries))
            tries += 1
        else:
            return
