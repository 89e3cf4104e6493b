"""Completion indexes of Indexed Jobs: the set as text (``0-2,5``), and which Pod has which."""

from __future__ import annotations

from collections.abc import Iterable

from tenter.manifests import Manifest

INDEX = "batch.kubernetes.io/job-completion-index"
"""The annotation and label that carry a Pod's index."""


def read_indexes(text: str | None, completions: int) -> list[int]:
    """Return the sorted indexes below ``completions`` that ``text`` lists, leaving out the rest."""
    found: set[int] = set()
    for part in (text or "").split(","):
        first, dash, last = part.strip().partition("-")
        if first.isdecimal() and (last.isdecimal() or not dash):
            found.update(range(int(first), min(int(last or first), completions - 1) + 1))
    return sorted(index for index in found if index < completions)


def write_indexes(indexes: Iterable[int]) -> str:
    """Return ``indexes`` as ranges in order: two neighbours are a list, three and more a range."""
    runs: list[list[int]] = []
    for index in sorted(set(indexes)):
        if runs and runs[-1][1] == index - 1:
            runs[-1][1] = index
        else:
            runs.append([index, index])
    parts: list[str] = []
    for first, last in runs:
        if first == last:
            parts.append(str(first))
        elif last == first + 1:
            parts += [str(first), str(last)]
        else:
            parts.append(f"{first}-{last}")
    return ",".join(parts)


def index_of(pod: Manifest) -> int | None:
    """Return the Pod's completion index, or None where it carries none."""
    text = (pod["metadata"].get("annotations") or {}).get(INDEX, "")
    return int(text) if text.isdecimal() else None
