"""Would applying a target change its live object? The server is asked, by a dry run."""

from __future__ import annotations

from tenter.engine import ApplyOutcome
from tenter.kube.client import Client
from tenter.manifests import Manifest

_BOOKKEEPING = ("managedFields", "resourceVersion", "generation")


def outcome_of(answer: Manifest, live: Manifest | None) -> ApplyOutcome:
    """Return what the apply would do whose dry run was answered with ``answer``.

    The content is compared: a dry run moves neither version nor generation for certain.
    """
    if live is None:
        return ApplyOutcome.CREATED
    same = _content(answer) == _content(live)
    return ApplyOutcome.UNCHANGED if same else ApplyOutcome.CONFIGURED


async def is_in_sync(client: Client, target: Manifest, live: Manifest) -> bool:
    """Tell whether applying ``target`` would leave ``live`` as it is.

    Raises what the client raises, such as ``Invalid`` for a target that the server refuses.
    """
    resource = await client.resource_of(target)
    answer = await client.apply(resource, target, dry_run=True)
    return outcome_of(answer.object, live) is ApplyOutcome.UNCHANGED


def _content(obj: Manifest) -> Manifest:
    metadata = {k: v for k, v in obj["metadata"].items() if k not in _BOOKKEEPING}
    return {**{k: v for k, v in obj.items() if k != "status"}, "metadata": metadata}
