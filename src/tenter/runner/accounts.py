"""Waits for the account that the Pods of a new namespace run as.

The API server refuses a Pod while its ServiceAccount is missing, and a controller makes the one
called ``default`` only a moment after the namespace. Any other account is the user's to bring, and
its absence an error at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenter.errors import Forbidden
from tenter.kube.informers import Change
from tenter.manifests import GroupKind, Key
from tenter.runner.progress import WaitingFor
from tenter.runner.surroundings import Surroundings

APPEARS_WITHIN = 30.0
"""Seconds that the account may take to appear; usually it takes a few milliseconds."""

_ACCOUNT = GroupKind("", "ServiceAccount")
_NAME = "default"
_T = TypeVar("_T")


async def with_account(
    surroundings: Surroundings, namespace: str, request: Callable[[], Awaitable[_T]]
) -> _T:
    """Return what ``request`` answers, made again once the namespace's default account is there.

    Says meanwhile what is waited for. Raises what ``request`` does; that is Forbidden, in the
    server's words, where the account does not appear within ``APPEARS_WITHIN`` seconds.
    """
    try:
        return await request()
    except Forbidden as error:
        if not _lacks_account(error, namespace):
            raise
        if not await _appeared(surroundings, namespace):
            raise Forbidden(
                f"{error.status.get('message') or error}. It did not appear within "
                f"{APPEARS_WITHIN:g} s: does the cluster's controller manager run?",
                code=error.code,
            ) from error
    return await request()


def _lacks_account(error: Forbidden, namespace: str) -> bool:
    """Tell by the server's words, since admission says it in no other way."""
    said = str(error.status.get("message") or "")
    return f"error looking up service account {namespace}/{_NAME}" in said


async def _appeared(surroundings: Surroundings, namespace: str) -> bool:
    key = Key("", _ACCOUNT.kind, namespace, _NAME)
    resource = await surroundings.client.resource(_ACCOUNT.group, _ACCOUNT.kind)
    seen = asyncio.Event()

    def changed(change: Change) -> None:
        if change.key == key and not change.deleted:
            seen.set()

    message = f"waiting for ServiceAccount/{_NAME} of namespace {namespace}"
    surroundings.tell(WaitingFor(at=surroundings.now, message=message))
    close = surroundings.informers.on_change(changed)
    try:
        async with asyncio.timeout(APPEARS_WITHIN):
            await surroundings.informers.watch(resource, namespace, name=_NAME)
            if surroundings.informers.get(key) is None:
                await seen.wait()
    except TimeoutError:
        return False
    finally:
        close()
    return True
