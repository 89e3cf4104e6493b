"""Runs jq in this process: for simulation and tests, where no process may be started.

Only for expressions one trusts: nothing bounds their time or memory here.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tenter.diff.ignoring import Path
from tenter.manifests import Manifest
from tenter.scripting.jq_paths import find_paths


class JqInProcess:
    """A ``tenter.diff.Paths`` without a process."""

    async def find(self, expressions: Sequence[str], obj: Manifest) -> tuple[Path, ...]:
        """Return every place in ``obj`` that an expression names, as ``Paths.find`` says."""
        return find_paths(expressions, msgspec.json.encode(obj))

    async def aclose(self) -> None:
        """Do nothing: nothing runs."""
