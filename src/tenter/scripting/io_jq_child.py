"""The process that runs jq: reads questions from its standard input, answers on its output.

Bounded as the one for health scripts is, before the first question.
"""

from __future__ import annotations

import os
import sys

import msgspec

from tenter.errors import OptionError
from tenter.scripting.io_child import limit, limited_time, read_frame
from tenter.scripting.jq_paths import find_paths
from tenter.scripting.jq_wire import PathsAnswer, PathsQuestion
from tenter.scripting.wire import READY, framed


def main() -> None:
    """Answer questions until the input ends."""
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    os.environ.clear()
    limit()
    answers.write(READY)
    answers.flush()
    decoder = msgspec.json.Decoder(PathsQuestion)
    while frame := read_frame(questions):
        with limited_time():
            answers.write(framed(_answer(decoder.decode(frame))))
            answers.flush()


def _answer(question: PathsQuestion) -> PathsAnswer:
    try:
        return PathsAnswer(find_paths(question.expressions, bytes(question.obj)))
    except OptionError as error:
        return PathsAnswer(error=str(error))


if __name__ == "__main__":
    main()
