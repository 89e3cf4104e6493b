"""Manifests from a directory of plain YAML, JSON and Jsonnet files.

A chart or a kustomization that lies somewhere in the directory is refused: to read its files as
manifests would apply what the user never meant.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from tenter.errors import ManifestError, NoManifests, RenderError
from tenter.manifests import Document, Notice, Origin, cleaned, read_documents
from tenter.sources.options import DirectoryOptions
from tenter.sources.tree import Listing, Tree

SKIP_MARK = b"+argocd:skip-file-rendering"
"""Argo CD leaves out a file that holds this anywhere, usually in a comment."""

_SUFFIXES = (".yaml", ".yml", ".json")
_JSONNET = ".jsonnet"
_RENDERED_BY = {
    "kustomization.yaml": "Kustomize",
    "kustomization.yml": "Kustomize",
    "Kustomization": "Kustomize",
    "Chart.yaml": "Helm",
}
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_MENTIONS_OBJECT = re.compile(r"""(?m)^[\s{-]*["']?(?:apiVersion|kind)["']?[ \t]*:""")


Evaluate: TypeAlias = Callable[[Sequence[str]], Awaitable[Sequence[Sequence[Document]]]]
"""Returns what each of a tree's Jsonnet files comes to; not asked where there are none."""


async def read_directory(
    tree: Tree, options: DirectoryOptions, evaluate: Evaluate
) -> tuple[list[Document], list[Notice]]:
    """Return the cleaned objects of ``tree``'s files, ordered by file, and the source's notices.

    A file of a directory that holds no Kubernetes object, such as another program's YAML, is left
    out with a notice; a file that the source names itself must hold some. Raises ``ManifestError``
    for manifests that cannot be read, ``NoManifests`` where there are none, ``RenderError`` for
    files that need a renderer, and ``SourceError``.
    """
    listing = await tree.list(recurse=options.recurse)
    files = listing.files
    if not listing.single:
        taken = [file for file in files if options.takes(file)]
        _refuse_rendered(tree, taken)
        endings = (*_SUFFIXES, _JSONNET, "" if options.disable_extension_filter else _JSONNET)
        files = tuple(file for file in taken if file.endswith(endings))
    contents = await tree.read(files)
    programs = [
        file
        for file, content in zip(files, contents, strict=True)
        if file.endswith(_JSONNET) and SKIP_MARK not in content
    ]
    evaluated = dict(zip(programs, await evaluate(programs), strict=True)) if programs else {}
    documents: list[Document] = []
    notices = _unfollowed(tree, listing) if options.recurse or not files else []
    for file, content in zip(files, contents, strict=True):
        if file in evaluated:
            documents.extend(evaluated[file])
            continue
        if SKIP_MARK in content:
            text = f"left out, as its mark {SKIP_MARK.decode()} asks"
            notices.append(Notice(text, Origin(tree.name(file))))
            continue
        found = read_file(content, tree.name(file), must_hold_objects=listing.single)
        if found is None:
            text = "left out: it names no apiVersion and kind, so it is no Kubernetes manifest"
            notices.append(Notice(text, Origin(tree.name(file))))
            continue
        documents.extend(found)
    if not documents:
        raise await _nothing(tree, options, listing, files, notices)
    return documents, notices


def read_file(content: bytes, name: str, *, must_hold_objects: bool) -> list[Document] | None:
    """Return the cleaned objects in a file's ``content``; None where it is of another kind.

    ``name`` is the file's, for messages. With ``must_hold_objects`` such a file is an error too.
    Raises ``ManifestError`` for text that is not UTF-8 or holds no readable objects, and
    ``RenderError`` for a Git LFS pointer.
    """
    if content.startswith(_LFS_POINTER):
        raise RenderError(f"{name}: a Git LFS pointer, which is not followed; store it in Git")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ManifestError(
            f"not UTF-8 text: byte 0x{content[error.start]:02x}; save the file as UTF-8",
            file=name,
            line=line,
        ) from error
    if not must_hold_objects and not _MENTIONS_OBJECT.search(text):
        return [] if _is_empty(text) else None
    return [cleaned(document) for document in read_documents(text, name)]


def _is_empty(text: str) -> bool:
    lines = (line.strip() for line in text.removeprefix("\ufeff").splitlines())
    return all(not line or line.startswith(("#", "---", "...")) for line in lines)


def _refuse_rendered(tree: Tree, files: Sequence[str]) -> None:
    for file in files:
        renderer = _RENDERED_BY.get(posixpath.basename(file))
        if renderer is not None:
            where = tree.name(posixpath.dirname(file))
            raise RenderError(
                f"{tree.name(file)}: its folder is rendered by {renderer}, so it is no directory "
                f"of manifests. Sync {where} by itself, or exclude the file"
            )


def _unfollowed(tree: Tree, listing: Listing) -> list[Notice]:
    return [
        *(
            Notice("left out: a symbolic link to a directory", Origin(tree.name(link)))
            for link in listing.linked
        ),
        *(
            Notice("left out: a Git submodule", Origin(tree.name(module)))
            for module in listing.modules
        ),
    ]


async def _nothing(
    tree: Tree,
    options: DirectoryOptions,
    listing: Listing,
    files: Sequence[str],
    notices: Sequence[Notice],
) -> NoManifests:
    root = tree.name("")
    if listing.single:
        return NoManifests("holds no manifests; every document in it is empty", file=root)
    if files:
        message = f"no manifests: none of its {len(files)} YAML and JSON files holds an object"
    elif any(file.endswith(_SUFFIXES) for file in listing.files):
        message = "no manifests: include and exclude leave out every YAML and JSON file"
    else:
        message = "no manifests: it holds no *.yaml, *.yml, *.json or *.jsonnet file"
    if not options.recurse:
        deep = (await tree.list(recurse=True)).files
        below = [file for file in deep if "/" in file and file.endswith(_SUFFIXES)]
        if below:
            message += (
                f"; its sub-directories do ({tree.name(below[0])}), which are read only with "
                "recurse"
            )
    for notice in notices[:3]:
        message += f"; {notice}"
    return NoManifests(message, file=root)
