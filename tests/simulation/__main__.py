"""Play seeds: ``python -m tests.simulation --seeds 1000 --from 0``, or one with ``--seed``."""

# ruff: noqa: T201 - a command prints

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.reporting import Summary, explained, run_seeds, story_of

_BATCH = 25
_TOLD = 1000


def main() -> int:
    """Return 0 when every seed held and there was enough in them."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many seeds")
    parser.add_argument("--from", dest="first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="tell the story of this one")
    parser.add_argument("--without", default="", help="parts left out, as a minimised story names")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    if given.seed is not None:
        tokens = [token for token in given.without.split(",") if token]
        lines = story_of(given.seed, tokens)
        print("\n".join(lines))
        return 1 if any("VIOLATION" in line for line in lines) else 0
    return _run_many(given.first, given.seeds, given.processes)


def _run_many(first: int, seeds: int, processes: int) -> int:
    began = time.monotonic()
    summary = Summary()
    starts = list(range(first, first + seeds, _BATCH))
    sizes = [min(_BATCH, first + seeds - start) for start in starts]
    with ProcessPoolExecutor(processes) as pool:
        for start, part in zip(starts, pool.map(run_seeds, starts, sizes), strict=True):
            summary.join(part)
            for seed, _, message in part.failures:
                print(f"seed {seed}: {message}", flush=True)
            done = start - first + part.seeds
            if sys.stderr.isatty():
                print(f"\r{done} of {seeds}", end="", file=sys.stderr)
            elif done % _TOLD == 0:
                print(f"{done} of {seeds} played", flush=True)
    print("\n".join(summary.lines(time.monotonic() - began)))
    for complaint in (wanting := summary.below_floors()):
        print(complaint)
    if summary.failures:
        seed, check, _ = summary.failures[0]
        print("\n".join(explained(seed, check)))
    return 1 if summary.failures or wanting else 0


if __name__ == "__main__":
    sys.exit(main())
