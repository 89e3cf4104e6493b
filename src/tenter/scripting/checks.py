"""Which script is for which kind: exact names first, then wildcards.

A check is for ``group/Kind``, or ``Kind`` in the core group; ``*`` stands for any run of
characters in either, as in Argo CD's ``resource.customizations``. Of several wildcards that fit,
the longest counts, as the most particular.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping

from tenter.manifests import GroupKind
from tenter.scripting.script import Script


class Checks:
    """Scripts by what they are for."""

    def __init__(self, scripts: Mapping[str, Script]) -> None:
        self._exact = {name: s for name, s in scripts.items() if "*" not in name}
        wild = [name for name in scripts if "*" in name]
        wild.sort(key=lambda name: (-len(name), name))
        self._wild = [(name, scripts[name]) for name in wild]
        self._found: dict[GroupKind, Script | None] = {}

    def __len__(self) -> int:
        return len(self._exact) + len(self._wild)

    def find(self, kind: GroupKind) -> Script | None:
        """Return the script for ``kind``, None where there is none."""
        if kind not in self._found:
            self._found[kind] = self._look_up(str(kind))
        return self._found[kind]

    def _look_up(self, name: str) -> Script | None:
        if script := self._exact.get(name):
            return script
        for pattern, script in self._wild:
            if fnmatch.fnmatchcase(name, pattern):
                return script
        return None
