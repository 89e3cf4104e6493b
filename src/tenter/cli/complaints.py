"""How an error is told to a person: what, where, what to do; never a traceback unasked.

Pure: it turns an exception into lines. ``main`` writes them and ends with the exit code.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from tenter.cli.exit_codes import ExitCode
from tenter.errors import ManifestError, TenterError

_INDENT = "  "


def told_errors(error: BaseException) -> list[BaseException]:
    """Return what to tell of ``error``: itself, or what a task group wrapped, each once.

    Where a group holds both errors raised on purpose and others, all are told, the former first.
    """
    leaves: list[BaseException] = []
    for leaf in _leaves(error):
        if not any(str(leaf) == str(seen) and type(leaf) is type(seen) for seen in leaves):
            leaves.append(leaf)
    return sorted(leaves, key=lambda leaf: not isinstance(leaf, TenterError))


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


def exit_code_of(error: BaseException) -> int:
    """Return the exit code that ``error`` ends the process with."""
    first = told_errors(error)[0]
    if isinstance(first, TenterError):
        return first.exit_code
    if isinstance(first, TimeoutError):
        return ExitCode.TIMED_OUT
    return ExitCode.FAILED


def complaint(error: BaseException) -> list[str]:
    """Return the lines that tell ``error`` to the user.

    A ``TenterError`` speaks for itself; any other exception is a fault of Tenter's own, and the
    lines say so and how to see more.
    """
    if isinstance(error, ManifestError):
        lines = _paragraph(error.reason)
        if error.where:
            lines.append(f"{_INDENT}in {error.where}")
    elif isinstance(error, TenterError):
        lines = _paragraph(str(error) or type(error).__name__)
    elif isinstance(error, TimeoutError):
        lines = _paragraph(str(error) or "the time limit passed.")
    else:
        lines = _paragraph(f"{type(error).__name__}: {error}" if str(error) else repr(error))
        lines.append(
            f"{_INDENT}this is a fault in tenter itself; with TENTER_DEBUG=1 it shows where."
        )
    cause = error.__cause__
    if cause is not None and not _is_told(cause, str(error)):
        lines += textwrap.indent(f"because: {cause}", _INDENT).splitlines()
    return lines


def _is_told(cause: BaseException, message: str) -> bool:
    """Tell whether ``message`` says all that there is to say of its cause."""
    if isinstance(cause, FileNotFoundError | IsADirectoryError | NotADirectoryError):
        return True
    if " at 0x" in str(cause):
        return True  # written for who debugs it, as aiohttp's are; ours says what it means
    return all(part in message for part in str(cause).split(": "))


def _paragraph(text: str) -> list[str]:
    first, *rest = text.strip().splitlines() or [""]
    return [f"error: {first}", *(f"{_INDENT}{line}" for line in rest)]
