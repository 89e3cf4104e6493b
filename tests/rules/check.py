"""Fail when a rule of docs/behaviour.md has no test with a planted break, or the reverse."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

from tests.rules.registry import RULES

ROOT = Path(__file__).parents[2]


def documented() -> list[str]:
    """Return the identifiers in the reference, in its order."""
    text = (ROOT / "docs" / "behaviour.md").read_text(encoding="utf-8")
    return re.findall(r"^- `([A-Z][A-Z0-9-]+)` ", text, flags=re.MULTILINE)


def load() -> None:
    """Import every test module of this folder, which registers its rules."""
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        importlib.import_module(f"tests.rules.{path.stem}")


def main() -> int:
    """Print what is missing and return 1, or return 0."""
    load()
    rules = documented()
    shown = {entry.identifier for entry in RULES.values()}
    complaints = [f"rule {r} has no test with a planted break" for r in rules if r not in shown]
    complaints += [f"rule {r} is not in docs/behaviour.md" for r in sorted(shown - set(rules))]
    complaints += [f"rule {r} stands twice in docs/behaviour.md" for r in _twice(rules)]
    for complaint in complaints:
        print(complaint, file=sys.stderr)  # noqa: T201 - a checker prints
    return 1 if complaints else 0


def _twice(rules: list[str]) -> list[str]:
    return sorted({name for name in rules if rules.count(name) > 1})


if __name__ == "__main__":
    sys.exit(main())
