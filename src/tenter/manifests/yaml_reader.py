"""YAML text to plain values, as Kubernetes reads it.

PyYAML's C parser gives the events; the values are built here and not by PyYAML's constructors,
because scalars, keys, merges and duplicate keys are Kubernetes' (see ``scalars``), because it is
twice as fast, and because what an attacker may send is bounded on the way: nesting by a stack that
is ours and not the interpreter's, aliases by counting what they expand to. An aliased value is
copied, so that changing an object's labels never changes its selector.

This module knows nothing of Kubernetes objects but where the items of a list start.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Iterator
from typing import Any, NoReturn

import msgspec
import yaml

from tenter.errors import ManifestError
from tenter.manifests.scalars import Scalar, key_text, plain_scalar

MAX_DEPTH = 200
MAX_EXPANSION = 10_000_000

_TAGS = "tag:yaml.org,2002:"
_OPEN = object()
_NO_KEY = object()
_MERGE = object()
_NODE_COST = 8
"""What a value costs beside its text, so that a bomb of empty lists is one too."""

# The wheels all have the C parser; a build without libyaml still reads, only slower.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_PLAIN_WORDS = {
    "could not find expected ':'": "a key without a ':' and a value",
    "mapping values are not allowed in this context": (
        "a ':' where no key can stand; check the indentation, or put the value in quotes"
    ),
    "found character that cannot start any token": (
        "a character that cannot start a value: indent with spaces, not tabs, and put values that "
        "start with @, `, % or a tab in quotes"
    ),
    "did not find expected key": (
        "expected a key here; check the indentation and the quotes above it"
    ),
    "did not find expected '-' indicator": (
        "expected a '-' here, as for the entries above; check the indentation"
    ),
    "did not find expected <document start>": (
        "expected the end of the document, or '---'; check the indentation"
    ),
    "did not find expected ',' or '}'": "expected ',' or '}'; a '{' above is not closed",
    "did not find expected ',' or ']'": "expected ',' or ']'; a '[' above is not closed",
    "found unexpected end of stream": "the text ends within quotes; close them",
    "found undefined tag handle": "a tag that this document does not declare",
}


class Parsed(msgspec.Struct, eq=False):
    """One YAML or JSON document.

    ``document`` and ``line`` count from 1. ``item_lines`` are the lines of the entries under a
    top-level ``items``, where known. ``repeated`` are keys given twice, each with its later line.
    """

    value: Any
    document: int
    line: int
    item_lines: list[int]
    repeated: list[tuple[str, int]]


class _Frame:
    """A mapping or sequence that is still open."""

    __slots__ = ("anchor", "key", "merged", "value")

    def __init__(self, value: dict[str, Any] | list[Any], anchor: str | None) -> None:
        self.value = value
        self.anchor = anchor
        self.key: Any = _NO_KEY
        self.merged: set[str] | None = None


def parse_yaml(text: str, file: str) -> Iterator[Parsed]:
    """Yield each document of ``text``, empty ones included, whose value is then None.

    ``file`` is for messages. Raises ``ManifestError`` with document and line where the text is not
    YAML, nests deeper than ``MAX_DEPTH`` levels, has aliases that expand to more than
    ``MAX_EXPANSION`` characters, or holds what JSON cannot.
    """
    return _Builder(text, file).documents()


class _Builder:
    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.document = 0
        self.expanded = 0
        self.stack: list[_Frame] = []
        self.anchors: dict[str, Any] = {}
        self.parsed = Parsed(None, 0, 1, [], [])

    def documents(self) -> Iterator[Parsed]:
        try:
            next_event = _Loader(self.text).get_event
            while True:
                event = next_event()
                kind = type(event)
                if kind is yaml.ScalarEvent:
                    self._scalar(event)
                elif kind is yaml.MappingStartEvent:
                    self._open({}, event)
                elif kind is yaml.SequenceStartEvent:
                    self._open([], event)
                elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                    self._close(event)
                elif kind is yaml.AliasEvent:
                    self._alias(event)
                elif kind is yaml.DocumentStartEvent:
                    self.document += 1
                    self.anchors = {}
                    self.parsed = Parsed(None, self.document, 0, [], [])
                elif kind is yaml.DocumentEndEvent:
                    yield self.parsed
                elif kind is yaml.StreamEndEvent:
                    return
        except yaml.MarkedYAMLError as error:
            raise self._syntax_error(error) from error
        except yaml.reader.ReaderError as error:
            # The parser reads ahead of the document it is in, and counts in bytes.
            line = self.text.encode().count(b"\n", 0, error.position) + 1
            raise ManifestError(
                f"a character that YAML does not allow ({error.reason}); remove it, or write it "
                'as an escape in double quotes, such as "\\x07"',
                file=self.file,
                line=line,
            ) from error
        except UnicodeEncodeError as error:
            line = self.text.count("\n", 0, error.start) + 1
            message = "half of a surrogate pair, which is no text; remove it"
            raise self._error(message, line) from error

    def _scalar(self, event: Any) -> None:
        text: str = event.value
        stack = self.stack
        frame = stack[-1] if stack else None
        is_key = frame is not None and frame.key is _NO_KEY and type(frame.value) is dict
        value: Any
        if event.implicit[0] and event.tag is None:
            if is_key and text == "<<":
                frame.key = _MERGE  # type: ignore[union-attr]
                return
            value = plain_scalar(text)
            if type(value) is float and not math.isfinite(value) and not is_key:
                self._fail(event, f"{text} is no number that JSON can hold; put it in quotes")
        elif event.tag is None or event.tag == "!":
            value = text
        else:
            value = self._tagged(event)
        if event.anchor is not None:
            self.anchors[event.anchor] = value
        if len(stack) == 2:
            self._mark_item(event)
        self._add(value, event)

    def _tagged(self, event: Any) -> Scalar:
        text: str = event.value
        tag: str = event.tag
        if not tag.startswith(_TAGS):
            return text
        name = tag.removeprefix(_TAGS)
        if name == "binary":
            try:
                return base64.b64decode(text.replace("\n", ""), validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                self._fail(event, "a !!binary value is not text in base64")
        types: tuple[type, ...] | None = {
            "bool": (bool,),
            "int": (int,),
            "float": (int, float),
            "null": (type(None),),
        }.get(name)
        if types is None:
            return text
        value = plain_scalar(text)
        fits = isinstance(value, types) and (name == "bool" or not isinstance(value, bool))
        if not fits or (isinstance(value, float) and not math.isfinite(value)):
            self._fail(event, f'"{text}" is no !!{name}; change the value or the tag')
        return value

    def _open(self, value: dict[str, Any] | list[Any], event: Any) -> None:
        stack = self.stack
        if len(stack) == 2:
            self._mark_item(event)
        if len(stack) >= MAX_DEPTH:
            self._fail(event, f"nested deeper than {MAX_DEPTH} levels")
        if stack:
            frame = stack[-1]
            if frame.key is _NO_KEY and type(frame.value) is dict:
                self._fail(event, "a key must be text, not a mapping or a list")
        else:
            self.parsed.line = event.start_mark.line + 1
        if event.anchor is not None:
            self.anchors[event.anchor] = _OPEN
        stack.append(_Frame(value, event.anchor))

    def _close(self, event: Any) -> None:
        frame = self.stack.pop()
        if frame.anchor is not None:
            self.anchors[frame.anchor] = frame.value
        self._add(frame.value, event)

    def _alias(self, event: Any) -> None:
        value = self.anchors.get(event.anchor, _NO_KEY)
        if value is _NO_KEY:
            self._fail(event, f"the alias *{event.anchor} has no anchor &{event.anchor} above it")
        if value is _OPEN:
            self._fail(event, f"the alias *{event.anchor} stands within what it names")
        if len(self.stack) == 2:
            self._mark_item(event)
        self._add(self._copy(value, len(self.stack), event), event)

    def _copy(self, value: Any, depth: int, event: Any) -> Any:
        self.expanded += _NODE_COST + (len(value) if isinstance(value, str) else 0)
        if self.expanded > MAX_EXPANSION:
            self._fail(event, f"aliases expand to more than {MAX_EXPANSION // 1_000_000} MB")
        if isinstance(value, dict | list) and depth >= MAX_DEPTH:
            self._fail(event, f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(value, dict):
            self.expanded += sum(map(len, value))
            return {key: self._copy(item, depth + 1, event) for key, item in value.items()}
        if isinstance(value, list):
            return [self._copy(item, depth + 1, event) for item in value]
        return value

    def _add(self, value: Any, event: Any) -> None:
        if not self.stack:
            self.parsed.value = value
            self.parsed.line = self.parsed.line or event.start_mark.line + 1
            return
        frame = self.stack[-1]
        container = frame.value
        if type(container) is list:
            container.append(value)
            return
        assert type(container) is dict  # noqa: S101 - for the type checker
        if frame.key is _NO_KEY:
            frame.key = self._key(value, event)
            if frame.key in container and not (frame.merged and frame.key in frame.merged):
                self.parsed.repeated.append((frame.key, event.start_mark.line + 1))
            return
        if frame.key is _MERGE:
            self._merge(frame, container, value, event)
        else:
            container[frame.key] = value
        frame.key = _NO_KEY

    def _key(self, value: Any, event: Any) -> str:
        if isinstance(value, dict | list):
            self._fail(event, "a key must be text, not a mapping or a list")
        key = key_text(value)
        if key is None:
            self._fail(event, "a key is empty; write the key before the ':'")
        return key

    def _merge(self, frame: _Frame, container: dict[str, Any], value: Any, event: Any) -> None:
        """Merge where ``<<`` stands, as Kubernetes does: it wins over the keys above it."""
        sources = value if isinstance(value, list) else [value]
        if not all(isinstance(source, dict) for source in sources):
            self._fail(event, "'<<' takes a mapping or a list of mappings")
        frame.merged = frame.merged or set()
        for source in reversed(sources):
            container.update(source)
            frame.merged.update(source)

    def _mark_item(self, event: Any) -> None:
        root, parent = self.stack
        if root.key == "items" and type(parent.value) is list:
            self.parsed.item_lines.append(event.start_mark.line + 1)

    def _syntax_error(self, error: yaml.MarkedYAMLError) -> ManifestError:
        problem = error.problem or error.context or "not YAML"
        words = _PLAIN_WORDS.get(problem, problem)
        mark = error.problem_mark or error.context_mark
        if mark is None:
            return self._error(f"not YAML: {words}", None)
        message = f"not YAML, at column {mark.column + 1}: {words}"
        if error.context and error.context_mark and error.context_mark.line != mark.line:
            message += f" ({error.context} that starts at line {error.context_mark.line + 1})"
        return self._error(message, mark.line + 1)

    def _fail(self, event: Any, message: str) -> NoReturn:
        raise self._error(message, event.start_mark.line + 1)

    def _error(self, message: str, line: int | None) -> ManifestError:
        if "{{" in self.text:
            message += "; the file holds '{{': if it is a template, render it first"
        return ManifestError(message, file=self.file, document=max(self.document, 1), line=line)
