"""Text to Kubernetes objects, each with the place it came from.

A file holds any number of documents, in YAML or JSON; lists of objects are taken apart. What could
not be applied by anyone (no kind, no name, labels that are no strings) is refused here, where the
file and line are known, and not by the API server, which knows neither.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

import msgspec

from tenter.errors import ManifestError
from tenter.manifests.annotations import check_strings
from tenter.manifests.json_reader import parse_json
from tenter.manifests.keys import Manifest
from tenter.manifests.origin import Document, Notice, Origin
from tenter.manifests.yaml_reader import Parsed, parse_yaml

MAX_OBJECT = 1_500_000
"""What etcd takes for one object by default, in bytes of JSON."""


def read_documents(text: str, file: str) -> list[Document]:
    """Return the objects in ``text``, in their order; empty documents are left out.

    ``file`` is the path for messages and origins; one that ends in ``.json`` is read as JSON, any
    other as Kubernetes reads it: JSON where it starts with ``{`` and is JSON, else YAML. Objects
    in a ``List`` (or another kind that ends so and has ``items``) are returned each by itself.
    A key given twice is a notice of its document: the last one counts, as in Kubernetes.

    Raises ``ManifestError`` with file, document and line for text that cannot be read, for what is
    no object, lacks apiVersion, kind or a name, and for an object over ``MAX_OBJECT`` bytes.
    """
    return [
        document
        for parsed in _parse(text.removeprefix("\ufeff"), file)
        for document in _documents(parsed, file)
    ]


def _parse(text: str, file: str) -> list[Parsed]:
    if file.endswith(".json"):
        return list(parse_json(text, file))
    if text.lstrip().startswith("{"):
        try:
            return list(parse_json(text, file))
        except ManifestError:
            # Not JSON, or YAML's own flow style: YAML's reader decides, and says what is wrong.
            pass
    return list(parse_yaml(text, file))


def _documents(parsed: Parsed, file: str) -> Iterator[Document]:
    if parsed.value is None:
        return
    origin = Origin(file, parsed.document, parsed.line)
    notices = tuple(
        Notice(
            f'the key "{key}" is given twice in one mapping; the last one counts',
            Origin(file, parsed.document, line),
        )
        for key, line in parsed.repeated
    )
    for manifest, place in _objects(parsed.value, origin, parsed.item_lines):
        _check(manifest, place)
        yield Document(manifest, place, notices)
        notices = ()


def _objects(
    value: Any, origin: Origin, item_lines: list[int] | tuple[()] = ()
) -> Iterator[tuple[Manifest, Origin]]:
    if not isinstance(value, dict):
        _fail(f"expected a Kubernetes object (a mapping), found {_named(value)}", origin)
    api_version = _type_field(value, "apiVersion", origin)
    kind = _type_field(value, "kind", origin)
    if not (kind.endswith("List") and isinstance(value.get("items"), list)):
        yield value, origin
        return
    items: list[Any] = value["items"]
    for number, item in enumerate(items):
        place = origin
        if len(item_lines) == len(items):
            place = msgspec.structs.replace(origin, line=item_lines[number])
        # The items of a typed list (ConfigMapList) need not repeat what the list says.
        if isinstance(item, dict) and kind != "List" and "kind" not in item:
            item = {  # noqa: PLW2901
                "apiVersion": api_version,
                "kind": kind.removesuffix("List"),
                **item,
            }
        yield from _objects(item, place)


def _type_field(value: dict[str, Any], field: str, origin: Origin) -> str:
    text = value.get(field)
    if isinstance(text, str) and text:
        return text
    example = "v1 or apps/v1" if field == "apiVersion" else "ConfigMap or Deployment"
    if text in (None, ""):
        message = f"{field} is missing; every Kubernetes object has one, such as {example}"
    else:
        message = f"{field} is {_named(text)}; expected text, such as {example}"
    raise ManifestError(message, file=origin.file, document=origin.document, line=origin.line)


def _check(manifest: Manifest, origin: Origin) -> None:
    metadata = manifest.get("metadata")
    kind = manifest["kind"]
    if metadata is not None and not isinstance(metadata, dict):
        _fail(f"metadata of this {kind} is {_named(metadata)}; expected a mapping", origin)
    metadata = metadata or {}
    for field in ("name", "generateName", "namespace"):
        if not isinstance(metadata.get(field, ""), str | None):
            _fail(
                f"metadata.{field} of this {kind} is {_named(metadata[field])}, and must be a "
                "string; put it in quotes",
                origin,
            )
    if not metadata.get("name") and not metadata.get("generateName"):
        _fail(f"this {kind} has neither metadata.name nor metadata.generateName; add one", origin)
    check_strings(manifest, origin)
    try:
        size = len(msgspec.json.encode(manifest))
    except UnicodeEncodeError:
        _fail("half of a surrogate pair in a string, which is no text; remove it", origin)
    if size > MAX_OBJECT:
        _fail(
            f"this {kind} has {size:,} bytes; Kubernetes keeps at most {MAX_OBJECT:,} bytes an "
            "object",
            origin,
        )


def _named(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return f"the text {value[:40]!r}" if isinstance(value, str) else "something else"


def _fail(message: str, origin: Origin) -> NoReturn:
    raise ManifestError(message, file=origin.file, document=origin.document, line=origin.line)
