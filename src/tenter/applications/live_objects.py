"""Reads many live objects with few requests.

Objects of one kind in one namespace are listed together; a single one is read by itself, and so is
each where the credentials may not list. What could not be read is told as the error it met, since
nobody may take it for missing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from tenter.errors import Forbidden, NotFound, TenterError, UnknownKind
from tenter.kube.client import Client
from tenter.kube.resources import Resource
from tenter.manifests import Key, Manifest

_FEWEST_LISTED = 3
"""From so many objects on, a list of the kind in the namespace is taken for cheaper."""


async def read_live(
    client: Client, targets: Mapping[Key, Manifest]
) -> dict[Key, Manifest | TenterError | None]:
    """Return the live object of each target, in the target's own API version.

    None stands for an object that is not there, an error for one that could not be read; a kind
    that is not served is ``UnknownKind``.
    """
    resources: dict[Key, Resource] = {}
    unserved: dict[Key, Manifest | TenterError | None] = {}
    for key, target in targets.items():
        try:
            resources[key] = await client.resource_of(target)
        except UnknownKind as error:
            unserved[key] = error
    return {**dict.fromkeys(targets), **unserved, **await _read(client, resources)}


async def read_keys(
    client: Client, keys: Iterable[Key]
) -> dict[Key, Manifest | TenterError | None]:
    """Return the live object of each key, in the version that the cluster prefers.

    As ``read_live``, but for a kind that is not served: there is no such object either.
    """
    resources: dict[Key, Resource] = {}
    absent: dict[Key, Manifest | TenterError | None] = {}
    for key in keys:
        try:
            resources[key] = await client.resource(key.group, key.kind)
        except UnknownKind:
            absent[key] = None
    return {**absent, **await _read(client, resources)}


async def _read(
    client: Client, resources: Mapping[Key, Resource]
) -> dict[Key, Manifest | TenterError | None]:
    found: dict[Key, Manifest | TenterError | None] = dict.fromkeys(resources)
    groups: dict[tuple[Resource, str], list[Key]] = {}
    for key, resource in resources.items():
        groups.setdefault((resource, key.namespace), []).append(key)
    async with asyncio.TaskGroup() as tasks:
        for (resource, _), keys in groups.items():
            tasks.create_task(_read_group(client, resource, keys, found))
    return found


async def _read_group(
    client: Client,
    resource: Resource,
    keys: list[Key],
    found: dict[Key, Manifest | TenterError | None],
) -> None:
    if len(keys) >= _FEWEST_LISTED:
        try:
            listed = await client.list(resource, keys[0].namespace)
        except (Forbidden, NotFound):
            pass  # one by one, then: it may be allowed, and says exactly what is missing
        except TenterError as error:
            found.update(dict.fromkeys(keys, error))
            return
        else:
            live = {resource.key_of(item): item for item in listed.items}
            found.update((key, live.get(key)) for key in keys)
            return
    async with asyncio.TaskGroup() as tasks:
        for key in keys:
            tasks.create_task(_read_one(client, resource, key, found))


async def _read_one(
    client: Client,
    resource: Resource,
    key: Key,
    found: dict[Key, Manifest | TenterError | None],
) -> None:
    try:
        found[key] = await client.get(resource, key.namespace, key.name)
    except NotFound:
        found[key] = None
    except TenterError as error:
        found[key] = error
