"""Which options and retries govern an operation: its own, or those of the spec. Pure.

Argo CD's API server copies the spec's into each operation that it makes, and only the operation's
count there. An operation that ``kubectl`` wrote has none; here the spec's then hold, and an
operation's own, where it has any, replace them.
"""

from __future__ import annotations

from tenter.argoproj.application import ApplicationSpec
from tenter.argoproj.operation import Operation, RetryStrategy
from tenter.argoproj.shape import plain
from tenter.argoproj.source import ApplicationSource
from tenter.engine import RetryOptions, read_retry

AUTOMATED_RETRIES = 5
"""How often a sync of the controller's own is tried again, where nobody said otherwise."""


def governing_options(operation: Operation, spec: ApplicationSpec) -> tuple[str, ...]:
    """Return the sync options ``Name=value`` of the operation."""
    own = operation.sync.sync_options if operation.sync else ()
    return own or spec.sync_options


def governing_retry(operation: Operation, spec: ApplicationSpec) -> RetryOptions:
    """Return when a failed attempt of the operation is followed by another.

    Raises ``OptionError`` for durations and numbers that cannot be read.
    """
    strategy = operation.retry or spec.retry
    if strategy is None:
        strategy = RetryStrategy(limit=AUTOMATED_RETRIES if operation.automated else 0)
    fields = plain(strategy)
    # A limit of 0 is left out of the resource, as all that is empty, and means none here.
    return read_retry({"limit": 0, **fields})


def governing_sources(
    operation: Operation, spec: ApplicationSpec
) -> tuple[tuple[ApplicationSource, ...], tuple[str, ...]]:
    """Return the sources to sync from, and for each the revision asked for (empty: the source's).

    An operation's sources and revisions replace the spec's for this one sync.
    """
    sync = operation.sync
    if sync is None:
        sources = spec.all_sources
        return sources, ("",) * len(sources)
    if sync.sources:
        sources = sync.sources
    elif sync.source is not None:
        sources = (sync.source,)
    else:
        sources = spec.all_sources
    given = sync.revisions or ((sync.revision,) if sync.revision else ())
    return sources, tuple(
        given[number] if number < len(given) else "" for number in range(len(sources))
    )
