"""Render a chart with ``helm template``, on a copy of it and of what it depends on.

Helm is given what the destination is (its version, the APIs it serves), because charts ask. It
reaches the network only to build dependencies from a repository, and to read a values file that is
an address.
"""

from __future__ import annotations

import functools
import posixpath
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from tenter.errors import RenderError, SourceError
from tenter.manifests import Notice, Origin
from tenter.sources.options import HelmOptions
from tenter.sources.rendering.crd_install import carried, restored
from tenter.sources.rendering.facts import RenderFacts, substituted
from tenter.sources.rendering.gathering import gather, joined
from tenter.sources.rendering.helm_arguments import (
    INLINE_VALUES,
    inline_values,
    template_arguments,
)
from tenter.sources.rendering.helm_output import documents_of
from tenter.sources.rendering.io_program import ProgramFailed, find_program, run_program
from tenter.sources.rendering.io_workspace import Workspace
from tenter.sources.rendering.mapping import read_mapping
from tenter.sources.rendering.recognition import CHART, SourceType
from tenter.sources.rendering.rendered import Rendered, decoded, in_messages
from tenter.sources.rendering.settings import RenderSettings
from tenter.sources.repositories import check_address
from tenter.sources.tree import Tree

INSTALL = "install it from https://helm.sh/docs/intro/install"
_MISSING_DEPENDENCIES = "but missing in charts/ directory"
_DROPPED = re.compile(r"""skipping unknown hooks?"?(?: hookTypes=|: )"?([^"\n]+)""")
_REFERRED = re.compile(r"\$([A-Za-z0-9_-]+)/(.*)")
"""A file of another source, ``$values/prod.yaml``; variables may be written so as well."""
_LOCAL = "file://"
_MAX_CHARTS = 100
_ADVICE = ("Use --debug flag", "helm.go:", "try 'helm repo update'")


class Values(msgspec.Struct, frozen=True, kw_only=True):
    """A values or parameter file: an address that Helm reads, or else its content and name."""

    address: str = ""
    content: bytes = b""
    name: str = ""


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """A chart with all that it is rendered from: what is rendered, and a part of its key.

    ``path`` is its folder from the repository's top. ``values`` are in Helm's order, ``files``
    those of parameters by their paths in ``options``.
    """

    path: str
    contents: dict[str, bytes]
    options: HelmOptions
    values: tuple[Values, ...]
    files: dict[str, Values]

    @property
    def network(self) -> bool:
        """Whether Helm itself reads an address."""
        return any(each.address for each in (*self.values, *self.files.values()))


async def read_chart(
    top: Tree,
    path: str,
    options: HelmOptions,
    *,
    refs: Mapping[str, Tree],
    variables: Mapping[str, str],
) -> Chart:
    """Return the chart at ``path`` of the repository ``top``.

    ``refs`` are the repositories that ``$NAME/…`` in a path stands for, ``variables`` the build
    environment. Raises ``RenderError`` for files that are missing or outside of the repository,
    and ``SourceError``.
    """
    files = _Files(top, path, refs, variables)
    values = []
    for file in options.value_files:
        found = await files.find(file, "source.helm.valueFiles")
        if found is not None:
            values.append(found)
        elif not options.ignore_missing_value_files:
            raise RenderError(
                f"source.helm.valueFiles: there is no {file} for {top.name(path)}; check the path, "
                "or set ignoreMissingValueFiles"
            )
    inline = inline_values(options)
    if inline is not None:
        values.append(Values(content=inline, name=INLINE_VALUES))
    parameters = {}
    for parameter in options.file_parameters:
        found = await files.find(parameter.path, "source.helm.fileParameters")
        if found is None:
            raise RenderError(
                f"source.helm.fileParameters: there is no {parameter.path} for {top.name(path)}; "
                "check the path"
            )
        parameters[parameter.path] = found
    return Chart(
        path=path,
        contents=await gather(top, await _folders(top, path)),
        options=options,
        values=tuple(values),
        files=parameters,
    )


async def template(
    top: Tree,
    chart: Chart,
    workspace: Workspace,
    *,
    facts: RenderFacts,
    variables: Mapping[str, str],
    settings: RenderSettings,
) -> Rendered:
    """Return what ``chart`` renders to. Raises ``RenderError`` with Helm's own message."""
    helm = find_program("helm")
    if helm is None:
        raise RenderError(
            f"{top.name(chart.path)} is a Helm chart, which needs the program helm, and it is not "
            f"on the path; {INSTALL}"
        )
    await workspace.write(carried(chart.contents))
    work = _Work(helm, top, chart, workspace, settings)
    value_files = [await work.place(each, f"values-{n}") for n, each in enumerate(chart.values)]
    files = {
        path: await work.place(each, f"file-{n}")
        for n, (path, each) in enumerate(chart.files.items())
    }
    arguments = template_arguments(
        chart.options, facts, variables, value_files=value_files, files=files
    )
    command = ["template", ".", *arguments]
    try:
        output = await work.run(command, network=chart.network)
    except ProgramFailed as error:
        if _MISSING_DEPENDENCIES not in error.complaint:
            raise
        await work.build_dependencies()
        output = await work.run(command, network=chart.network)
    text = decoded(output, work.what)

    @functools.cache
    def file_of(template: str) -> str:
        return top.name(posixpath.join(chart.path, template))

    found = documents_of(text, file_of)
    return Rendered(
        type=SourceType.HELM,
        documents=tuple(restored(document) for document in found),
        notices=tuple(work.notices),
        program="helm",
    )


class _Files:
    """Finds the files that options name: beside the chart, in another source, at an address."""

    def __init__(
        self, top: Tree, path: str, refs: Mapping[str, Tree], variables: Mapping[str, str]
    ) -> None:
        self._top = top
        self._path = path
        self._refs = refs
        self._variables = variables

    async def find(self, file: str, field: str) -> Values | None:
        """Return the file, None where there is none; raises as ``read_chart``."""
        tree, folder, inner = self._top, self._path, file
        named = _REFERRED.match(file)
        if named and named[1] in self._refs:
            tree, folder, inner = self._refs[named[1]].top, "", named[2]
        elif named and named[1] not in self._variables:
            raise RenderError(
                f"{field}: {file} is of the source with ref: {named[1]}, and there is none; the "
                f"refs are: {', '.join(self._refs) or 'none'}"
            )
        if tree is self._top:
            inner = substituted(file, self._variables)
        if "://" in inner:
            check_address(inner, f"{field}: {inner}")
            return Values(address=inner, name=inner)
        place = joined(folder, inner, what=field)
        parent = posixpath.dirname(place)
        try:
            listing = await tree.list(recurse=False, under=parent)
        except SourceError:
            return None
        if place not in listing.files:
            return None
        (content,) = await tree.read([place])
        return Values(content=content, name=tree.name(place))


async def _folders(top: Tree, path: str) -> list[str]:
    """Return the folders of the chart and of those that it depends on by their paths."""
    found: list[str] = []
    pending = [path]
    while pending:
        folder = pending.pop()
        if folder in found:
            continue
        found.append(folder)
        if len(found) > _MAX_CHARTS:
            raise RenderError(f"{top.name(path)} depends on more than {_MAX_CHARTS} charts")
        for dependency in await _dependencies(top, folder):
            repository = dependency.get("repository")
            if isinstance(repository, str) and repository.startswith(_LOCAL):
                what = f"{top.name(posixpath.join(folder, CHART))}: dependencies"
                pending.append(joined(folder, repository.removeprefix(_LOCAL), what=what))
    return found


async def _dependencies(top: Tree, folder: str) -> list[dict[str, Any]]:
    file = posixpath.join(folder, CHART)
    try:
        (content,) = await top.read([file])
    except SourceError as error:
        raise RenderError(
            f"{top.name(folder)} is no Helm chart: it has no {CHART} ({error})"
        ) from error
    chart = read_mapping(content, top.name(file)) or {}
    dependencies = chart.get("dependencies")
    listed = dependencies if isinstance(dependencies, list) else []
    return [each for each in listed if isinstance(each, dict)]


class _Work:
    """Helm at work in a workspace."""

    def __init__(
        self, helm: str, top: Tree, chart: Chart, workspace: Workspace, settings: RenderSettings
    ) -> None:
        self._helm = helm
        self._top = top
        self._chart = chart
        self._workspace = workspace
        self._settings = settings
        self._folder = workspace.files / chart.path
        self._names: dict[str, str] = {}
        self.notices: list[Notice] = []
        self.what = f"cannot render the chart {top.name(chart.path)}"

    async def place(self, values: Values, name: str) -> str:
        """Return where Helm finds a file, which is written there if it is not an address."""
        if values.address:
            return values.address
        await self._workspace.write({name: values.content}, self._workspace.beside)
        place = str(self._workspace.beside / name)
        self._names[place] = values.name
        return place

    async def run(self, arguments: list[str], *, network: bool, given: bytes = b"") -> bytes:
        """Run Helm in the chart's folder; its complaints are raised in the user's own names."""
        try:
            printed = await run_program(
                [self._helm, *arguments],
                what=self.what,
                directory=self._folder,
                environment=self._workspace.environment(network=network),
                settings=self._settings,
                network=network,
                given=given,
            )
        except ProgramFailed as error:
            raise ProgramFailed(self.what, self._said(error.complaint), 1) from error
        dropped = dict.fromkeys(_DROPPED.findall(printed.complaints))
        self.notices = [
            Notice(
                f"Helm knows no hook of type {types.replace(',', ', ')}, and left out what has it",
                Origin(self._top.name(self._chart.path)),
            )
            for types in dropped
        ]
        return printed.output

    async def build_dependencies(self) -> None:
        """Fetch, or copy, the charts that this one depends on, as its lock file says."""
        dependencies = await _dependencies(self._top, self._chart.path)
        addresses = [
            address
            for each in dependencies
            if isinstance(address := each.get("repository"), str) and address
        ]
        remote = [address for address in addresses if not address.startswith(_LOCAL)]
        for address in remote:
            check_address(address, f"{self._top.name(self._chart.path)}: dependencies")
        for number, address in enumerate(dict.fromkeys(remote)):
            await self._enter(address, f"repository-{number}")
        await self.run(["dependency", "build", "."], network=bool(remote))

    async def _enter(self, address: str, name: str) -> None:
        """Make Helm known to a repository that needs credentials; others it finds by itself."""
        for each in self._settings.credentials:
            if not each.covers(address):
                continue
            secret = ["--username", each.username, "--password-stdin"]
            if address.startswith("oci://"):
                command = ["registry", "login", urlsplit(address).netloc, *secret]
            else:
                command = ["repo", "add", name, address, *secret]
                if self._chart.options.pass_credentials:
                    command.append("--pass-credentials")
            await self.run(command, network=True, given=each.password.encode())
            return

    def _said(self, complaint: str) -> str:
        lines = [
            line.removeprefix("Error: ")
            for line in complaint.splitlines()
            if line.strip() and not line.startswith(_ADVICE) and not line.startswith("level=WARN")
        ]
        shown, slash = self._top.name(self._chart.path), "/" if self._chart.path else ""
        places = {
            **self._names,
            f"{self._folder}{slash}": f"{shown}/",
            str(self._folder): shown,
            f"{self._workspace.files}/": "",
        }
        return in_messages("\n".join(lines), places)
