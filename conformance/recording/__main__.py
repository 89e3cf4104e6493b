"""``python -m conformance.recording [STORY ...]``: records the states again, all or some.

Needs what ``make controlplane`` builds. Afterwards ``pytest tests/health`` tells which verdicts
differ from those in ``verdicts.yaml``; controllers race, so that a state on the way may come or go.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from conformance.io_build import binaries
from conformance.io_control_plane import ControlPlane
from conformance.recording.catalogue import CATALOGUE, FOLDER
from conformance.recording.io_recording import record


def main(names: list[str]) -> int:
    """Record the stories of these names, or all."""
    programs = binaries()
    if programs is None:
        print("the control plane is not built: run `make controlplane`", file=sys.stderr)
        return 1
    unknown = sorted(set(names) - set(CATALOGUE))
    if unknown:
        print(f"there is no story {', '.join(unknown)}", file=sys.stderr)
        return 2
    chosen = [CATALOGUE[name] for name in names or CATALOGUE]
    with (
        tempfile.TemporaryDirectory(prefix="recording-") as place,
        ControlPlane(programs, Path(place) / "plane") as plane,
    ):
        problems = asyncio.run(record(plane, chosen, FOLDER))
    print("\n".join(problems), file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
