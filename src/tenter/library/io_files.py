"""Read a file that the user named; ``-`` is standard input."""

from __future__ import annotations

import sys
from pathlib import Path

from tenter.errors import SourceError


def read_text(file: str | Path) -> str:
    """Return the text of ``file`` (UTF-8). Raises SourceError where it cannot be read."""
    try:
        if str(file) == "-":
            return sys.stdin.read()
        return Path(file).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise SourceError(f"there is no file {file}. Check the path.") from error
    except IsADirectoryError as error:
        raise SourceError(f"{file} is a folder; name one file in it.") from error
    except OSError as error:
        raise SourceError(f"{file} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{file} is not text in UTF-8: {error.reason}.") from error
