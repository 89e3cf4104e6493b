"""The differences that are known, in one reviewed file: those accepted, and those still open.

An accepted one stays: it says why. An open one is a fault of the embedded cluster that waits to be
put right; it must go from the file as soon as it is gone, so that the file only ever shrinks.

    python -m conformance.io_known      writes down what is open now
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from conformance.both import both
from conformance.catalogue import RECORDED
from conformance.comparing import Difference
from conformance.io_build import build
from conformance.io_control_plane import NO_WORKLOADS, ControlPlane

FILE = Path(__file__).parent / "differences.yaml"


class Accepted(msgspec.Struct, frozen=True):
    """Differences at ``path`` of the answers to ``request`` (patterns), and why they stay."""

    request: str
    path: str
    reason: str

    def covers(self, difference: Difference) -> bool:
        """Tell whether it speaks of this difference; ``[*]`` stands for any index."""
        asked = f"{difference.step.method} {difference.step.path}"
        pattern = self.path.replace("[*]", "*").replace("[", "[[]")
        return fnmatchcase(asked, self.request) and fnmatchcase(difference.path, pattern)


class Open(msgspec.Struct, frozen=True, order=True):
    """One difference of a script that is written by hand."""

    script: str
    step: int
    path: str


class Known(msgspec.Struct, frozen=True):
    """The file's content."""

    accepted: list[Accepted] = []
    open: list[Open] = []

    def unknown(self, differences: Iterable[Difference]) -> list[Difference]:
        """Return the differences that are neither accepted nor open."""
        return [
            each
            for each in differences
            if _open(each) not in self.open and not any(a.covers(each) for a in self.accepted)
        ]

    def gone(self, script: str, differences: Sequence[Difference]) -> list[Open]:
        """Return what is open of ``script`` and does not differ any more."""
        there = {_open(each) for each in differences}
        return [each for each in self.open if each.script == script and each not in there]


def read_known() -> Known:
    """Return the known differences."""
    return msgspec.yaml.decode(FILE.read_bytes(), type=Known)


def _open(difference: Difference) -> Open:
    return Open(difference.script, difference.number, difference.path)


async def _write_open(plane: ControlPlane) -> None:
    known = read_known()
    found: list[Open] = []
    async with both(plane) as clusters:
        for script in RECORDED:
            for difference in await clusters.compare(script):
                if not any(each.covers(difference) for each in known.accepted):
                    sys.stdout.write(f"{difference}\n")
                    found.append(_open(difference))
    lines = ["# Reviewed by hand: accepted. Written by `python -m conformance.io_known`: open.\n"]
    lines.append(msgspec.yaml.encode({"accepted": known.accepted}).decode())
    lines.append("open:\n" if found else "open: []\n")
    lines += [f"- {msgspec.json.encode(each).decode()}\n" for each in sorted(found)]
    FILE.write_text("".join(lines))


def main() -> int:
    """Compare, and write down what is open."""
    with tempfile.TemporaryDirectory() as place:
        plane = ControlPlane(build(), Path(place), controllers=NO_WORKLOADS)
        with plane:
            asyncio.run(_write_open(plane))
    return 0


if __name__ == "__main__":
    sys.exit(main())
