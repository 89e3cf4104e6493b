"""In which namespace an application's state is kept, and whether that is a good place."""

from __future__ import annotations

from collections.abc import Sequence

from tenter.applications.owned import is_namespace
from tenter.engine import Target
from tenter.errors import Forbidden, NotFound, StateError, UsageError
from tenter.kube.client import Client
from tenter.manifests import key_of
from tenter.runner.namespaces import ensure_namespace


def check_place(targets: Sequence[Target], namespace: str) -> None:
    """Refuse to keep the state in a namespace that the application itself may delete.

    Raises ``UsageError``.
    """
    for target in targets:
        key = key_of(target.manifest)
        if is_namespace(key) and key.name == namespace:
            raise UsageError(
                f"namespace {namespace} is one of the application's own objects ({target.origin}), "
                "and its state must not be deleted with it. Name another with --state-namespace"
            )


async def open_place(client: Client, namespace: str, *, create: bool) -> None:
    """See to it that the namespace is there; ``create`` makes it where it is not.

    Raises ``StateError`` where it is missing or is being deleted.
    """
    if create:
        await ensure_bare_namespace(client, namespace)
        return
    if not await exists(client, namespace):
        raise StateError(
            f"namespace {namespace} does not exist, so the application's state cannot be kept "
            "there. Create it, or have it created with --create-namespace, or name another with "
            "--state-namespace"
        )


async def ensure_bare_namespace(client: Client, namespace: str) -> None:
    """Create the namespace where it is missing; its metadata is the operation's own task."""
    if not await exists(client, namespace):
        await ensure_namespace(client, namespace)


async def exists(client: Client, namespace: str) -> bool:
    """Tell whether the namespace is there; one that may not be read is taken to be."""
    try:
        await client.get(await client.resource("", "Namespace"), "", namespace)
    except NotFound:
        return False
    except Forbidden:
        return True
    return True
