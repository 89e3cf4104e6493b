"""The benchmarks by name. Each runs in a process of its own, which imports only what it needs."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from bench.measurement import Measurement

ON_A_REAL_CLUSTER = {
    "real-waves": "bench.real:waves",
    "real-jobs": "bench.real:jobs",
    "real-mixed": "bench.real:mixed_objects",
    "real-changes": "bench.real:changes_of_objects",
}
"""These need the binaries of ``make controlplane``, and run only when they are named."""

BENCHMARKS = {
    "engine-stage": "bench.engine_cpu:one_stage",
    "engine-waves": "bench.engine_cpu:twenty_waves",
    "engine-hooks": "bench.engine_cpu:hooks",
    "cluster-ready": "bench.cluster:ready",
    "cluster-creates": "bench.cluster:creates",
    "cluster-memory": "bench.cluster:memory",
    "waves": "bench.syncs:waves",
    "jobs": "bench.syncs:jobs",
    "mixed": "bench.syncs:mixed_in_memory",
    "mixed-https": "bench.syncs:mixed_over_https",
    "changes-https": "bench.syncs:changes_over_https",
    "watching": "bench.watching:watching",
    "help": "bench.command_line:help_page",
    "import": "bench.command_line:import_time",
    "yaml": "bench.reading:documents",
    "helm": "bench.rendering:helm",
    "kustomize": "bench.rendering:kustomize",
    "health": "bench.health_checks:built_in",
    "lua": "bench.health_checks:lua",
}


def benchmark(name: str) -> Callable[[], list[Measurement]]:
    """Return the benchmark of this name; raises ``KeyError``."""
    module, _, function = {**BENCHMARKS, **ON_A_REAL_CLUSTER}[name].partition(":")
    found: Callable[[], list[Measurement]] = getattr(importlib.import_module(module), function)
    return found
