from __future__ import annotations

import pytest

from tenter.cli.view.overview import overview_lines
from tenter.cli.view.text import line_text
from tenter.health import HealthStatus
from tenter.library import OperationPhase, Overview, SyncStatus


@pytest.mark.parametrize(
    ("phase", "message", "shown"),
    [
        (OperationPhase.RUNNING, "", "last    Running since 2023-11-14T22:13:20Z"),
        (OperationPhase.FAILED, "no", "last    Failed at 2023-11-14T22:13:20Z: no"),
    ],
)
def test_the_last_operation_is_told_with_its_time(
    phase: OperationPhase, message: str, shown: str
) -> None:
    overview = Overview(
        application="shop",
        namespace="shop",
        source="./deploy",
        revision="",
        status=SyncStatus.SYNCED,
        health=HealthStatus.HEALTHY,
        objects=(),
        operation_phase=phase,
        operation_message=message,
        operation_started_at=1_700_000_000.0,
    )
    assert shown in [line_text(line) for line in overview_lines(overview)]
