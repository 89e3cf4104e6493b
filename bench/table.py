"""The measurements as a table for people."""

from __future__ import annotations

from collections.abc import Sequence

from bench.measurement import Measurement

_HEADINGS = ("benchmark", "measured", "floor", "ratio", "goal", "met", "note")


def table(measurements: Sequence[Measurement]) -> str:
    """Return the measurements, one a line, in columns."""
    rows = [_HEADINGS, *(_row(measurement) for measurement in measurements)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def quantity(value: float, unit: str) -> str:
    """Return a number with its unit, in as many digits as it deserves: ``0.52 s``, ``8.1 ms``."""
    if unit == "s" and value < 1:
        return f"{value * 1000:.3g} ms"
    if unit == "s":
        return f"{value:.2f} s"
    return f"{value:,.0f} {unit}" if unit == "MB" else f"{value:,.0f}{unit}"


def _row(measurement: Measurement) -> tuple[str, ...]:
    unit = measurement.unit
    ratio = measurement.ratio
    return (
        measurement.name,
        quantity(measurement.value, unit),
        "" if measurement.floor is None else quantity(measurement.floor, unit),
        "" if ratio is None else f"{ratio:.2f}",
        _goals(measurement),
        {True: "yes", False: "NO", None: ""}[measurement.met],
        measurement.note,
    )


def _goals(measurement: Measurement) -> str:
    goals = []
    if measurement.goal is not None:
        sign = "≥" if measurement.more_is_better else "≤"
        goals.append(f"{sign} {quantity(measurement.goal, measurement.unit)}")
    if measurement.ratio_goal is not None:
        goals.append(f"≤ {measurement.ratio_goal:g} x floor")
    return ", ".join(goals)
