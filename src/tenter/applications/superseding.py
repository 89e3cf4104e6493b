"""Takes over from a running sync: ``Supersede=true`` has it end instead of being refused.

The older operation is ended by whoever runs it, as with ``terminate``: its hooks are let go of, its
result says why. This module only asks, and waits until the Lease is free by watching it. A deletion
is never superseded: what it has begun to remove is not to be deployed in the same moment.
"""

from __future__ import annotations

import asyncio

from tenter.applications.lease import Holding, Lease
from tenter.applications.secrets import PREFIX, TERMINATE, StateSecrets
from tenter.applications.session import read_state
from tenter.applications.workplace import Workplace
from tenter.errors import NotFound
from tenter.kube.informers import Change
from tenter.manifests import Key

SUPERSEDED = "Operation terminated: superseded by a newer sync"


async def make_way(workplace: Workplace, application: str, place: str) -> None:
    """Have a running sync of the application end, and return when its Lease is free.

    ``place`` is the namespace of its state. Returns at once where nobody runs one, and where it is
    a deletion that runs. A holder that died is waited for until its Lease has run out.
    """
    lease = Lease(workplace.client, workplace.environment, application, place, "")
    holding = await lease.holding()
    if holding is None:
        return
    workplace.warn(f"{holding.holder} runs a sync of {application}, which is asked to end")
    key = Key("coordination.k8s.io", "Lease", place, PREFIX + application)
    changed = asyncio.Event()

    def note(change: Change) -> None:
        if change.key == key:
            changed.set()

    async with workplace.surroundings() as surroundings:
        resource = await workplace.client.resource(key.group, key.kind, "v1")
        closer = surroundings.informers.on_change(note)
        try:
            await surroundings.informers.watch(resource, place, name=key.name)
            while holding is not None and await _asked_to_end(workplace, application, place):
                await _until(changed, holding, workplace)
                changed.clear()
                holding = await lease.holding()
        finally:
            closer()


async def _asked_to_end(workplace: Workplace, application: str, place: str) -> bool:
    """Ask the running sync to end; tell whether its end is worth waiting for."""
    state = await read_state(workplace.client, application, place)
    if state is None or not state.runs:
        return True  # it has just ended, or has yet to be saved: its Lease tells what comes next
    if state.deletes:
        return False
    secrets = StateSecrets(workplace.client, application, place, "")
    try:
        await secrets.annotate({TERMINATE: SUPERSEDED})
    except NotFound:
        return True
    return True


async def _until(changed: asyncio.Event, holding: Holding, workplace: Workplace) -> None:
    """Return when the Lease has changed, or has run out."""
    try:
        async with asyncio.timeout(max(0.0, holding.until - workplace.environment.now())):
            await changed.wait()
    except TimeoutError:
        return
