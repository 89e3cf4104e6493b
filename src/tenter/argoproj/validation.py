"""What is wrong with an Application's spec or operation, before any source or cluster is asked.

Each finding is a condition ``InvalidSpecError`` whose message says what to do. Whether a repository
can be reached, a path exists or a project allows it is found out by those who ask them.
"""

from __future__ import annotations

from collections.abc import Iterator

from tenter.argoproj.application import Application, ApplicationSpec
from tenter.argoproj.conditions import ConditionType, condition
from tenter.argoproj.operation import RetryStrategy, SyncOperation
from tenter.argoproj.shape import plain
from tenter.argoproj.source import ApplicationSource
from tenter.argoproj.status import Condition
from tenter.diff import read_ignore_rules
from tenter.engine import read_options, read_retry
from tenter.errors import OptionError


def validate(application: Application) -> tuple[Condition, ...]:
    """Return what makes the Application's spec invalid; nothing where it may be compared."""
    return tuple(
        condition(ConditionType.INVALID_SPEC, message) for message in _spec(application.spec)
    )


def option_warnings(spec: ApplicationSpec) -> tuple[str, ...]:
    """Return what of the sync options has no effect, one sentence each.

    In the controller an unknown option is a warning: the reference ignores it, and an Application
    that worked there must go on working.
    """
    return tuple(_refused(spec.sync_options, "spec.syncPolicy.syncOptions"))


def known_options(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of the options ``Name=value`` that Tenter knows, in order."""
    return tuple(text for text in texts if not any(_refused((text,), "")))


def operation_faults(sync: SyncOperation) -> tuple[str, ...]:
    """Return why an operation cannot be performed as it is written; nothing where it can."""
    faults: list[str] = []
    if sync.source is not None:
        faults += _source(sync.source, "operation.sync.source")
    for number, source in enumerate(sync.sources):
        faults += _source(source, f"operation.sync.sources[{number}]")
    if sync.revisions and sync.sources and len(sync.revisions) != len(sync.sources):
        faults.append(
            f"operation.sync has {len(sync.revisions)} revisions for {len(sync.sources)} sources; "
            "give one revision for each source, in the same order"
        )
    return tuple(faults)


def _spec(spec: ApplicationSpec) -> Iterator[str]:
    yield from _destination(spec)
    yield from _sources(spec)
    policy = spec.sync_policy
    if policy is not None and policy.retry is not None:
        yield from _retry(policy.retry)
    if spec.ignore_differences:
        try:
            read_ignore_rules([plain(rule) for rule in spec.ignore_differences])
        except OptionError as error:
            yield str(error)
    if spec.revision_history_limit is not None and spec.revision_history_limit < 0:
        yield (
            f"spec.revisionHistoryLimit is {spec.revision_history_limit}; give the number of "
            "entries to keep, or 0 for none"
        )


def _destination(spec: ApplicationSpec) -> Iterator[str]:
    destination = spec.destination
    if destination.server and destination.name:
        yield (
            f"spec.destination has both server ({destination.server}) and name "
            f"({destination.name}); give only one of them"
        )
    if not destination.server and not destination.name:
        yield (
            "spec.destination names no cluster; set server (https://kubernetes.default.svc is the "
            "cluster of the controller) or name (in-cluster)"
        )


def _sources(spec: ApplicationSpec) -> Iterator[str]:
    if spec.source_hydrator is not None and not spec.all_sources:
        yield (
            "spec.sourceHydrator is not supported; set spec.source to the branch that holds the "
            "hydrated manifests"
        )
        return
    if not spec.all_sources:
        yield "spec.source and spec.sources are both missing; set one of them"
    refs: dict[str, int] = {}
    for number, source in enumerate(spec.all_sources):
        place = f"spec.sources[{number}]" if spec.sources else "spec.source"
        yield from _source(source, place)
        if not source.ref:
            continue
        if not spec.sources:
            yield "spec.source.ref has no use with a single source; remove it, or use spec.sources"
        elif source.ref in refs:
            yield (
                f"{place}.ref is {source.ref}, as is that of spec.sources[{refs[source.ref]}]; "
                "give each its own name"
            )
        refs.setdefault(source.ref, number)


def _source(source: ApplicationSource, place: str) -> Iterator[str]:
    if not source.repo_url:
        yield f"{place}.repoURL is missing; set the URL of a Git or Helm repository"
    if source.chart and source.path:
        yield f"{place} has both path and chart; a source has one of them"
    if source.chart and not source.target_revision:
        yield f"{place}.targetRevision is missing; a chart needs a version or a range of versions"
    if source.chart and source.ref:
        yield f"{place} has both chart and ref; a ref is to a Git repository"
    if not (source.chart or source.path or source.ref):
        yield f'{place} has neither path nor chart; set path ("." is the whole repository)'
    if source.path.startswith("/"):
        yield f"{place}.path is {source.path}; write it without the leading /"
    if ".." in source.path.split("/"):
        yield f"{place}.path is {source.path}, which may leave the repository; write it without .."
    yield from _renderer(source, place)


def _renderer(source: ApplicationSource, place: str) -> Iterator[str]:
    named = {
        "helm": source.helm,
        "kustomize": source.kustomize,
        "directory": source.directory,
        "plugin": source.plugin,
    }
    used = [name for name, options in named.items() if options is not None]
    if len(used) > 1:
        yield (
            f"{place} has options for {' and '.join(used)}; a source is rendered by one of them, "
            "so remove the others"
        )
    if source.plugin is not None:
        yield (
            f"{place}.plugin is not supported, since a plugin runs programs of its own; render "
            "with Helm, Kustomize, Jsonnet or a directory instead"
        )


def _retry(retry: RetryStrategy) -> Iterator[str]:
    try:
        read_retry(plain(retry))
    except OptionError as error:
        yield f"spec.syncPolicy.{error}"


def _refused(texts: tuple[str, ...], place: str) -> Iterator[str]:
    for text in texts:
        try:
            read_options((text,))
        except OptionError as error:
            yield f"{place}: {error}; it is ignored"
