"""A worker for callers without an event loop: the question and its answer in the calling thread.

The same process and the same limits as ``io_worker``'s; a second implementation only of the waiting
itself. Several threads may ask; each waits for its turn.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
import time
import weakref

import msgspec

from tenter.health import Health
from tenter.manifests import Manifest
from tenter.scripting.complaints import died, not_started, out_of_time
from tenter.scripting.io_child_process import (
    PATIENCE,
    START_LIMIT,
    TIME_LIMIT,
    command,
    environment,
    ran_out_of_time,
)
from tenter.scripting.script import Script
from tenter.scripting.wire import (
    LENGTH_BYTES,
    LONGEST_ANSWER,
    READY,
    Answer,
    question_frame,
    verdict,
)

_CHUNK = 65536


class BlockingWorker:
    """Runs scripts in a child process, which ends with this object at the latest."""

    def __init__(self, *, time_limit: float = TIME_LIMIT) -> None:
        self._time_limit = time_limit
        self._turn = threading.Lock()
        self._end: weakref.finalize[[subprocess.Popen[bytes]], BlockingWorker] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def evaluate(self, script: Script, obj: Manifest, now: float) -> Health | None:
        """Return the script's verdict, as ``Evaluator.evaluate_now`` says."""
        frame = question_frame(script, obj, now)
        with self._turn:
            answer = self._ask(script, frame)
        return verdict(answer)

    def close(self) -> None:
        """End the process, whatever it does."""
        self._process = None
        if self._end is not None:
            self._end()
            self._end = None

    def _ask(self, script: Script, frame: bytes) -> Answer:
        process, answered = self._running(), False
        try:
            answer = _exchange(process, frame, time.monotonic() + self._time_limit + PATIENCE)
            answered = True
        except TimeoutError as error:
            raise out_of_time(script, self._time_limit) from error
        except (ConnectionError, msgspec.DecodeError) as error:
            self.close()
            if ran_out_of_time(process.returncode):
                raise out_of_time(script, self._time_limit) from error
            raise died(script) from error
        finally:
            if not answered:
                self.close()
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        process = subprocess.Popen(
            command(seconds=self._time_limit),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
            start_new_session=True,
            bufsize=0,
        )
        self._process = process
        # Whoever forgets to close this leaves no process behind, not even at the program's end.
        self._end = weakref.finalize(self, _end, process)
        try:
            _read(process, len(READY), time.monotonic() + START_LIMIT)
        except (TimeoutError, ConnectionError) as error:
            self.close()
            raise not_started(sys.executable) from error
        return process


def _exchange(process: subprocess.Popen[bytes], frame: bytes, deadline: float) -> Answer:
    _write(process, frame, deadline)
    length = int.from_bytes(_read(process, LENGTH_BYTES, deadline), "big")
    if length > LONGEST_ANSWER:
        raise ConnectionError(f"an answer of {length} bytes")
    return msgspec.json.decode(_read(process, length, deadline), type=Answer)


def _write(process: subprocess.Popen[bytes], frame: bytes, deadline: float) -> None:
    assert process.stdin is not None  # noqa: S101 - asked for at the start
    place = process.stdin.fileno()
    os.set_blocking(place, False)
    left = memoryview(frame)
    while left:
        _await(place, select.POLLOUT, deadline)
        left = left[os.write(place, left[:_CHUNK]) :]


def _read(process: subprocess.Popen[bytes], count: int, deadline: float) -> bytes:
    assert process.stdout is not None  # noqa: S101 - asked for at the start
    place = process.stdout.fileno()
    read = bytearray()
    while len(read) < count:
        _await(place, select.POLLIN, deadline)
        chunk = os.read(place, min(count - len(read), _CHUNK))
        if not chunk:
            raise ConnectionError("its worker ended")
        read += chunk
    return bytes(read)


def _await(place: int, event: int, deadline: float) -> None:
    """Wait until the pipe can be used or is closed. Raises ``TimeoutError`` at the deadline."""
    poll = select.poll()
    poll.register(place, event)
    left = deadline - time.monotonic()
    if left <= 0 or not poll.poll(left * 1000):
        raise TimeoutError


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()
