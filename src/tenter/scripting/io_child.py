"""The worker process: reads questions from its standard input, answers on its standard output.

It limits itself before it takes the first question, so that a script that breaks out of Lua finds
neither memory nor time. It ends with its input, and so with the process that started it.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from tenter.errors import HealthCheckError
from tenter.scripting.sandbox import Sandbox
from tenter.scripting.wire import LENGTH_BYTES, READY, Answer, Question, framed

MEMORY = 64 * 1024 * 1024
"""Bytes that the process may take beyond what it needs to start."""

LAST_RESORT = 20.0
"""Seconds of the clock that a run may take beyond its own, should nobody be left to kill it."""


def main() -> None:
    """Answer questions until the input ends."""
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    sandbox = Sandbox()
    limit()
    answers.write(READY)
    answers.flush()
    decoder = msgspec.json.Decoder(Question)
    while frame := read_frame(questions):
        with limited_time():
            answers.write(framed(_answer(sandbox, decoder, frame)))
            answers.flush()


def _answer(sandbox: Sandbox, decoder: msgspec.json.Decoder[Question], frame: bytes) -> Answer:
    try:
        question = decoder.decode(frame)
        return Answer(sandbox.evaluate(question.script, question.obj, question.now))
    except HealthCheckError as error:
        return Answer(error=str(error))


@contextlib.contextmanager
def limited_time() -> Iterator[None]:
    """Limit a run to the seconds that the command line names.

    They are the processor's; a run beyond them ends the process, by a signal whose handler is the
    kernel's: no Python runs while a call into C does not return.
    """
    seconds = float(sys.argv[1])
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, seconds + LAST_RESORT)
    yield
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)


def read_frame(stream: BinaryIO) -> bytes:
    """Return the next question; empty when there is none any more."""
    length = stream.read(LENGTH_BYTES)
    return stream.read(int.from_bytes(length, "big")) if len(length) == LENGTH_BYTES else b""


def limit() -> None:
    """Limit memory, and forbid core dumps; a run out of time ends the process by a signal."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Without /proc the size at the start is not known; there Lua's own limit has to do.
    with contextlib.suppress(OSError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * os.sysconf("SC_PAGE_SIZE") + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


if __name__ == "__main__":
    main()
