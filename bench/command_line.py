"""What the user waits for before anything happens: the command's start, and the import."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench.measurement import Measurement

_TRIES = 10


def help_page() -> list[Measurement]:
    """``tenter --help`` in fresh processes; the floor is Python importing click."""
    command = str(Path(sys.executable).parent / "tenter")
    took = _seconds([command, "--help"])
    floor = _seconds([sys.executable, "-c", "import click"])
    return [_measurement("tenter --help", took, floor, 0.15, "import click")]


def import_time() -> list[Measurement]:
    """``import tenter`` alone, and with what syncing needs; the floor is Python itself."""
    floor = _seconds([sys.executable, "-c", "pass"])
    return [
        _measurement(name, _seconds([sys.executable, "-c", code]), floor, None, "Python alone")
        for name, code in (
            ("import tenter", "import tenter"),
            ("import tenter, and use tenter.sync", "import tenter; tenter.sync"),
            (
                "import the embedded cluster too",
                "import tenter; tenter.sync; import tenter.embedded",
            ),
        )
    ]


def _measurement(
    name: str, took: Sequence[float], floor: Sequence[float], goal: float | None, what: str
) -> Measurement:
    return Measurement(
        name=name,
        value=statistics.median(took),
        floor=statistics.median(floor),
        goal=goal,
        note=f"{_TRIES} fresh processes, best {min(took) * 1000:.0f} ms; floor: {what}",
    )


def _seconds(command: list[str]) -> list[float]:
    took = []
    for _ in range(_TRIES):
        began = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        took.append(time.perf_counter() - began)
    return took
