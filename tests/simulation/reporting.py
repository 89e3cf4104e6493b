"""What many seeds came to, in words: how fast, what was covered, and what failed."""

from __future__ import annotations

import statistics
from itertools import combinations

import msgspec

from tests.simulation.minimising import minimised, without
from tests.simulation.scenarios import FAULTS, scenario_of
from tests.simulation.world import Result, play

FLOORS = {"objects": 10, "hooks": 3, "requests": 100, "faults": 2}
"""The least that a median seed must have for the simulation to mean anything."""


class Summary(msgspec.Struct, kw_only=True):
    """Counts over seeds; ``failures`` are (seed, check, message)."""

    seeds: int = 0
    objects: list[int] = []
    hooks: list[int] = []
    requests: list[int] = []
    faults: list[int] = []
    covered: dict[str, int] = {}
    pairs: dict[str, int] = {}
    exempt: int = 0
    untraceable: int = 0
    seconds: float = 0.0
    failures: list[tuple[int, str, str]] = []

    def add(self, seed: int, result: Result) -> None:
        """Count one seed."""
        self.seeds += 1
        self.objects.append(result.objects)
        self.hooks.append(result.hooks)
        self.requests.append(result.requests)
        self.faults.append(len(result.faults))
        self.exempt += result.exempt
        self.untraceable += result.untraceable
        self.seconds += result.seconds
        for name, count in result.covered.items():
            self.covered[name] = self.covered.get(name, 0) + count
        kinds = sorted(dict.fromkeys(result.faults))
        for kind in result.faults:
            self.covered[f"fault {kind}"] = self.covered.get(f"fault {kind}", 0) + 1
        for first, second in combinations(kinds, 2):
            self.pairs[f"{first} + {second}"] = self.pairs.get(f"{first} + {second}", 0) + 1
        if result.violation is not None:
            self.failures.append((seed, result.violation.check, str(result.violation)))

    def join(self, other: Summary) -> None:
        """Count what another process counted."""
        self.seeds += other.seeds
        self.exempt += other.exempt
        self.untraceable += other.untraceable
        self.seconds += other.seconds
        for name in ("objects", "hooks", "requests", "faults", "failures"):
            getattr(self, name).extend(getattr(other, name))
        for mine, theirs in ((self.covered, other.covered), (self.pairs, other.pairs)):
            for name, count in theirs.items():
                mine[name] = mine.get(name, 0) + count

    @property
    def medians(self) -> dict[str, float]:
        """Return the median of each thing that has a floor."""
        return {name: statistics.median(getattr(self, name) or [0]) for name in FLOORS}

    def below_floors(self) -> list[str]:
        """Return what a median seed has too little of."""
        return [
            f"a median seed has {found:g} {name}, which should be {FLOORS[name]} at least"
            for name, found in self.medians.items()
            if found < FLOORS[name]
        ]

    def lines(self, wall: float) -> list[str]:
        """Return the report; ``wall`` is how many seconds it all took."""
        medians = ", ".join(f"{found:g} {name}" for name, found in self.medians.items())
        possible = len(FAULTS) * (len(FAULTS) - 1) // 2
        speed = f"{self.seeds} seeds in {wall:.1f} s ({self.seeds / wall:.1f} a second)"
        told = [
            f"{speed}, {self.seconds / 3600:.1f} hours of virtual time",
            f"a median seed: {medians}",
            f"pairs of faults in one seed: {len(self.pairs)} of {possible}",
            f"second creations by a runner that woke after its Lease (exempt): {self.exempt}",
            f"creations in place of what left no trace (exempt): {self.untraceable}",
        ]
        width = max((len(name) for name in self.covered), default=0)
        told += [f"  {name:<{width}}  {count}" for name, count in sorted(self.covered.items())]
        return told


def run_seeds(first: int, count: int) -> Summary:
    """Play ``count`` seeds from ``first`` on."""
    summary = Summary()
    for seed in range(first, first + count):
        summary.add(seed, play(scenario_of(seed)))
    return summary


def story_of(seed: int, tokens: list[str]) -> list[str]:
    """Return what happens in a seed, cut down by ``tokens``, in words."""
    scenario = without(scenario_of(seed), tokens)
    told = [f"Seed {seed}{' without ' + ','.join(tokens) if tokens else ''}:"]
    for part in scenario.parts:
        what = f"a {'+'.join(part.types)} hook" if part.is_hook else "an ordinary object"
        policies = f", {'+'.join(part.policies)}" if part.policies else ""
        shapes = ", ".join(
            f"r{number}: "
            + (f"wave {shape.wave} {shape.outcome}".strip() if shape.present else "absent")
            + (f", fails {shape.fails_first} times first" if shape.fails_first else "")
            + (f", timeout {shape.timeout} s" if shape.timeout else "")
            for number, shape in enumerate(part.shapes)
        )
        named = " with generateName" if part.generated else ""
        told.append(
            f"  {part.id} is {what}, {part.kind}{named}{policies} {part.options} ({shapes})"
        )
    result = play(scenario, tell=True)
    return [*told, *result.lines, f"trace {result.trace}"]


def explained(seed: int, check: str) -> list[str]:
    """Return the minimised story of a failing seed and how to replay it."""
    tokens = minimised(scenario_of(seed), check)
    replay = f"make simulate SEED={seed} WITHOUT={','.join(tokens)}"
    return [*story_of(seed, tokens), f"Replay exactly with: {replay}"]
