"""Where a path of this machine really leads, and where the controller keeps its clones."""

from __future__ import annotations

import os
import tempfile


def real_path(path: str) -> str:
    """Return ``path`` absolute and without symbolic links."""
    return os.path.realpath(path)


def new_cache() -> tempfile.TemporaryDirectory[str]:
    """Return a folder for clones, gone when it is closed: they are fetched anew after a restart."""
    return tempfile.TemporaryDirectory(prefix="tenter-controller-")
