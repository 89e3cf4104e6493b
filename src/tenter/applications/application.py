"""An application: what to sync, where to, and how, without any CRD.

The CLI makes one of its flags; the same is read from an ``Application`` manifest, so that a file
written for Argo CD can be synced as it is. What is about a controller there (``automated``, the
project, the destination's server) does not apply to a sync that someone starts, and is told, not
obeyed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from tenter.diff import IgnoreRule, read_ignore_rules
from tenter.engine import RetryOptions, SyncOptions, read_options, read_retry
from tenter.errors import ManifestError, UsageError
from tenter.manifests import GroupKind, Manifest, Notice, Origin, group_kind_of
from tenter.sources import Source, read_sources

APPLICATION = GroupKind("argoproj.io", "Application")
RETRY_FROM = "tenter.dev/retry-from"
HISTORY_LIMIT = 10

_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
_LONGEST_NAME = 200


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """What to sync, and how. ``namespace`` is the destination's.

    ``sync_options`` are texts such as ``PruneLast=true``. Raises ``UsageError`` for a name that
    cannot name a Secret.
    """

    name: str
    source: Source
    namespace: str
    sync_options: tuple[str, ...] = ()
    retry: RetryOptions = RetryOptions()
    namespace_labels: dict[str, str] = {}
    namespace_annotations: dict[str, str] = {}
    history_limit: int = HISTORY_LIMIT
    ignore_differences: tuple[IgnoreRule, ...] = ()

    def __post_init__(self) -> None:
        check_name(self.name)

    def options(self, texts: Iterable[str] = ()) -> SyncOptions:
        """Return the options of an operation: the application's, with ``texts`` over them.

        Raises ``OptionError``.
        """
        base = SyncOptions(
            retry=self.retry,
            namespace_labels=self.namespace_labels,
            namespace_annotations=self.namespace_annotations,
            ignore=self.ignore_differences,
        )
        return read_options((*self.sync_options, *texts), base)


class ReadApplication(msgspec.Struct, frozen=True, kw_only=True):
    """An application from its manifest, with what was left out of account."""

    application: Application
    notices: tuple[Notice, ...] = ()


def check_name(name: str) -> None:
    """Raise ``UsageError`` where ``name`` cannot be an application's."""
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        raise UsageError(
            f'an application cannot be named "{name}". Use lower case letters, digits, - and ., '
            f"beginning and ending with a letter or digit, at most {_LONGEST_NAME} characters; "
            "give another with --app"
        )


def read_application(manifest: Manifest, origin: Origin | None = None) -> ReadApplication:
    """Return the application of an ``argoproj.io/v1alpha1`` Application manifest.

    Raises ``ManifestError`` where it is none or lacks what is needed, ``RenderError`` for a source
    that needs a renderer, ``OptionError``.
    """
    if group_kind_of(manifest) != APPLICATION:
        raise _error(f"this is a {manifest.get('kind')}, not an Application", origin)
    metadata = manifest.get("metadata") or {}
    spec = _mapping(manifest, "spec", origin)
    destination = _mapping(spec, "destination", origin)
    policy = _mapping(spec, "syncPolicy", origin)
    managed = _mapping(policy, "managedNamespaceMetadata", origin)
    retry = read_retry(_mapping(policy, "retry", origin))
    if (metadata.get("annotations") or {}).get(RETRY_FROM) == "failed":
        retry = msgspec.structs.replace(retry, from_failed_stage=True)
    limit = spec.get("revisionHistoryLimit")
    application = Application(
        name=metadata.get("name") or "",
        source=_source(spec, origin),
        namespace=destination.get("namespace") or "default",
        sync_options=tuple(policy.get("syncOptions") or ()),
        retry=retry,
        namespace_labels=dict(managed.get("labels") or {}),
        namespace_annotations=dict(managed.get("annotations") or {}),
        history_limit=limit if isinstance(limit, int) else HISTORY_LIMIT,
        ignore_differences=read_ignore_rules(spec.get("ignoreDifferences") or []),
    )
    notices = tuple(_notices(destination, policy, origin))
    return ReadApplication(application=application, notices=notices)


def _source(spec: Manifest, origin: Origin | None) -> Source:
    try:
        return read_sources(spec)
    except ManifestError as error:
        raise _error(str(error), origin) from error


def _notices(destination: Manifest, policy: Manifest, origin: Origin | None) -> Iterable[Notice]:
    if destination.get("server") or destination.get("name"):
        where = destination.get("server") or destination.get("name")
        yield Notice(
            f"spec.destination names the cluster {where}; this sync goes to the cluster that the "
            "command names",
            origin,
        )
    if policy.get("automated") is not None:
        yield Notice(
            "spec.syncPolicy.automated is for a controller; this is one sync. To prune, say so "
            "(--prune)",
            origin,
        )


def _mapping(parent: Manifest, field: str, origin: Origin | None) -> dict[str, Any]:
    value = parent.get(field)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _error(f"{field} must be a mapping", origin)
    return value


def _error(message: str, origin: Origin | None) -> ManifestError:
    if origin is None:
        return ManifestError(message)
    return ManifestError(message, file=origin.file, document=origin.document, line=origin.line)
