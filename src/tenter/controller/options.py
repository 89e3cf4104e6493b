"""The sync options of an Application, and of one operation on it. Pure.

Unknown options are left out here; a condition tells of them.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tenter.argoproj import (
    ApplicationSpec,
    NamespaceMetadata,
    Operation,
    RetryStrategy,
    SyncOperation,
    governing_options,
    governing_retry,
    known_options,
    plain,
)
from tenter.diff import IgnoreRule, read_ignore_rules
from tenter.engine import RetryOptions, Selected, SyncOptions, read_options, read_retry

RETRY_FROM = "tenter.dev/retry-from"


def spec_options(spec: ApplicationSpec, ignore: Iterable[IgnoreRule] = ()) -> SyncOptions:
    """Return the options of the Application itself.

    ``ignore`` are the settings' rules. Raises ``OptionError`` for what validation refuses.
    """
    rules = read_ignore_rules([plain(rule) for rule in spec.ignore_differences])
    managed = (
        spec.sync_policy.managed_namespace_metadata if spec.sync_policy else None
    ) or NamespaceMetadata()
    base = SyncOptions(
        retry=_retry(spec.retry),
        namespace_labels=managed.labels,
        namespace_annotations=managed.annotations,
        ignore=(*rules, *ignore),
    )
    return read_options(known_options(spec.sync_options), base)


def operation_options(
    spec: ApplicationSpec,
    operation: Operation,
    annotations: dict[str, str],
    ignore: Iterable[IgnoreRule] = (),
) -> SyncOptions:
    """Return the options of an operation: its own, else the Application's. Raises as above."""
    sync = operation.sync or SyncOperation()
    of_spec = spec_options(spec, ignore)
    bare = SyncOptions(
        namespace_labels=of_spec.namespace_labels,
        namespace_annotations=of_spec.namespace_annotations,
        ignore=of_spec.ignore,
    )
    options = read_options(known_options(governing_options(operation, spec)), bare)
    retry = governing_retry(operation, spec)
    if annotations.get(RETRY_FROM) == "failed":
        retry = msgspec.structs.replace(retry, from_failed_stage=True)
    strategy = sync.sync_strategy
    without_hooks = strategy is not None and strategy.apply is not None and strategy.hook is None
    return msgspec.structs.replace(
        options,
        retry=retry,
        prune=sync.prune,
        dry_run=sync.dry_run,
        force=sync.force,
        run_hooks=not without_hooks,
    )


def selection_of(operation: Operation) -> tuple[Selected, ...]:
    """Return the resources that the operation is limited to; none where it is for all."""
    return tuple(
        Selected(group=each.group, kind=each.kind, name=each.name, namespace=each.namespace)
        for each in (operation.sync.resources if operation.sync else ())
    )


def _retry(strategy: RetryStrategy | None) -> RetryOptions:
    return read_retry(plain(strategy)) if strategy is not None else RetryOptions()
