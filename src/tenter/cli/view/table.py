"""Rows in columns, as wide as their contents; the last column takes what is left. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tenter.cli.view.text import Line, Span, Tone, width_of


def table_lines(headings: Sequence[str], rows: Sequence[Sequence[Span | str]]) -> list[Line]:
    """Return ``rows`` under ``headings``; every row has as many cells as there are headings."""
    cells = [[_span(cell) for cell in row] for row in rows]
    widths = [
        max([width_of(heading), *(width_of(row[column].text) for row in cells)])
        for column, heading in enumerate(headings)
    ]
    titled = [Span(heading, Tone.DIM) for heading in headings]
    return [_row(row, widths) for row in [titled, *cells]]


def _span(cell: Span | str) -> Span:
    return cell if isinstance(cell, Span) else Span(cell)


def _row(row: Sequence[Span], widths: Sequence[int]) -> Line:
    line: Line = []
    for column, span in enumerate(row):
        line.append(span)
        if column < len(row) - 1:
            line.append(Span(" " * (widths[column] - width_of(span.text) + 2)))
    return line
