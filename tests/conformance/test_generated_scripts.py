"""The embedded cluster answers generated requests as a real one does."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from conformance.both import Both
from conformance.generated import some_scripts
from conformance.io_coverage import read_coverage
from conformance.io_differential import differential

REQUESTS = 2000
SEED = int(os.environ.get("CONFORMANCE_SEED", "1"))


@pytest.mark.timeout(600)
async def test_both_clusters_answer_generated_requests_alike(
    clusters: Both, record_property: Callable[[str, object], None]
) -> None:
    scripts = some_scripts(read_coverage(), REQUESTS, SEED)

    outcome = await differential(clusters, scripts)

    assert outcome.differing == 0, str(outcome)
    record_property("requests", outcome.requests)
