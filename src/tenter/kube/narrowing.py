"""Following objects with credentials that may not see all of a kind.

RBAC may allow a list of a kind in one namespace and not in all, or only of named objects
(``resourceNames``). What may be seen is followed; a wider list that is forbidden is narrowed step
by step, and whoever asked is told, because nothing may be inferred about objects out of sight.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from tenter.errors import Forbidden
from tenter.kube.informers import Informers
from tenter.kube.resources import Resource
from tenter.manifests import Key

MOST_NAMED = 200
"""Objects that are followed one by one, each by a stream of its own; more would burden the server.
"""


class Sight(msgspec.Struct, frozen=True):
    """What of a kind is followed. ``narrowed`` says in a sentence what is not; empty for all."""

    narrowed: str = ""


async def follow(
    informers: Informers, resource: Resource, namespace: str, keys: Sequence[Key]
) -> Sight:
    """Follow ``keys``, all of one kind and in ``namespace`` (empty: everywhere they are).

    The whole kind in the namespace is followed where that is allowed. Otherwise each namespace of
    the keys by itself, and where not even that is allowed each object by its name. Raises what the
    informers raise; ``Forbidden`` where an object may not be seen at all, or where there are too
    many to follow one by one.
    """
    try:
        await informers.watch(resource, namespace or None)
    except Forbidden as refused:
        namespaces = list(dict.fromkeys(key.namespace for key in keys))
        if resource.namespaced and not namespace:
            sights = await _each(informers, resource, {n: _within(keys, n) for n in namespaces})
            narrowed = [sight.narrowed for sight in sights if sight.narrowed]
            where = ", ".join(namespaces) or "no namespace"
            said = f"{resource.name} may not be listed everywhere, so only {where} is looked at"
            return Sight("; ".join([said, *narrowed]))
        return await _follow_named(informers, resource, namespace, keys, refused)
    return Sight()


async def _each(
    informers: Informers, resource: Resource, groups: dict[str, list[Key]]
) -> list[Sight]:
    try:
        async with asyncio.TaskGroup() as tasks:
            following = [
                tasks.create_task(follow(informers, resource, namespace, keys))
                for namespace, keys in groups.items()
            ]
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in following]


async def _follow_named(
    informers: Informers,
    resource: Resource,
    namespace: str,
    keys: Sequence[Key],
    refused: Forbidden,
) -> Sight:
    if len(keys) > MOST_NAMED:
        raise refused
    try:
        async with asyncio.TaskGroup() as tasks:
            for key in keys:
                tasks.create_task(informers.watch(resource, namespace or None, name=key.name))
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    where = f" in namespace {namespace}" if namespace else ""
    one = len(keys) == 1
    return Sight(
        f"{resource.name} may not be listed{where}, so {'one is' if one else f'{len(keys)} are'} "
        f"looked at by {'its name' if one else 'their names'}"
    )


def _within(keys: Sequence[Key], namespace: str) -> list[Key]:
    return [key for key in keys if key.namespace == namespace]
