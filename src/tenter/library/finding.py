"""Finds the saved state of an application: by its name, or as the only one there is."""

from __future__ import annotations

from tenter.applications import State, read_state
from tenter.applications.secrets import APPLICATION_LABEL, PREFIX
from tenter.errors import StateError, UsageError
from tenter.kube import Client, label_selector

_INDEX = "index"


async def known_applications(client: Client, namespace: str) -> list[str]:
    """Return the names of the applications whose state is in ``namespace``, sorted."""
    resource = await client.resource("", "Secret", "v1")
    found = await client.list(
        resource, namespace, label_selector=label_selector({APPLICATION_LABEL: True})
    )
    # Only the main Secret of an application has an index; the others are its chunks.
    return sorted(
        secret["metadata"]["name"].removeprefix(PREFIX)
        for secret in found.items
        if _INDEX in (secret.get("data") or {})
    )


async def chosen_application(client: Client, name: str | None, namespace: str) -> str:
    """Return ``name``, or the only application in ``namespace`` where no name is given.

    Raises StateError where there is none, UsageError where there are several.
    """
    if name:
        return name
    known = await known_applications(client, namespace)
    if len(known) == 1:
        return known[0]
    if known:
        raise UsageError(
            f"there are several applications in namespace {namespace}: {', '.join(known)}. "
            "Choose one with --app."
        )
    raise StateError(
        f"there is no application in namespace {namespace}. Sync one first, or say where its "
        "state is with -n or --state-namespace."
    )


async def existing_state(client: Client, name: str, namespace: str) -> State:
    """Return the state of an application. Raises StateError where there is none."""
    state = await read_state(client, name, namespace)
    if state is not None:
        return state
    known = await known_applications(client, namespace)
    others = f"There are: {', '.join(known)}." if known else "There is no other one either."
    raise StateError(
        f"there is no application {name} in namespace {namespace}. {others} Its state may be "
        "elsewhere: say where with -n or --state-namespace."
    )
