"""How an answer is written: as the object, as metadata alone, or as a table for people.

The client chooses by its Accept header (the Kubernetes API documentation, "Alternate
representations of resources"). Whole objects are written from the JSON the store keeps, so that a
list of thousands costs a join.
"""

from __future__ import annotations

import enum
from typing import Any

import msgspec

from tenter.embedded.conversions import is_converted, shown_form
from tenter.embedded.resources import ResourceType
from tenter.embedded.statuses import not_acceptable
from tenter.embedded.store import Stored
from tenter.embedded.tables import columns_of, row_of
from tenter.manifests.keys import Manifest

encode = msgspec.json.Encoder().encode


class Form(enum.Enum):
    """What an answer shows of each object."""

    OBJECT = ""
    METADATA = "PartialObjectMetadata"
    TABLE = "Table"


class Presentation(msgspec.Struct, frozen=True, kw_only=True):
    """A form in one version of ``meta.k8s.io``; ``now`` (Unix seconds) is for ages in tables.

    ``include`` is what a table's rows carry: ``Metadata``, ``Object`` or ``None``.
    """

    resource: ResourceType
    form: Form = Form.OBJECT
    version: str = "v1"
    include: str = "Metadata"
    now: float = 0.0

    @property
    def content_type(self) -> str:
        """The media type of the answer."""
        return "application/json"

    def one(self, stored: Stored) -> bytes:
        """Return one object."""
        match self.form:
            case Form.OBJECT:
                return self._whole(stored)
            case Form.METADATA:
                return encode(self._metadata(stored.object))
            case Form.TABLE:
                return encode(self._table([stored], str(stored.version)))

    def many(self, items: list[Stored], metadata: dict[str, Any]) -> bytes:
        """Return a list; ``metadata`` holds its version and, if there is more, where to go on."""
        match self.form:
            case Form.TABLE:
                return encode(self._table(items, "", metadata))
            case Form.METADATA:
                api_version = f"meta.k8s.io/{self.version}"
                head = {"kind": "PartialObjectMetadataList", "apiVersion": api_version}
                partial = [self._metadata(stored.object) for stored in items]
                return encode({**head, "metadata": metadata, "items": partial})
            case Form.OBJECT:
                if self.resource.custom:
                    metadata = {"continue": "", **metadata}
                kind = encode(f"{self.resource.kind}List")
                api_version_json = encode(self.resource.api_version)
                return b"".join(
                    (
                        b'{"kind":',
                        kind,
                        b',"apiVersion":',
                        api_version_json,
                        b',"metadata":',
                        encode(metadata),
                        b',"items":[',
                        b",".join(self._items(items)),
                        b"]}\n",
                    )
                )

    def event(self, word: str, stored: Stored) -> bytes:
        """Return one line of a watch: what happened, and the object."""
        return b'{"type":"%s","object":%s}\n' % (word.encode(), self.one(stored))

    def bookmark(self, version: int, *, initial: bool = False) -> bytes:
        """Return the line that says how far a watch has come; ``initial``: the list is complete."""
        metadata: dict[str, Any] = {"resourceVersion": str(version)}
        if initial:
            metadata["annotations"] = {"k8s.io/initial-events-end": "true"}
        object_: Manifest = {
            "kind": self.resource.kind,
            "apiVersion": self.resource.api_version,
            "metadata": metadata,
        }
        if self.form is Form.METADATA:
            object_.update(kind=self.form.value, apiVersion=f"meta.k8s.io/{self.version}")
        elif self.form is Form.TABLE:
            object_ = {
                "kind": "Table",
                "apiVersion": f"meta.k8s.io/{self.version}",
                "metadata": metadata,
                "columnDefinitions": columns_of(self.resource),
                "rows": [],
            }
        return encode({"type": "BOOKMARK", "object": object_}) + b"\n"

    def _whole(self, stored: Stored) -> bytes:
        if stored.object["apiVersion"] == self.resource.api_version:
            return stored.encoded
        return encode(shown_form(self.resource, stored.object))

    def _items(self, items: list[Stored]) -> list[bytes]:
        if self.resource.custom:
            return [self._whole(stored) for stored in items]
        if is_converted(self.resource):
            apart = ("kind", "apiVersion")
            shown = (shown_form(self.resource, stored.object) for stored in items)
            return [encode({k: v for k, v in one.items() if k not in apart}) for one in shown]
        # Built-in kinds do not repeat kind and apiVersion in each item of a list; stored objects
        # begin with the two.
        prefix = len(encode({"kind": self.resource.kind, "apiVersion": self.resource.api_version}))
        return [b"{" + stored.encoded[prefix:] for stored in items]

    def _metadata(self, object_: Manifest) -> Manifest:
        return {
            "kind": "PartialObjectMetadata",
            "apiVersion": f"meta.k8s.io/{self.version}",
            "metadata": object_["metadata"],
        }

    def _table(
        self, items: list[Stored], version: str, metadata: dict[str, Any] | None = None
    ) -> Manifest:
        rows: list[dict[str, Any]] = []
        for stored in items:
            row: dict[str, Any] = {"cells": row_of(self.resource, stored.object, self.now)}
            if self.include == "Object":
                row["object"] = shown_form(self.resource, stored.object)
            elif self.include != "None":
                row["object"] = self._metadata(stored.object)
            rows.append(row)
        return {
            "kind": "Table",
            "apiVersion": f"meta.k8s.io/{self.version}",
            "metadata": metadata if metadata is not None else {"resourceVersion": version},
            "columnDefinitions": columns_of(self.resource),
            "rows": rows,
        }


def parse_accept(header: str) -> list[tuple[str, dict[str, str]]]:
    """Return the media types of an Accept header with their parameters, in order."""
    accepted = []
    for part in header.split(","):
        media, *parameters = (piece.strip() for piece in part.split(";"))
        pairs = (parameter.partition("=") for parameter in parameters)
        accepted.append((media.lower(), {name: value for name, _, value in pairs}))
    return accepted


def presentation(
    resource: ResourceType, accept: str, *, include: str = "", now: float = 0.0
) -> Presentation:
    """Return the first of the ``accept`` header's formats that is served.

    Raises ``Refusal`` (406) where none is.
    """
    if not accept or accept == "application/json":
        return Presentation(resource=resource)
    known = False
    for media, parameters in parse_accept(accept):
        if media not in ("application/json", "application/*", "*/*"):
            continue
        known = True
        wanted = parameters.get("as", "")
        if not wanted:
            return Presentation(resource=resource)
        if parameters.get("g") != "meta.k8s.io" or parameters.get("v") not in ("v1", "v1beta1"):
            continue
        if wanted == "Table":
            return Presentation(
                resource=resource,
                form=Form.TABLE,
                version=parameters["v"],
                include=include or "Metadata",
                now=now,
            )
        if wanted in ("PartialObjectMetadata", "PartialObjectMetadataList"):
            return Presentation(resource=resource, form=Form.METADATA, version=parameters["v"])
    raise not_acceptable(transformed=known)
