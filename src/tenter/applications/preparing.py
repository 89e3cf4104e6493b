"""Reads and checks what is to be synced; nothing on the cluster is touched."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tenter.applications.destination import completed
from tenter.applications.state import About, KeptManifest, State
from tenter.applications.targets import read_targets
from tenter.applications.tracking import DEFAULT_TRACKING, Tracking
from tenter.applications.workplace import Workplace
from tenter.diff import check_expressions
from tenter.engine import SyncOptions, Target
from tenter.errors import SourceError
from tenter.kube.discovery import Discovery
from tenter.manifests import Document, Notice, Origin
from tenter.sources import RenderFacts, Source, load


class Prepared(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A source, read and checked.

    ``revision`` is empty where it comes from no commit. ``rendered_by`` says which programs
    rendered it, if any, and why those.
    """

    targets: list[Target]
    revision: str
    origin: str = ""
    rendered_by: str = ""
    notices: tuple[Notice, ...] = ()

    @property
    def kept(self) -> tuple[KeptManifest, ...]:
        """The targets as they are kept."""
        return kept(self.targets)


def kept(targets: Sequence[Target]) -> tuple[KeptManifest, ...]:
    """Return targets in the form in which they are kept."""
    return tuple(KeptManifest(target.manifest, target.origin) for target in targets)


def documents_of(manifests: Sequence[KeptManifest]) -> tuple[Document, ...]:
    """Return kept manifests as documents, to be checked again against today's cluster."""
    return tuple(Document(each.manifest, Origin(each.origin)) for each in manifests)


async def prepare(
    source: Source,
    workplace: Workplace,
    *,
    application: str,
    namespace: str,
    options: SyncOptions,
) -> Prepared:
    """Load ``source`` and check it. Raises the errors of sources and of bad input."""

    async def complete(facts: RenderFacts) -> RenderFacts:
        return await completed(workplace.client, facts)

    loaded = await load(
        source,
        cache=workplace.cache or None,
        facts=RenderFacts(application=application, namespace=namespace),
        complete=complete,
        settings=workplace.settings,
        kept=workplace.kept,
    )
    prepared = await prepare_documents(
        loaded.documents,
        workplace,
        application=application,
        namespace=namespace,
        options=options,
    )
    return msgspec.structs.replace(
        prepared,
        revision=loaded.revision,
        origin=loaded.origin,
        rendered_by="; ".join(loaded.rendered_by),
        notices=(*loaded.notices, *prepared.notices),
    )


async def prepare_again(workplace: Workplace, about: About, options: SyncOptions) -> Prepared:
    """Load the source of the latest sync as it is now. Raises as ``prepare``."""
    if about.source is None or about.source.address == "-":
        raise SourceError("the manifests came from standard input, which cannot be read again")
    return await prepare(
        about.source.at(about.target_revision),
        workplace,
        application=about.application,
        namespace=about.namespace,
        options=options,
    )


async def prepare_saved(workplace: Workplace, state: State, options: SyncOptions) -> Prepared:
    """Return what the latest operation works from: kept manifests, or the source at its revision.

    Raises as ``prepare``.
    """
    about = state.about
    if not state.running and about.source is not None:
        return await prepare(
            about.source.at(about.revision),
            workplace,
            application=about.application,
            namespace=about.namespace,
            options=options,
        )
    return await prepare_documents(
        documents_of(state.running),
        workplace,
        application=about.application,
        namespace=about.namespace,
        options=options,
        revision=about.revision,
    )


async def prepare_documents(
    documents: Sequence[Document],
    workplace: Workplace,
    *,
    application: str,
    namespace: str,
    options: SyncOptions,
    revision: str = "",
) -> Prepared:
    """Check documents that were read already, and the jq expressions of ``options``."""
    await workplace.client.discovery.load()
    await check_expressions(options.ignore, workplace.paths)
    return check_documents(
        documents,
        workplace.client.discovery,
        application=application,
        namespace=namespace,
        options=options,
        revision=revision,
    )


def check_documents(
    documents: Sequence[Document],
    discovery: Discovery | None,
    *,
    application: str,
    namespace: str,
    options: SyncOptions,
    revision: str = "",
    tracking: Tracking = DEFAULT_TRACKING,
) -> Prepared:
    """Check documents against what ``discovery`` knows; None where there is no cluster to ask."""
    targets, notices = read_targets(
        documents,
        application=application,
        namespace=namespace,
        options=options,
        discovery=discovery,
        tracking=tracking,
    )
    return Prepared(targets=targets, revision=revision, notices=tuple(notices))
