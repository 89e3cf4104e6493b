"""What ``helm template`` prints, taken apart: objects, each with the template that made it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from tenter.manifests import Document, cleaned, read_documents
from tenter.sources.rendering.rendered import place_of

_SOURCE = re.compile(r"^---\n# Source: ([^\n]+)\n", re.MULTILINE)


def sections(output: str) -> Iterator[tuple[str, str]]:
    """Yield each template's path, which starts with the chart's name, and what it made."""
    found = list(_SOURCE.finditer(output))
    for number, match in enumerate(found):
        end = found[number + 1].start() if number + 1 < len(found) else len(output)
        yield match[1].strip(), output[match.end() : end]


def documents_of(output: str, file_of: Callable[[str], str]) -> Iterator[Document]:
    """Yield the objects of an output.

    ``file_of`` returns what a template is called in messages, given its path in the chart. Raises
    ``ManifestError`` for what a template made and is no object.
    """
    for source, text in sections(output):
        file = file_of(source.partition("/")[2] or source)
        for document in read_documents(text, file):
            yield cleaned(place_of(document, file))
