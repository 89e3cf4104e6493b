"""Plays generated scripts on both clusters, and prints what differs, made small.

python -m conformance.io_differential --requests 20000 --seed 1
python -m conformance.io_differential --kinds Pod,Job
python -m conformance.io_differential --replay FILE     a script as it was printed
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from conformance.both import Both, both
from conformance.comparing import Difference
from conformance.generated import some_scripts
from conformance.io_build import build
from conformance.io_control_plane import NO_WORKLOADS, ControlPlane
from conformance.io_coverage import read_coverage
from conformance.io_known import read_known
from conformance.scripts import Script
from conformance.shrinking import mark, shrink

_SHOWN = 10
"""Faults that one run makes small and prints; the others are counted."""


class Outcome(msgspec.Struct, frozen=True):
    """What playing scripts came to; ``faults`` are one script for each fault."""

    requests: int
    differing: int
    """Scripts that differ."""
    faults: list[tuple[Script, list[Difference]]]

    def __str__(self) -> str:
        if not self.differing:
            return f"{self.requests} generated requests agree"
        lines = [f"{self.requests} generated requests, {self.differing} scripts differ"]
        for script, differences in self.faults:
            lines.append("")
            lines += [str(each) for each in differences]
            lines.append(f"replay: {msgspec.json.encode(script).decode()}")
        return "\n".join(lines)


async def differential(
    clusters: Both, scripts: Sequence[Script], *, shown: int = _SHOWN
) -> Outcome:
    """Play ``scripts`` on both clusters; make the first ``shown`` faults small."""
    known = read_known()

    async def compare(script: Script) -> list[Difference]:
        return known.unknown(await clusters.compare(script))

    requests = sum(len(script.steps) for script in scripts)
    played = await clusters.compare_all(scripts)
    different = [script for script in scripts if known.unknown(played[script.name])]
    first: dict[tuple[str, str, str, str], Script] = {}
    for script in different:
        first.setdefault(mark(known.unknown(played[script.name])[0]), script)
    faults = [await shrink(script, compare) for script in list(first.values())[:shown]]
    return Outcome(requests, len(different), faults)


async def _run(plane: ControlPlane, scripts: Sequence[Script], shown: int) -> Outcome:
    async with both(plane) as clusters:
        return await differential(clusters, scripts, shown=shown)


def main() -> int:
    """Play, print, and return 1 where something differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--requests", type=int, default=2000, help="how many to play (2000)")
    parser.add_argument("--seed", type=int, default=1, help="the same scripts for the same number")
    parser.add_argument("--kinds", default="", help="only these, separated by commas")
    parser.add_argument("--shown", type=int, default=_SHOWN, help="how many faults to make small")
    parser.add_argument("--replay", type=Path, help="a file with one printed script a line")
    asked = parser.parse_args()
    kinds = [k for k in read_coverage() if not asked.kinds or k.kind in asked.kinds.split(",")]
    if asked.replay:
        lines = asked.replay.read_text().splitlines()
        scripts = [msgspec.json.decode(line, type=Script) for line in lines if line]
    else:
        scripts = some_scripts(kinds, asked.requests, asked.seed)
    with tempfile.TemporaryDirectory() as place:
        plane = ControlPlane(build(), Path(place), controllers=NO_WORKLOADS)
        with plane:
            begun = time.monotonic()
            outcome = asyncio.run(_run(plane, scripts, asked.shown))
    sys.stdout.write(f"{outcome}\n({time.monotonic() - begun:.0f} s)\n")
    return 1 if outcome.differing else 0


if __name__ == "__main__":
    sys.exit(main())
