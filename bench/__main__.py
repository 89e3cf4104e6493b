"""``python -m bench [NAME ...]``: runs the benchmarks and prints their table.

Each runs in a fresh process, several times; what is printed are the medians.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bench.catalogue import BENCHMARKS, ON_A_REAL_CLUSTER, benchmark
from bench.measurement import Measurement, median
from bench.table import table
from tenter.cli.collector import collect_seldom

_RUNS = 3


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="which to run (default: all)")
    parser.add_argument("--list", action="store_true", help="list the benchmarks")
    parser.add_argument("--runs", type=int, default=_RUNS, help="processes each (default: 3)")
    parser.add_argument("--json", metavar="FILE", help="write every run's numbers there as well")
    parser.add_argument("--here", action="store_true", help="run once in this process; print JSON")
    arguments = parser.parse_args()
    known = {**BENCHMARKS, **ON_A_REAL_CLUSTER}
    unknown = [name for name in arguments.names if name not in known]
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}; --list names them")
    names: list[str] = arguments.names or list(BENCHMARKS)
    if arguments.list:
        print("\n".join(known))
    elif arguments.here:
        collect_seldom()  # as the command line does for whatever it runs
        found = [measurement for name in names for measurement in benchmark(name)()]
        print(msgspec.json.encode(found).decode())
    else:
        return _report(names, max(1, arguments.runs), arguments.json)
    return 0


def _report(names: Sequence[str], runs: int, file: str | None) -> int:
    """Print the table; one benchmark that breaks takes none of the others with it."""
    failed: list[str] = []
    every: dict[str, list[Measurement]] = {}
    for name in names:
        print(f"{name} ...", file=sys.stderr, flush=True)
        for _ in range(runs):
            found = _in_fresh_process(name)
            if not found:
                failed.append(name)
                break
            for measurement in found:
                every.setdefault(measurement.name, []).append(measurement)
    print(table([median(found) for found in every.values()]))
    if file:
        Path(file).write_bytes(msgspec.json.format(msgspec.json.encode(every)))
    if failed:
        print(f"not measured, because they broke: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _in_fresh_process(name: str) -> list[Measurement]:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--here", name], stdout=subprocess.PIPE, check=False
    )
    if done.returncode:
        return []
    return msgspec.json.decode(done.stdout, type=list[Measurement])


if __name__ == "__main__":
    sys.exit(main())
