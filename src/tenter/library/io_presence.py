"""Who runs the embedded cluster in a data folder: at most one process, found without guessing.

The process that runs it holds a lock on a file in the folder for as long as it lives; the system
drops the lock when it ends, however it ends, so a stale process id is never believed. Beside the
lock lies what others need to reach the cluster.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tenter.errors import StateError

_LOCK = "cluster.lock"
_NOTE = "cluster.json"
_KUBECONFIG = "kubeconfig"


class Presence(msgspec.Struct, frozen=True):
    """A running cluster: its process, address, start (Unix seconds), and its kubeconfig's text."""

    process: int
    url: str
    started_at: float
    run_processes: bool = False
    kubeconfig: str = ""


def running_in(data: Path) -> Presence | None:
    """Return the cluster that is running in ``data`` and ready, or None."""
    try:
        lock = os.open(data / _LOCK, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read_note(data)
    finally:
        os.close(lock)
    return None


@contextlib.contextmanager
def claimed(data: Path) -> Iterator[None]:
    """Hold the folder ``data`` (made where missing) while the context lasts.

    Raises StateError where another process holds it.
    """
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(data / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StateError(
                f"another process already runs the cluster in {data}. Use that one, or stop it "
                f"with: tenter cluster stop --data {data}"
            ) from None
        # Left behind by a process that was killed: nothing in it is true any more.
        (data / _NOTE).unlink(missing_ok=True)
        try:
            yield
        finally:
            (data / _NOTE).unlink(missing_ok=True)
    finally:
        os.close(lock)


def announce(data: Path, presence: Presence) -> None:
    """Tell others that the cluster in ``data`` is ready. The kubeconfig is for this user alone."""
    _write_private(data / _KUBECONFIG, presence.kubeconfig.encode())
    _write_private(data / _NOTE, msgspec.json.encode(presence))


def wait_until_released(data: Path) -> None:
    """Block until no process holds ``data``; for a thread of its own."""
    lock = os.open(data / _LOCK, os.O_RDWR)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH)
    finally:
        os.close(lock)


def kubeconfig_path(data: Path) -> Path:
    """Return where the kubeconfig of the cluster in ``data`` lies while it runs."""
    return data / _KUBECONFIG


def _read_note(data: Path) -> Presence | None:
    try:
        return msgspec.json.decode((data / _NOTE).read_bytes(), type=Presence)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def _write_private(path: Path, content: bytes) -> None:
    # Written beside and renamed, so that no reader ever sees half of it.
    beside = path.with_name(path.name + ".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    beside.replace(path)
