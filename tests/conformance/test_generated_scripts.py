"""The embedded cluster answers random writes of one object by several managers as a real one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from conformance.both import both
from conformance.generated import scripts
from conformance.io_control_plane import ControlPlane
from conformance.scripts import Script
from hypothesis import HealthCheck, given, settings

EXAMPLES = 150


def test_both_clusters_answer_alike(
    plane: ControlPlane, record_property: Callable[[str, object], None]
) -> None:
    requests = 0
    with asyncio.Runner() as runner:
        opening = both(plane)
        clusters = runner.run(opening.__aenter__())

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        )
        @given(scripts(20))
        def alike(script: Script) -> None:
            differences = runner.run(clusters.compare(script))
            assert [str(each) for each in differences] == []

        try:
            alike()
        finally:
            requests = clusters.requests
            runner.run(opening.__aexit__(None, None, None))
    record_property("requests", requests)
