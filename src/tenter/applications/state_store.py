"""Keeps the parts of a state in one main object and, where they are large, in chunks beside it.

The main object names every chunk and holds the small parts itself. A chunk is a Secret whose name
contains the hash of what it holds, so a save first writes new chunks, then the main object (with
the resourceVersion it was read at, so that nobody's change is overwritten), and only then removes
the chunks that nothing names any more: a crash between any two leaves a whole state. What kind of
object the main one is, its *form*, is not known here.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Mapping
from typing import Protocol

import msgspec

from tenter.errors import AlreadyExists, Conflict, NotFound, StateError
from tenter.kube.client import Client
from tenter.kube.resources import Resource
from tenter.manifests import Key, Manifest

CHUNK_BYTES = 512 * 1024
_INLINE_BYTES = 192 * 1024
_CHUNK_TYPE = "tenter.dev/state"
_LEVEL = 3


class Index(msgspec.Struct, kw_only=True):
    """``holder`` runs the operation; ``chunks`` names the Secrets of the parts not kept inline."""

    holder: str = ""
    chunks: dict[str, list[str]] = {}


class Form(Protocol):
    """How the main object holds an index and its inline parts (compressed, in base64)."""

    @property
    def key(self) -> Key:
        """The main object's key; chunks are in its namespace, under its name and more."""
        ...

    @property
    def version(self) -> str:
        """The API version in which the main object is written."""
        ...

    @property
    def where(self) -> str:
        """The main object's place, for messages."""
        ...

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels of the main object and of its chunks."""
        ...

    @property
    def secret_parts(self) -> tuple[str, ...]:
        """Parts that may hold Secrets' values, and so are kept in chunks, however small."""
        ...

    def write(self, index: bytes, inline: Mapping[str, str]) -> Manifest:
        """Return the main object without its metadata."""
        ...

    def read(self, main: Manifest) -> tuple[bytes, Mapping[str, str]]:
        """Return the index and the inline parts. Raises ``StateError`` where there are none."""
        ...


class StateStore:
    """The saved parts of one state.

    ``load`` must come first. ``holder`` is who saves; another's save in between is a conflict.
    """

    def __init__(self, client: Client, form: Form, holder: str) -> None:
        self._client = client
        self._form = form
        self._holder = holder
        self._main: Manifest | None = None
        self._index = Index()
        self._compressed: dict[str, bytes] = {}

    @property
    def key(self) -> Key:
        """The main object's key."""
        return self._form.key

    @property
    def where(self) -> str:
        """The state's place, for messages."""
        return self._form.where

    @property
    def annotations(self) -> dict[str, str]:
        """The main object's annotations as last read or written."""
        if self._main is None:
            return {}
        found: dict[str, str] = self._main["metadata"].get("annotations") or {}
        return found

    @property
    def holder(self) -> str:
        """Who saved last."""
        return self._index.holder

    async def load(self) -> dict[str, bytes] | None:
        """Return the saved parts, None where nothing was saved. Raises ``StateError``."""
        try:
            main = await self._client.get(await self._resource(), self.key.namespace, self.key.name)
        except NotFound:
            self._main, self._index, self._compressed = None, Index(), {}
            return None
        return await self.take(main)

    async def take(self, main: Manifest) -> dict[str, bytes]:
        """Return the parts of a main object that was read already. Raises ``StateError``."""
        inline = self._take(main)
        compressed = {name: base64.b64decode(text) for name, text in inline.items()}
        secrets = await self._secrets()
        for part, names in self._index.chunks.items():
            pieces = [await self._read_chunk(secrets, name) for name in names]
            compressed[part] = b"".join(pieces)
        self._compressed = compressed
        try:
            return {name: zlib.decompress(packed) for name, packed in compressed.items()}
        except zlib.error as error:
            raise StateError(
                f"{self.where} cannot be read ({error}). Restore it, or delete it to begin anew; "
                "objects on the cluster stay"
            ) from error

    async def reread(self) -> None:
        """Read the main object again, after a conflict.

        Where someone deleted it, the next save makes it anew, with every part.
        """
        try:
            main = await self._client.get(await self._resource(), self.key.namespace, self.key.name)
        except NotFound:
            self._main, self._index = None, Index(holder=self._index.holder)
            return
        self._take(main)

    async def save(self, parts: dict[str, bytes], *, clear: tuple[str, ...] = ()) -> None:
        """Save ``parts`` beside the others; an empty one is forgotten.

        ``clear`` names annotations to remove. Raises ``Conflict`` where the main object changed
        since it was read or written here, ``NotFound`` where it is gone.
        """
        compressed = dict(self._compressed)
        for name, data in parts.items():
            if data:
                compressed[name] = zlib.compress(data, _LEVEL)
            else:
                compressed.pop(name, None)
        inline, chunked = _distributed(compressed, self._form.secret_parts)
        before = [name for names in self._index.chunks.values() for name in names]
        index = Index(holder=self._holder)
        resource, secrets = await self._resource(), await self._secrets()
        for part, packed in chunked.items():
            index.chunks[part] = await self._write_chunks(secrets, part, packed, before)
        main = self._composed(index, inline, clear)
        if self._main is None:
            written = await self._create(resource, main)
        else:
            written = await self._client.replace(resource, main)
        self._take(written)
        self._compressed = compressed
        kept = [name for names in index.chunks.values() for name in names]
        for name in before:
            if name not in kept:
                await self._delete(secrets, name)

    async def annotate(self, annotations: dict[str, str]) -> None:
        """Set annotations on the main object, whoever holds it. Raises ``NotFound``."""
        await self._client.patch(
            await self._resource(),
            self.key.namespace,
            self.key.name,
            {"metadata": {"annotations": annotations}},
        )

    async def delete(self) -> None:
        """Remove the main object and every chunk.

        The main one goes last and lets the chunks go first, so that a crash leaves nothing that no
        later deletion would find.
        """
        while self._index.chunks:
            try:
                await self.save(dict.fromkeys(self._index.chunks, b""))
            except Conflict:
                await self.reread()  # an annotation came in between
        await self._delete(await self._resource(), self.key.name)
        self._main, self._index, self._compressed = None, Index(), {}

    async def _resource(self) -> Resource:
        return await self._client.resource(self.key.group, self.key.kind, self._form.version)

    async def _secrets(self) -> Resource:
        return await self._client.resource("", "Secret", "v1")

    def _take(self, main: Manifest) -> Mapping[str, str]:
        self._main = main
        index, inline = self._form.read(main)
        try:
            self._index = msgspec.json.decode(index, type=Index)
        except (msgspec.DecodeError, ValueError) as error:
            raise StateError(f"{self.where} cannot be read ({error})") from error
        return inline

    def _composed(self, index: Index, inline: dict[str, bytes], clear: tuple[str, ...]) -> Manifest:
        main = self._form.write(
            msgspec.json.encode(index), {name: _text(packed) for name, packed in inline.items()}
        )
        if self._main is None:
            metadata = {
                "name": self.key.name,
                "namespace": self.key.namespace,
                "labels": dict(self._form.labels),
            }
        else:
            # Annotations are others' as well (a wish to terminate, kubectl's): they stay.
            metadata = dict(self._main["metadata"])
            metadata.pop("managedFields", None)
            metadata["annotations"] = {
                name: value for name, value in self.annotations.items() if name not in clear
            }
        return {**main, "metadata": metadata}

    async def _create(self, resource: Resource, main: Manifest) -> Manifest:
        try:
            return await self._client.create(resource, main)
        except AlreadyExists:
            # Our own create whose answer was lost, or another's: theirs is a conflict.
            live = await self._client.get(resource, self.key.namespace, self.key.name)
            if self._form.read(live) == self._form.read(main):
                return live
            raise

    async def _write_chunks(
        self, secrets: Resource, part: str, packed: bytes, there: list[str]
    ) -> list[str]:
        digest = hashlib.sha256(packed).hexdigest()[:12]
        names = []
        for number, start in enumerate(range(0, len(packed), CHUNK_BYTES)):
            name = f"{self.key.name}.{part}.{digest}.{number}"
            names.append(name)
            if name in there:
                continue
            chunk: Manifest = {
                "apiVersion": "v1",
                "kind": "Secret",
                "type": _CHUNK_TYPE,
                "metadata": {
                    "name": name,
                    "namespace": self.key.namespace,
                    "labels": dict(self._form.labels),
                },
                "data": {"chunk": _text(packed[start : start + CHUNK_BYTES])},
            }
            try:
                await self._client.create(secrets, chunk)
            except AlreadyExists:
                continue  # of the same hash, from a save that was cut short
        return names

    async def _read_chunk(self, secrets: Resource, name: str) -> bytes:
        try:
            chunk = await self._client.get(secrets, self.key.namespace, name)
        except NotFound as error:
            raise StateError(
                f"{self.where} names a Secret {name} that is not there. Restore it, or delete the "
                "state to begin anew; objects on the cluster stay"
            ) from error
        return base64.b64decode((chunk.get("data") or {}).get("chunk") or "")

    async def _delete(self, resource: Resource, name: str) -> None:
        try:
            await self._client.delete(resource, self.key.namespace, name)
        except (NotFound, Conflict):
            return


def _distributed(
    compressed: dict[str, bytes], secret: tuple[str, ...]
) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Return the parts for the main object, the smallest first, and those for chunks."""
    inline: dict[str, bytes] = {}
    chunked: dict[str, bytes] = {}
    room = _INLINE_BYTES * 3
    for name in sorted(compressed, key=lambda name: (len(compressed[name]), name)):
        packed = compressed[name]
        if len(packed) <= min(room, _INLINE_BYTES) and name not in secret:
            inline[name] = packed
            room -= len(packed)
        else:
            chunked[name] = packed
    return inline, chunked


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
