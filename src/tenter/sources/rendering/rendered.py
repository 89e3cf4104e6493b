"""What a renderer gives back, and in whose words."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tenter.errors import RenderError
from tenter.manifests import Document, Notice, Origin
from tenter.sources.rendering.recognition import SourceType


class Rendered(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The objects of a source, in the renderer's order, and how they were made.

    ``program`` says for people what made them, and why that; it is empty where nothing but
    reading did.
    """

    type: SourceType
    documents: tuple[Document, ...]
    notices: tuple[Notice, ...] = ()
    program: str = ""


def in_messages(text: str, places: Mapping[str, str]) -> str:
    """Return a program's words with the private ``places`` in them named as the user knows them.

    The longest place is replaced first, since places lie in one another.
    """
    for place in sorted(places, key=len, reverse=True):
        text = text.replace(place, places[place])
    return text


def place_of(document: Document, file: str) -> Document:
    """Return ``document`` as coming from ``file``: a line of the output is nobody's line."""
    origin = Origin(file)
    notices = tuple(Notice(notice.message, origin) for notice in document.notices)
    return msgspec.structs.replace(document, origin=origin, notices=notices)


def decoded(output: bytes, what: str) -> str:
    """Return a program's output as text. Raises ``RenderError`` where it is none."""
    try:
        return output.decode()
    except UnicodeDecodeError as error:
        raise RenderError(f"{what}: the output is not UTF-8 text ({error})") from error
