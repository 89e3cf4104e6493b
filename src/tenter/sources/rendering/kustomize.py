"""Build a kustomization with the ``kustomize`` program, or ``kubectl kustomize`` where it is none.

Only the folders that the kustomization builds from are copied, which reading it tells; the same
reading refuses what would be fetched from elsewhere, unless that is allowed.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import msgspec

from tenter.errors import RenderError, SourceError
from tenter.manifests import Document, Notice, Origin, cleaned, read_documents
from tenter.sources.options import KustomizeOptions
from tenter.sources.rendering.facts import RenderFacts
from tenter.sources.rendering.gathering import gather, is_within, joined
from tenter.sources.rendering.io_program import ProgramFailed, find_program, run_program
from tenter.sources.rendering.io_workspace import Workspace
from tenter.sources.rendering.kustomization import (
    ORIGIN,
    chart_folder,
    edited,
    folders,
    is_remote,
    references,
    with_origins,
)
from tenter.sources.rendering.mapping import read_mapping
from tenter.sources.rendering.recognition import KUSTOMIZATIONS, SourceType
from tenter.sources.rendering.rendered import Rendered, decoded, in_messages
from tenter.sources.rendering.settings import RenderSettings
from tenter.sources.tree import Listing, Tree

HELM = "install it from https://helm.sh/docs/intro/install"
INSTALL = (
    "install it from https://kubectl.docs.kubernetes.io/installation/kustomize, or install "
    "kubectl, which has it built in"
)
_MAX_FOLDERS = 500


class Overlay(msgspec.Struct, frozen=True, kw_only=True):
    """A kustomization with all that it builds from: what is rendered, and a part of its key.

    ``path`` is its folder from the repository's top, and ``file`` its file there. ``contents`` are
    all files by their paths. ``remote`` tells that something is to be fetched, ``inflates`` that
    there are Helm charts in it.
    """

    path: str
    file: str
    contents: dict[str, bytes]
    options: KustomizeOptions
    remote: bool = False
    inflates: bool = False


async def read_overlay(
    top: Tree, path: str, options: KustomizeOptions, settings: RenderSettings
) -> Overlay:
    """Return the kustomization at ``path`` of the repository ``top``.

    Raises ``RenderError`` for one that leads out of the repository or to another one that may not
    be fetched, and ``SourceError``.
    """
    options = await _with_components(top, path, options)
    walk = _Walk(top, settings)
    await walk.follow(path, options.components)
    own = walk.kustomizations.get(path)
    if own is None:
        raise RenderError(
            f"{top.name(path)}: source.kustomize is for a folder with one of "
            f"{', '.join(KUSTOMIZATIONS)}, which this is not"
        )
    for patch in options.patches:
        walk.check("patches.path", patch.path, path, "source.kustomize")
    whole = "LoadRestrictionsNone" in " ".join(settings.kustomize_build_options)
    contents = await gather(top, [""] if whole else walk.roots)
    beside = [file for file in walk.files if file not in contents]
    contents.update(zip(beside, await top.read(beside), strict=True))
    return Overlay(
        path=path,
        file=own,
        contents=contents,
        options=options,
        remote=walk.remote,
        inflates=walk.inflates,
    )


async def build(
    top: Tree,
    overlay: Overlay,
    workspace: Workspace,
    *,
    facts: RenderFacts,
    values: Mapping[str, str],
    settings: RenderSettings,
) -> Rendered:
    """Return what ``overlay`` builds. Raises ``RenderError`` with Kustomize's own message."""
    options, contents = overlay.options, dict(overlay.contents)
    file = posixpath.join(overlay.path, overlay.file)
    own = read_mapping(contents[file], top.name(file))
    kept_origins = True
    if own is not None:
        own, kept_origins = with_origins(edited(own, options, values))
        contents[file] = json.dumps(own).encode()
    await workspace.write(contents)
    command = _command(options.version)
    arguments = [*command, str(workspace.files / overlay.path), *settings.kustomize_build_options]
    if overlay.inflates:
        arguments += await _inflating(workspace, options, facts)
    what = f"cannot build {top.name(overlay.path)}"
    try:
        printed = await run_program(
            arguments,
            what=what,
            directory=workspace.files,
            environment=workspace.environment(network=overlay.remote),
            settings=settings,
            network=overlay.remote,
        )
    except ProgramFailed as error:
        said = _said(error.complaint)
        shown = top.name("")
        places = {
            f"{workspace.files}/": "" if shown == "." else f"{shown.rstrip('/')}/",
            str(workspace.files): shown,
        }
        raise RenderError(f"{what}: {in_messages(said, places)}") from error
    documents = [
        _placed(document, top, overlay, kept_origins=kept_origins)
        for document in read_documents(decoded(printed.output, what), top.name(overlay.path))
    ]
    return Rendered(
        type=SourceType.KUSTOMIZE,
        documents=tuple(documents),
        notices=tuple(
            Notice(line.removeprefix("# Warning:").strip(), Origin(top.name(file)))
            for line in printed.complaints.splitlines()
            if line.startswith("# Warning:")
        ),
        program="kubectl kustomize" if command[-1] == "kustomize" else "kustomize",
    )


def _said(complaint: str) -> str:
    """Return Kustomize's error, without the log line that ``kubectl`` writes it in."""
    logged = re.search(r'"command failed" err="((?:[^"\\]|\\.)*)"', complaint)
    text = logged[1].replace('\\"', '"').replace("\\n", "\n") if logged else complaint
    return text.removeprefix("Error: ").removeprefix("error: ")


def _placed(document: Document, top: Tree, overlay: Overlay, *, kept_origins: bool) -> Document:
    """Return ``document`` with the file that it came from, as the origin annotation has it."""
    metadata = document.manifest["metadata"]
    annotations = dict(metadata.get("annotations") or {})
    origin = annotations.get(ORIGIN, "")
    place = Origin(_file_of(origin, top, overlay))
    manifest = document.manifest
    if ORIGIN in annotations and not kept_origins:
        del annotations[ORIGIN]
        metadata = {**metadata, "annotations": annotations}
        if not annotations:
            del metadata["annotations"]
        manifest = {**manifest, "metadata": metadata}
    notices = tuple(Notice(notice.message, place) for notice in document.notices)
    return cleaned(Document(manifest, place, notices))


def _file_of(origin: str, top: Tree, overlay: Overlay) -> str:
    """Read ``path: ../base/job.yaml``, or ``configuredIn:`` for what a generator made."""
    facts = dict(line.split(": ", 1) for line in origin.splitlines() if ": " in line)
    if "repo" in facts:
        return f"{facts['repo']} {facts.get('path', '')}".strip()
    path = facts.get("path") or facts.get("configuredIn") or overlay.file
    return top.name(posixpath.normpath(posixpath.join(overlay.path, path)))


def _command(version: str) -> list[str]:
    """Return the program that builds, with what tells it to."""
    if version:
        named = find_program(f"kustomize-{version}", f"kustomize-{version.removeprefix('v')}")
        if named is None:
            raise RenderError(
                f"source.kustomize.version asks for {version}, and there is no program "
                f"kustomize-{version} on the path. Install it by that name, or leave the version "
                "out"
            )
        return [named, "build"]
    program = find_program("kustomize")
    if program is not None:
        return [program, "build"]
    program = find_program("kubectl")
    if program is None:
        raise RenderError(
            f"building a kustomization needs the program kustomize, which is not on the path; "
            f"{INSTALL}"
        )
    return [program, "kustomize"]


async def _inflating(
    workspace: Workspace, options: KustomizeOptions, facts: RenderFacts
) -> list[str]:
    """Return the arguments that let Kustomize inflate charts, by a Helm that finds no plugins."""
    helm = find_program("helm")
    if helm is None:
        raise RenderError(f"the kustomization has helmCharts, which need the program helm; {HELM}")
    await workspace.offer({"helm": helm})
    arguments = ["--enable-helm", "--helm-command", helm]
    version = options.kube_version or facts.kube_version
    if version:
        arguments += ["--helm-kube-version", version]
    for each in options.api_versions or facts.api_versions:
        arguments += ["--helm-api-versions", each]
    return arguments


async def _with_components(top: Tree, path: str, options: KustomizeOptions) -> KustomizeOptions:
    """Leave out components that are missing, where the source says to."""
    if not options.ignore_missing_components:
        return options
    present = []
    for component in options.components:
        try:
            await top.list(
                recurse=False,
                under=joined(path, component, what="source.kustomize.components"),
            )
        except SourceError:
            continue
        present.append(component)
    return msgspec.structs.replace(options, components=tuple(present))


class _Walk:
    """Reads kustomizations, each folder once, from one to those it builds from."""

    def __init__(self, top: Tree, settings: RenderSettings) -> None:
        self._top = top
        self._settings = settings
        self.kustomizations: dict[str, str] = {}
        self.roots: list[str] = []
        self.files: list[str] = []
        self.remote = False
        self.inflates = False

    async def follow(self, path: str, components: tuple[str, ...]) -> None:
        """Follow the kustomization at ``path``, to which ``components`` are added."""
        pending = [path]
        while pending:
            folder = pending.pop()
            if folder in self.roots:
                continue
            self.roots.append(folder)
            if len(self.roots) > _MAX_FOLDERS:
                raise RenderError(
                    f"{self._top.name(path)} builds from more than {_MAX_FOLDERS} folders"
                )
            listing = await self._top.list(recurse=True, under=folder)
            read = await self._read(folder, listing)
            if folder == path and components:
                read["components"] = [*(read.get("components") or []), *components]
            pending += [each async for each in self._next(folder, read, listing)]

    async def _read(self, folder: str, listing: Listing) -> dict[str, Any]:
        for name in KUSTOMIZATIONS:
            file = posixpath.join(folder, name)
            if file in listing.files:
                self.kustomizations[folder] = name
                (content,) = await self._top.read([file])
                return read_mapping(content, self._top.name(file)) or {}
        return {}

    async def _next(
        self, folder: str, read: Mapping[str, Any], listing: Listing
    ) -> AsyncIterator[str]:
        name = self._top.name(posixpath.join(folder, self.kustomizations.get(folder, "")))
        files = set(listing.files)
        inner = {parent for file in files for parent in _parents(file)} | set(listing.linked)
        for field, text in references(read):
            self.check(field, text, folder, name)
        charts = chart_folder(read)
        if charts is not None:
            self.inflates = True
            beside = joined(folder, charts, what=f"{name}: helmGlobals.chartHome")
            if not is_within(beside, folder):
                self.roots.append(beside)
        for field, text in folders(read):
            if is_remote(text):
                continue
            place = joined(folder, text, what=f"{name}: {field}")
            if place in files:
                continue
            if place in inner or (not is_within(place, folder) and await self._is_folder(place)):
                yield place
            elif not is_within(place, folder) and await self._is_file(place):
                # Kustomize refuses a file that is not its own; it shall be the one to say so.
                self.files.append(place)

    def check(self, field: str, text: str, folder: str, name: str) -> None:
        """Refuse a reference that is fetched, unless it may be, or that leaves the repository."""
        if is_remote(text):
            if not self._settings.remote_bases:
                raise RenderError(
                    f"{name}: {field} names {text}, which is fetched from elsewhere, and that is "
                    "not allowed here. Copy it into the repository, or allow it "
                    "(--allow-remote-bases)"
                )
            self.remote = True
        elif not text.startswith("/"):
            joined(folder, text, what=f"{name}: {field}")

    async def _is_folder(self, place: str) -> bool:
        try:
            await self._top.list(recurse=False, under=place)
        except SourceError:
            return False
        return True

    async def _is_file(self, place: str) -> bool:
        try:
            await self._top.read([place])
        except SourceError:
            return False
        return True


def _parents(file: str) -> Iterator[str]:
    while file:
        file = posixpath.dirname(file)
        yield file
