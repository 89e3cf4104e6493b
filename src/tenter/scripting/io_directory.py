"""Health scripts in a folder of the user's own, laid out as Argo CD's are.

``<group>/<Kind>/health.lua``; the core group's folder is ``core``, or none at all
(``<Kind>/health.lua``). ``_`` in a folder's name stands for ``*``: ``_.example.com/_``.
"""

from __future__ import annotations

from pathlib import Path

from tenter.errors import HealthCheckError
from tenter.scripting.script import Script

SCRIPT = "health.lua"
LARGEST = 256 * 1024
"""Bytes of the largest script that is read."""

_LEVELS = (2, 3)


def read_scripts(path: Path) -> dict[str, Script]:
    """Return the scripts below ``path`` by ``group/Kind`` (``Kind`` in the core group).

    Raises ``HealthCheckError`` where there is no such folder or no script in it, or a script
    cannot be read.
    """
    if not path.is_dir():
        raise HealthCheckError(f"the folder of health checks {path} does not exist")
    found = {}
    for file in sorted(path.rglob(SCRIPT)):
        parts = file.relative_to(path).parts
        if len(parts) not in _LEVELS:
            raise HealthCheckError(f"{file} is misplaced; put it at <group>/<Kind>/{SCRIPT}")
        group, kind = parts[-3] if len(parts) == max(_LEVELS) else "core", parts[-2]
        name = kind if group == "core" else f"{group}/{kind}"
        # A folder's scripts are the user's own choice, as those that Argo CD ships are its.
        found[name.replace("_", "*")] = Script(str(file), _text(file), open_libraries=True)
    if not found:
        raise HealthCheckError(
            f"the folder {path} holds no health check; put one at <group>/<Kind>/{SCRIPT}"
        )
    return found


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > LARGEST:
            raise HealthCheckError(f"{file} is larger than {LARGEST // 1024} KB")
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise HealthCheckError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise HealthCheckError(f"{file} is not UTF-8 text") from error
