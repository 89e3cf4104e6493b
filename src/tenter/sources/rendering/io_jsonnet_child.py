"""The process that evaluates Jsonnet: programs on its standard input, answers on its output.

It limits its own memory first. It opens no file: what a program imports is asked for.
"""

from __future__ import annotations

import contextlib
import resource
import sys
from typing import NoReturn

import msgspec

from tenter.sources.rendering.jsonnet_wire import Found, Program, Said

MEMORY = 1024 * 1024 * 1024
"""Bytes of memory that the process may take."""
_MAX_STACK = 1000
"""Calls within calls; the interpreter uses the machine's own stack beyond some thousands."""


def main() -> int:
    """Answer until the input ends."""
    try:
        import _jsonnet  # noqa: PLC0415 - an extra, whose absence is an answer
    except ImportError:
        _answer(
            Said(
                error="Jsonnet needs the package jsonnet, which is not installed; install it with "
                "pip install 'tenter[jsonnet]'"
            )
        )
        return 1
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin.buffer:
        program = msgspec.json.decode(line, type=Program)
        try:
            result = _jsonnet.evaluate_snippet(
                program.file,
                program.text,
                import_callback=_imported,
                max_stack=_MAX_STACK,
                ext_vars=program.ext_vars,
                ext_codes=program.ext_codes,
                tla_vars=program.tla_vars,
                tla_codes=program.tla_codes,
            )
        except RuntimeError as error:
            _answer(Said(error=_cleaned(str(error))))
        else:
            _answer(Said(result=result))
    return 0


def _imported(folder: str, path: str) -> tuple[str, bytes]:
    _answer(Said(folder=folder, path=path))
    found = msgspec.json.decode(sys.stdin.buffer.readline(), type=Found)
    if found.error:
        _fail(found.error)
    return found.path, found.text.encode()


def _fail(message: str) -> NoReturn:
    # The interpreter puts the exception's text, and the import's place, into its own message.
    raise RuntimeError(message)


def _cleaned(message: str) -> str:
    return message.strip().removeprefix("RUNTIME ERROR: ").removeprefix("STATIC ERROR: ")


def _answer(said: Said) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(said) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
