"""Keeps an embedded cluster in a directory, so that it goes on where it was.

A snapshot and a log of the changes since, one JSON line each. A change is written before anybody
hears of it, so a process that is killed loses nothing that it answered; only a machine that loses
power may lose its last moments (nothing is forced to disk). The secrets lie beside them, readable
by their owner alone. One process at a time may use a directory.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from tenter.embedded.io_certificates import Secrets, new_secrets
from tenter.embedded.store import Change, Store, Verb
from tenter.errors import StateError, UsageError

_SNAPSHOT = "objects.jsonl"
_LOG = "changes.jsonl"
_SECRETS = "secrets.json"
_PORT = "port"
_FORMAT = 1


class _Line(msgspec.Struct, omit_defaults=True):
    """One change; ``object`` is raw JSON, absent in a deletion, which has the key instead."""

    version: int
    resource: str
    object: msgspec.Raw = msgspec.Raw(b"")
    gone: tuple[str, str] | None = None


class _Head(msgspec.Struct):
    """The first line of a snapshot."""

    format: int
    version: int


_decode_line = msgspec.json.Decoder(_Line).decode
_encode = msgspec.json.Encoder().encode


class DataDirectory:
    """The directory of one cluster, locked while it is open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None
        self._log: int | None = None

    def __enter__(self) -> Self:
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            self._lock = None
            raise UsageError(
                f"Another process runs the cluster in {self.path}. Stop it first, or use another "
                "directory."
            ) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for handle in (self._log, self._lock):
            if handle is not None:
                os.close(handle)
        self._log = self._lock = None

    def load(self, store: Store) -> None:
        """Fill ``store`` with what was kept, and keep every change from now on.

        Raises ``StateError`` where the files are not what this module wrote.
        """
        objects: dict[tuple[str, str, str], Any] = {}
        version = 0
        for line in self._lines():
            version = max(version, line.version)
            if line.gone is not None:
                objects.pop((line.resource, *line.gone), None)
                continue
            object_ = msgspec.json.decode(line.object)
            metadata = object_["metadata"]
            objects[line.resource, metadata.get("namespace", ""), metadata["name"]] = object_
        store.restore(((key[0], object_) for key, object_ in objects.items()), version)
        self._write_snapshot(store)
        self._log = os.open(
            self.path / _LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600
        )
        store.subscribe(self._keep)

    def secrets(self, now: float) -> Secrets:
        """Return the cluster's secrets, made once and kept; ``now`` is in Unix seconds."""
        path = self.path / _SECRETS
        if path.exists():
            try:
                return msgspec.json.decode(path.read_bytes(), type=Secrets)
            except msgspec.MsgspecError as error:
                raise StateError(
                    f"{path} cannot be read: {error}. Remove it, and fetch a new kubeconfig."
                ) from error
        secrets = new_secrets(now)
        self._replace(path, [_encode(secrets)])
        return secrets

    @property
    def port(self) -> int:
        """The port that was served last, 0 for none: kubeconfigs in use count on it."""
        path = self.path / _PORT
        text = path.read_text().strip() if path.exists() else ""
        return int(text) if text.isdigit() else 0

    @port.setter
    def port(self, value: int) -> None:
        self._replace(self.path / _PORT, [str(value).encode()])

    def _keep(self, change: Change) -> None:
        if self._log is None:
            return
        if change.verb is Verb.DELETE:
            key = (change.key.namespace, change.key.name)
            line = _encode(_Line(change.version, change.resource, gone=key))
        else:
            raw = msgspec.Raw(change.stored.encoded)
            line = _encode(_Line(change.version, change.resource, raw))
        os.write(self._log, line + b"\n")

    def _lines(self) -> Iterator[_Line]:
        snapshot = self.path / _SNAPSHOT
        if snapshot.exists():
            with snapshot.open("rb") as file:
                try:
                    head = msgspec.json.decode(file.readline(), type=_Head)
                    if head.format != _FORMAT:
                        raise StateError(
                            f"{snapshot} is of format {head.format}, which this version of Tenter "
                            "does not know. Use the version that wrote it, or another directory."
                        )
                    yield _Line(head.version, "", gone=("", ""))
                    for line in file:
                        yield _decode_line(line)
                except msgspec.MsgspecError as error:
                    raise StateError(
                        f"{snapshot} is damaged: {error}. Restore it, or use another directory."
                    ) from error
        log = self.path / _LOG
        if not log.exists():
            return
        with log.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    return  # the process was killed while it wrote; nobody was told of this change
                try:
                    yield _decode_line(line)
                except msgspec.MsgspecError as error:
                    raise StateError(
                        f"{log} is damaged: {error}. Restore it, or use another directory."
                    ) from error

    def _write_snapshot(self, store: Store) -> None:
        def lines() -> Iterator[bytes]:
            yield _encode(_Head(_FORMAT, store.version)) + b"\n"
            for resource, stored in store.everything():
                line = _Line(stored.version, resource, msgspec.Raw(stored.encoded))
                yield _encode(line) + b"\n"

        self._replace(self.path / _SNAPSHOT, lines())

    def _replace(self, path: Path, pieces: Any) -> None:
        """Write a private file whole or not at all."""
        fresh = path.with_suffix(".new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
