"""Render a source's files, whatever they are for: the one way in.

>>> rendered = await render(tree, options, facts)
>>> rendered.type, len(rendered.documents)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec

from tenter.errors import NoManifests
from tenter.manifests import Document
from tenter.sources.directory import read_directory
from tenter.sources.options import HelmOptions, KustomizeOptions, SourceOptions
from tenter.sources.rendering import helm, jsonnet, kustomize
from tenter.sources.rendering.cache import Renderings, key_of
from tenter.sources.rendering.facts import Complete, RenderFacts, SourceFacts, variables
from tenter.sources.rendering.io_workspace import Workspace, workspace
from tenter.sources.rendering.overrides import overridden
from tenter.sources.rendering.recognition import CHART, KUSTOMIZATIONS, SourceType, recognise
from tenter.sources.rendering.rendered import Rendered
from tenter.sources.rendering.settings import RenderSettings
from tenter.sources.tree import Tree


class Rendering(msgspec.Struct, frozen=True, kw_only=True):
    """What a rendering works with besides its files.

    ``refs`` are other sources of the application, which ``$NAME/…`` in a values file's path stands
    for. ``kept`` is where renderings are looked for first.
    """

    facts: RenderFacts = RenderFacts()
    complete: Complete | None = None
    source: SourceFacts = SourceFacts()
    settings: RenderSettings = RenderSettings()
    refs: Mapping[str, Tree] = {}
    kept: Renderings | None = None


async def render(tree: Tree, options: SourceOptions, rendering: Rendering) -> Rendered:
    """Return the objects that the files at ``tree`` make.

    ``options`` are the source's own, and those in the repository go over them. Raises
    ``RenderError`` with the renderer's own message for what does not render, ``ManifestError`` for
    what it made and is no object, ``NoManifests`` and ``SourceError``.
    """
    listing = await tree.list(recurse=False)
    if listing.single:
        return await _directory(tree, options, rendering)
    files = set(listing.files)
    top, path = tree.top, tree.prefix
    options = await overridden(top, path, files, options, rendering.facts.application)
    match recognise(files, options):
        case SourceType.KUSTOMIZE:
            rendered = await _kustomize(top, path, options.kustomize, rendering)
            told = next((name for name in KUSTOMIZATIONS if name in files), "")
        case SourceType.HELM:
            rendered, told = await _helm(top, path, options.helm, rendering), CHART
        case _:
            return await _directory(tree, options, rendering)
    if not rendered.documents:
        raise NoManifests(
            f"no manifests: rendered by {rendered.program}, as it holds {told}, it gives none",
            file=tree.name(""),
        )
    return msgspec.structs.replace(rendered, program=f"{rendered.program}, as it holds {told}")


async def _kustomize(
    top: Tree, path: str, options: KustomizeOptions, rendering: Rendering
) -> Rendered:
    facts, settings = rendering.facts, rendering.settings
    values = variables(facts, rendering.source)
    overlay = await kustomize.read_overlay(top, path, options, settings)
    if overlay.inflates and rendering.complete is not None:
        facts = await rendering.complete(facts)

    async def build(place: Workspace) -> Rendered:
        return await kustomize.build(
            top, overlay, place, facts=facts, values=values, settings=settings
        )

    key = key_of(overlay.contents, path, overlay.options, facts, values, settings, top.name(""))
    return await _once(rendering, key, build)


async def _helm(top: Tree, path: str, options: HelmOptions, rendering: Rendering) -> Rendered:
    facts, settings = rendering.facts, rendering.settings
    if rendering.complete is not None:
        facts = await rendering.complete(facts)
    values = variables(facts, rendering.source)
    chart = await helm.read_chart(top, path, options, refs=rendering.refs, variables=values)

    async def template(place: Workspace) -> Rendered:
        return await helm.template(
            top, chart, place, facts=facts, variables=values, settings=settings
        )

    files = (chart.values, chart.files)
    key = key_of(chart.contents, path, options, files, facts, values, settings, top.name(""))
    return await _once(rendering, key, template)


async def _once(
    rendering: Rendering, key: str, make: Callable[[Workspace], Awaitable[Rendered]]
) -> Rendered:
    """Return what is kept under ``key``, or else what ``make`` makes, which is kept then."""
    kept = rendering.kept
    found = kept.find(key) if kept is not None else None
    if found is None:
        async with workspace() as place:
            found = await make(place)
        if kept is not None:
            kept.keep(key, found)
    return found


async def _directory(tree: Tree, options: SourceOptions, rendering: Rendering) -> Rendered:
    async def evaluate(files: Sequence[str]) -> Sequence[Sequence[Document]]:
        return await jsonnet.evaluate(
            tree,
            files,
            options.directory.jsonnet,
            variables(rendering.facts, rendering.source),
            rendering.settings,
        )

    documents, notices = await read_directory(tree, options.directory, evaluate)
    return Rendered(type=SourceType.DIRECTORY, documents=tuple(documents), notices=tuple(notices))
