"""The keywords of ``sync`` and ``plan``, and the application and options that they make.

A keyword that is left out leaves things to the Application manifest, where one is synced, and to
the defaults otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias, TypedDict

import msgspec

from tenter.applications.application import Application, read_application
from tenter.applications.io_places import working_directory
from tenter.applications.requests import SyncRequest
from tenter.engine import Selected, read_duration, write_duration
from tenter.errors import OptionError, UsageError
from tenter.library.ignore_file import ignore_rules_in
from tenter.library.io_files import read_text
from tenter.library.naming import application_name
from tenter.library.source_keywords import SourceKeywords, named_source, source_with
from tenter.manifests import read_documents
from tenter.sources import (
    ChartSource,
    GitSource,
    LocalSource,
    SeveralSources,
    Source,
)

SourceLike: TypeAlias = str | Path | Source | Application
"""A folder, a file, a repository's address, ``-``; or one of the structs that say it exactly."""


class PlaceKeywords(TypedDict, total=False):
    """Where an application is, and how its health is judged; all of it optional.

    ``namespace``: the destination, by default the cluster's default one. ``state_namespace``:
    where its record is kept, by default the destination. ``health_scripts``: a folder of Lua
    checks, or a file with an ``argocd-cm`` ConfigMap.
    """

    namespace: str | None
    state_namespace: str | None
    health_scripts: str | Path | None


class SyncKeywords(PlaceKeywords, SourceKeywords, total=False):
    """What may be said of a sync besides its place, all of it optional.

    ``application``: its name, by default that of the folder, file or repository.

    ``prune``: delete what the source no longer has. ``dry_run``: let the server check, change
    nothing. ``resources``: sync only these. ``with_hooks``: run hooks also then.
    ``sync_options``: texts such as ``PruneLast=true``. ``retry_limit``: how often to try again;
    negative is for ever. ``timeout``: seconds, or a text such as ``10m``. ``confirm_prune``:
    approve prunes that ask for it. ``adopt``: take over an application of another source.
    ``keep_manifests``: keep them for a rollback without Git. ``create_namespace``: create the
    destination. ``ignore_differences``: a file with rules of which differences are left alone,
    beside the Application's own.
    """

    application: str | None
    prune: bool
    dry_run: bool
    resources: Sequence[Selected]
    with_hooks: bool
    sync_options: Sequence[str]
    retry_limit: int | None
    timeout: float | str | None
    confirm_prune: bool
    adopt: bool
    keep_manifests: bool
    create_namespace: bool
    ignore_differences: str | Path | None


def application_of(
    source: SourceLike, keywords: SyncKeywords, default_namespace: str
) -> Application:
    """Return the application that ``source`` and ``keywords`` mean.

    Raises UsageError, SourceError.
    """
    name, namespace = keywords.get("application"), keywords.get("namespace")
    if isinstance(source, Application):
        changed = {"name": name, "namespace": namespace}
        given = {field: value for field, value in changed.items() if value}
        application = msgspec.structs.replace(source, **given)
        where: Source = source_with(application.source, keywords)
        return msgspec.structs.replace(application, source=where)
    if isinstance(source, LocalSource | GitSource | ChartSource | SeveralSources):
        where = source_with(source, keywords)
    else:
        where = named_source(str(source), keywords)
    return Application(
        name=name or application_name(where, working_directory()),
        source=where,
        namespace=namespace or default_namespace,
    )


def application_file(file: str | Path) -> tuple[Application, list[str]]:
    """Return the application that an Application manifest describes, and notices about it.

    Raises SourceError, UsageError where the file does not hold exactly one Application, and
    ManifestError where that one cannot be read.
    """
    documents = read_documents(read_text(file), str(file))
    kinds = [document.manifest.get("kind") for document in documents]
    if kinds != ["Application"]:
        held = f"a {kinds[0]}" if len(kinds) == 1 else f"{len(kinds)} objects"
        name = " --app NAME" if str(file) == "-" else ""
        raise UsageError(
            f"{file} holds {held}; -f takes a file with one Application. To sync the objects of a "
            f"file, leave out -f: tenter sync {file}{name}"
        )
    read = read_application(documents[0].manifest, documents[0].origin)
    notices = [*documents[0].notices, *read.notices]
    return read.application, [str(notice) for notice in notices]


def request_of(application: Application, keywords: SyncKeywords) -> SyncRequest:
    """Return what is asked for with one sync; raises OptionError, SourceError."""
    file = keywords.get("ignore_differences")
    if file is not None:
        rules = (*application.ignore_differences, *ignore_rules_in(file))
        application = msgspec.structs.replace(application, ignore_differences=rules)
    texts = list(keywords.get("sync_options") or ())
    if keywords.get("with_hooks"):
        texts.append("SelectiveHooks=true")
    seconds = _seconds(keywords.get("timeout"))
    if seconds is not None:
        texts.append(f"SyncTimeout={write_duration(seconds)}")
    limit = keywords.get("retry_limit")
    if limit is not None:
        retry = msgspec.structs.replace(application.retry, limit=limit)
        application = msgspec.structs.replace(application, retry=retry)
    return SyncRequest(
        application=application,
        options=tuple(texts),
        prune=bool(keywords.get("prune")),
        dry_run=bool(keywords.get("dry_run")),
        selection=tuple(keywords.get("resources") or ()),
        create_namespace=bool(keywords.get("create_namespace")),
        adopt=bool(keywords.get("adopt")),
        keep_manifests=bool(keywords.get("keep_manifests")),
        state_namespace=keywords.get("state_namespace") or "",
    )


def _seconds(timeout: float | str | None) -> float | None:
    if timeout is None or isinstance(timeout, int | float):
        return timeout
    seconds = read_duration(timeout)
    if seconds is None or not re.search(r"[1-9]", timeout):
        raise OptionError(
            f'the timeout "{timeout}" is no duration above zero. Write it as 90s, 10m or 1h30m.'
        )
    return seconds
