"""Keeps an application's state in Secrets: compressed, in parts, large ones in chunks.

The main Secret, ``tenter.<application>``, names every chunk and holds the small parts itself. A
chunk's name contains the hash of what it holds, so a save first writes new chunks, then the main
Secret (with the resourceVersion it was read at, so that nobody's change is overwritten), and only
then removes the chunks that nothing names any more: a crash between any two leaves a whole state.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from typing import Any

import msgspec

from tenter.errors import AlreadyExists, Conflict, NotFound, StateError
from tenter.kube.client import Client
from tenter.kube.resources import Resource
from tenter.manifests import Key, Manifest

PREFIX = "tenter."
APPLICATION_LABEL = "tenter.dev/application"
MANAGED_BY = "app.kubernetes.io/managed-by"
TERMINATE = "tenter.dev/terminate"
"""Annotation of the main Secret: why the running operation is to end."""
APPROVED = "argocd.argoproj.io/deletion-approved"
"""Annotation of the main Secret: when the user approved the prunes that ask for it (RFC 3339)."""

CHUNK_BYTES = 512 * 1024
_INLINE_BYTES = 192 * 1024
_TYPE = "tenter.dev/state"
_INDEX = "index"
_LEVEL = 3


class _Index(msgspec.Struct, kw_only=True):
    """``holder`` runs the operation; ``chunks`` names the Secrets of the parts not kept inline."""

    holder: str = ""
    chunks: dict[str, list[str]] = {}


class StateSecrets:
    """The Secrets of one application in one namespace.

    ``load`` must come first. ``holder`` is who saves; another's save in between is a conflict.
    """

    def __init__(self, client: Client, application: str, namespace: str, holder: str) -> None:
        self._client = client
        self._application = application
        self._namespace = namespace
        self._holder = holder
        self._main: Manifest | None = None
        self._index = _Index()
        self._compressed: dict[str, bytes] = {}

    @property
    def key(self) -> Key:
        """The main Secret's key."""
        return Key("", "Secret", self._namespace, PREFIX + self._application)

    @property
    def where(self) -> str:
        """The state's place, for messages."""
        return f"Secret {self.key.name} in namespace {self._namespace}"

    @property
    def annotations(self) -> dict[str, str]:
        """The main Secret's annotations as last read or written."""
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
        resource = await self._resource()
        try:
            main = await self._client.get(resource, self._namespace, self.key.name)
        except NotFound:
            self._main, self._index, self._compressed = None, _Index(), {}
            return None
        self._take(main)
        data: dict[str, str] = main.get("data") or {}
        compressed = {name: base64.b64decode(text) for name, text in data.items() if name != _INDEX}
        for part, names in self._index.chunks.items():
            pieces = [await self._read_chunk(resource, name) for name in names]
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
        """Read the main Secret again, after a conflict.

        Where someone deleted it, the next save makes it anew, with every part.
        """
        try:
            main = await self._client.get(await self._resource(), self._namespace, self.key.name)
        except NotFound:
            self._main, self._index = None, _Index(holder=self._index.holder)
            return
        self._take(main)

    async def save(self, parts: dict[str, bytes], *, clear: tuple[str, ...] = ()) -> None:
        """Save ``parts`` beside the others; an empty one is forgotten.

        ``clear`` names annotations to remove. Raises ``Conflict`` where the main Secret changed
        since it was read or written here, ``NotFound`` where it is gone.
        """
        compressed = dict(self._compressed)
        for name, data in parts.items():
            if data:
                compressed[name] = zlib.compress(data, _LEVEL)
            else:
                compressed.pop(name, None)
        inline, chunked = _distributed(compressed)
        before = [name for names in self._index.chunks.values() for name in names]
        index = _Index(holder=self._holder)
        resource = await self._resource()
        for part, packed in chunked.items():
            index.chunks[part] = await self._write_chunks(resource, part, packed, before)
        main = self._main_secret(index, inline, clear)
        if self._main is None:
            written = await self._create(resource, main)
        else:
            written = await self._client.replace(resource, main)
        self._take(written)
        self._compressed = compressed
        kept = [name for names in index.chunks.values() for name in names]
        for name in before:
            if name not in kept:
                await self._delete(resource, name)

    async def annotate(self, annotations: dict[str, str]) -> None:
        """Set annotations on the main Secret, whoever holds it. Raises ``NotFound``."""
        await self._client.patch(
            await self._resource(),
            self._namespace,
            self.key.name,
            {"metadata": {"annotations": annotations}},
        )

    async def delete(self) -> None:
        """Remove every Secret of the application.

        The main one goes last and lets the chunks go first, so that a crash leaves nothing that no
        later deletion would find.
        """
        while self._index.chunks:
            try:
                await self.save(dict.fromkeys(self._index.chunks, b""))
            except Conflict:
                await self.reread()  # an annotation came in between
        await self._delete(await self._resource(), self.key.name)
        self._main, self._index, self._compressed = None, _Index(), {}

    async def _resource(self) -> Resource:
        return await self._client.resource("", "Secret", "v1")

    def _take(self, main: Manifest) -> None:
        self._main = main
        text = (main.get("data") or {}).get(_INDEX)
        if text is None:
            raise StateError(
                f"{self.where} is not one of Tenter's. Choose another --app or --state-namespace"
            )
        try:
            self._index = msgspec.json.decode(base64.b64decode(text), type=_Index)
        except (msgspec.DecodeError, ValueError) as error:
            raise StateError(f"{self.where} cannot be read ({error})") from error

    def _main_secret(
        self, index: _Index, inline: dict[str, bytes], clear: tuple[str, ...]
    ) -> Manifest:
        secret = self._secret(self.key.name)
        secret["data"] = {
            _INDEX: _text(msgspec.json.encode(index)),
            **{name: _text(packed) for name, packed in inline.items()},
        }
        if self._main is not None:
            # Annotations are others' as well (a wish to terminate, kubectl's): they stay.
            metadata = dict(self._main["metadata"])
            metadata.pop("managedFields", None)
            metadata["annotations"] = {
                name: value for name, value in self.annotations.items() if name not in clear
            }
            secret["metadata"] = metadata
        return secret

    def _secret(self, name: str) -> dict[str, Any]:
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": _TYPE,
            "metadata": {
                "name": name,
                "namespace": self._namespace,
                "labels": {MANAGED_BY: "tenter", APPLICATION_LABEL: self._application[:63]},
            },
        }

    async def _create(self, resource: Resource, main: Manifest) -> Manifest:
        try:
            return await self._client.create(resource, main)
        except AlreadyExists:
            # Our own create whose answer was lost, or another's: theirs is a conflict.
            live = await self._client.get(resource, self._namespace, self.key.name)
            if live.get("data") == main["data"]:
                return live
            raise

    async def _write_chunks(
        self, resource: Resource, part: str, packed: bytes, there: list[str]
    ) -> list[str]:
        digest = hashlib.sha256(packed).hexdigest()[:12]
        names = []
        for number, start in enumerate(range(0, len(packed), CHUNK_BYTES)):
            name = f"{self.key.name}.{part}.{digest}.{number}"
            names.append(name)
            if name in there:
                continue
            chunk = self._secret(name)
            chunk["data"] = {"chunk": _text(packed[start : start + CHUNK_BYTES])}
            try:
                await self._client.create(resource, chunk)
            except AlreadyExists:
                continue  # of the same hash, from a save that was cut short
        return names

    async def _read_chunk(self, resource: Resource, name: str) -> bytes:
        try:
            chunk = await self._client.get(resource, self._namespace, name)
        except NotFound as error:
            raise StateError(
                f"{self.where} names a Secret {name} that is not there. Restore it, or delete the "
                "state to begin anew; objects on the cluster stay"
            ) from error
        return base64.b64decode((chunk.get("data") or {}).get("chunk") or "")

    async def _delete(self, resource: Resource, name: str) -> None:
        try:
            await self._client.delete(resource, self._namespace, name)
        except (NotFound, Conflict):
            return


def _distributed(compressed: dict[str, bytes]) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Return the parts for the main Secret, the smallest first, and those for chunks."""
    inline: dict[str, bytes] = {}
    chunked: dict[str, bytes] = {}
    room = _INLINE_BYTES * 3
    for name in sorted(compressed, key=lambda name: (len(compressed[name]), name)):
        packed = compressed[name]
        if len(packed) <= min(room, _INLINE_BYTES):
            inline[name] = packed
            room -= len(packed)
        else:
            chunked[name] = packed
    return inline, chunked


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
