"""What is different between the cluster and its source: line by line, values of Secrets hidden."""

from __future__ import annotations

from typing import Unpack

import msgspec

from tenter.diff import DiffLine, Sign, textual
from tenter.engine import TaskKind
from tenter.library.cluster import Cluster
from tenter.library.comparing import Examined, examine
from tenter.library.keywords import SourceLike, SyncKeywords
from tenter.library.planned import ChangeKind
from tenter.library.planning import planned_on
from tenter.manifests import Key


class ObjectDifference(msgspec.Struct, frozen=True, kw_only=True):
    """One object: what a sync would do to it and why, and the lines that would change.

    An object that nobody wants any more is pruned, or kept where pruning was not asked for.
    """

    key: Key
    change: ChangeKind
    reason: str = ""
    lines: tuple[DiffLine, ...] = ()


class Differences(msgspec.Struct, frozen=True, kw_only=True):
    """All objects of an application but its hooks, in the order of a sync."""

    application: str
    revision: str
    namespace: str
    cluster: str
    objects: tuple[ObjectDifference, ...]
    notices: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether live is not what the source wants."""
        return any(one.change.differs or one.change is ChangeKind.KEEP for one in self.objects)

    @property
    def refused(self) -> bool:
        """Whether the server would refuse an object."""
        return any(one.change is ChangeKind.FAIL for one in self.objects)


async def differences(
    source: SourceLike, *, cluster: Cluster, context: int = 3, **keywords: Unpack[SyncKeywords]
) -> Differences:
    """Return the differences between live and what ``sync`` with the same arguments wants.

    ``context`` is how many unchanged lines stand around each change. Nothing is changed. Raises
    the errors of bad input, and those of reading the cluster.

    >>> found = await tenter.differences("./deploy", cluster=cluster)
    >>> [one.key.name for one in found.objects if one.lines]
    ['settings']
    """
    async with planned_on(source, cluster, keywords) as found:
        request, prepared, planned = found.request, found.prepared, found.plan
        examined = await examine(found.workplace, planned, request.sync_options())
    objects = [
        _difference(task.key, examined[task.id], context)
        for task in (*planned.tasks, *planned.skipped)
        if task.kind is not TaskKind.HOOK
    ]
    return Differences(
        application=request.application.name,
        revision=prepared.revision,
        namespace=request.application.namespace,
        cluster=cluster.description,
        objects=tuple(objects),
        notices=tuple(str(notice) for notice in prepared.notices),
    )


def _difference(key: Key, examined: Examined, context: int) -> ObjectDifference:
    change = examined.change
    shown = change.change in {ChangeKind.CREATE, ChangeKind.CONFIGURE, ChangeKind.PRUNE}
    lines = textual(examined.before, examined.after, context=context) if shown else ()
    return ObjectDifference(
        key=key, change=change.change, reason=change.reason, lines=_without_place(lines)
    )


def _without_place(lines: tuple[DiffLine, ...]) -> tuple[DiffLine, ...]:
    """Return the lines without the first hunk's numbers, which say nothing of one object."""
    return lines[1:] if lines and lines[0].sign is Sign.PLACE else lines
