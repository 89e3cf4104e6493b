"""Start and stop the process of an embedded cluster that outlives the command.

The child is this same program, detached from the terminal. It says that it is ready, or why not,
through a pipe; it is gone when its lock on the data folder is: nothing here polls.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from tenter.errors import StateError, TenterError, UsageError
from tenter.library.io_presence import Presence, running_in, wait_until_released

LOG = "cluster.log"
_READY_LIMIT = 30.0
_STOP_LIMIT = 30.0
_TOLD = 15


def start_process(data: Path, *, run_processes: bool, port: int) -> Presence:
    """Start the cluster in ``data`` in the background and return when it is ready.

    Raises StateError where it does not become ready, with what its log last said, and UsageError
    where there can be no such folder.
    """
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UsageError(
            f"the folder {data} cannot be made: {error.strerror}. Name another with --data."
        ) from error
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "tenter", "cluster", "run", "--data", str(data)]
    command += ["--port", str(port), "--ready-descriptor", str(writing)]
    if run_processes:
        command.append("--run-processes")
    try:
        with (data / LOG).open("ab") as log:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(writing,),
                start_new_session=True,
            )
    except BaseException:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    try:
        answer = _read_line(reading)
    finally:
        os.close(reading)
    if "error" in answer:
        child.wait(timeout=_STOP_LIMIT)
        raise StateError(f"the cluster in {data} did not start: {answer['error']}")
    presence = running_in(data) if answer else None
    if presence is None:
        child.kill()
        child.wait(timeout=_STOP_LIMIT)
        raise StateError(
            f"the cluster in {data} did not become ready. Its log, {data / LOG}, ends with:\n"
            f"{_log_end(data)}"
        )
    # The child goes on without us; the interpreter must not complain that nobody waited for it.
    child.returncode = 0
    return presence


def tell_ready(descriptor: int, error: TenterError | None = None) -> None:
    """Tell the process that started this one, once, that the cluster is ready, or why not."""
    answer: dict[str, Any] = {"error": str(error)} if error else {"ready": True}
    with os.fdopen(descriptor, "w") as pipe:
        json.dump(answer, pipe)


def stop_process(data: Path) -> bool:
    """Stop the cluster in ``data`` and return when it is gone; False where none was running.

    Raises StateError where it does not end in time.
    """
    presence = running_in(data)
    if presence is None:
        return False
    os.kill(presence.process, signal.SIGTERM)
    waiting = threading.Thread(target=wait_until_released, args=(data,), daemon=True)
    waiting.start()
    waiting.join(_STOP_LIMIT)
    if waiting.is_alive():
        raise StateError(
            f"the cluster in {data} (process {presence.process}) was asked to stop and still runs "
            f"after {_STOP_LIMIT:.0f} s. Its log is {data / LOG}; kill {presence.process} ends it."
        )
    return True


def _read_line(descriptor: int) -> dict[str, Any]:
    """Return what the child says before it closes the pipe, or nothing if it says nothing."""
    said = b""
    while select.select([descriptor], [], [], _READY_LIMIT)[0]:
        piece = os.read(descriptor, 4096)
        if not piece:
            break
        said += piece
    try:
        answer: dict[str, Any] = json.loads(said)
    except ValueError:
        return {}
    return answer


def _log_end(data: Path) -> str:
    lines = (data / LOG).read_text(errors="replace").splitlines()
    return "\n".join(lines[-_TOLD:]) or "(nothing)"
