"""Evaluate Jsonnet files with the ``jsonnet`` package, in a process that can be killed.

The process has no access to files: an import is a question to this one, which answers it from the
source's tree, so that no import leaves the repository.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tenter.errors import RenderError, SourceError
from tenter.manifests import Document, Origin, cleaned, read_documents
from tenter.sources.options import JsonnetOptions, Variable
from tenter.sources.rendering.facts import substituted
from tenter.sources.rendering.io_jsonnet import JsonnetProcess
from tenter.sources.rendering.jsonnet_wire import Found, Program
from tenter.sources.rendering.settings import RenderSettings
from tenter.sources.tree import Tree

SUFFIX = ".jsonnet"


async def evaluate(
    tree: Tree,
    files: Sequence[str],
    options: JsonnetOptions,
    variables: Mapping[str, str],
    settings: RenderSettings,
) -> list[list[Document]]:
    """Return the objects that each of the Jsonnet ``files`` of ``tree`` evaluates to.

    A file gives one object or a list of them, as in Argo CD. Libraries are looked for from the
    repository's top. Raises ``RenderError`` with Jsonnet's own message.
    """
    evaluated: list[list[Document]] = []
    imports = _Imports(tree, options.libs)
    # Of a tree that is one file, the prefix is that file's own path.
    single = (await tree.list(recurse=False)).single
    folder = posixpath.dirname(tree.prefix) if single else tree.prefix
    async with JsonnetProcess(settings) as process:
        for file, content in zip(files, await tree.read(files), strict=True):
            program = Program(
                file=posixpath.join(folder, file),
                text=content.decode(errors="replace"),
                ext_vars=_texts(options.ext_vars, variables, code=False),
                ext_codes=_texts(options.ext_vars, variables, code=True),
                tla_vars=_texts(options.tlas, variables, code=False),
                tla_codes=_texts(options.tlas, variables, code=True),
            )
            name = tree.name(file)
            answer = await process.evaluate(program, name, imports.find)
            evaluated.append(_documents(answer, name))
    return evaluated


class _Imports:
    """Finds what is imported: beside the file that imports, then in the libraries, in order."""

    def __init__(self, tree: Tree, libs: Sequence[str]) -> None:
        self._tree = tree.top
        self._libs = libs

    async def find(self, folder: str, path: str) -> Found:
        """Return the file, with what is wrong where there is none."""
        tried = []
        for place in (folder, *self._libs):
            found = posixpath.normpath(posixpath.join(place, path))
            if found.startswith(("../", "/")) or found == "..":
                return Found(error=f"{path} leads out of the repository; keep imports within")
            tried.append(found)
            try:
                (content,) = await self._tree.read([found])
            except SourceError:
                continue
            return Found(path=found, text=content.decode(errors="replace"))
        return Found(error=f"there is none of {', '.join(tried)} in the repository")


def _texts(
    given: Sequence[Variable], variables: Mapping[str, str], *, code: bool
) -> dict[str, str]:
    return {each.name: substituted(each.value, variables) for each in given if each.code is code}


def _documents(answer: str, name: str) -> list[Document]:
    try:
        value: Any = msgspec.json.decode(answer)
    except msgspec.DecodeError as error:
        raise RenderError(f"{name}: the result is no JSON: {error}") from error
    values = value if isinstance(value, list) else [value]
    documents = []
    for each in values:
        # Through the reader, as all else that is read: it refuses what is no object, by its file.
        text = msgspec.json.encode(each).decode()
        documents += [
            cleaned(msgspec.structs.replace(document, origin=Origin(name)))
            for document in read_documents(text, name + ".json")
        ]
    return documents
