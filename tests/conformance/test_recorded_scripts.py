"""The embedded cluster answers each script as a real one does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from conformance.both import Both
from conformance.catalogue import RECORDED
from conformance.io_known import read_known
from conformance.scripts import Script


@pytest.mark.parametrize("script", RECORDED, ids=[script.name for script in RECORDED])
async def test_both_clusters_answer_alike(
    clusters: Both, script: Script, record_property: Callable[[str, object], None]
) -> None:
    known = read_known()

    differences = await clusters.compare(script)

    assert [str(each) for each in known.unknown(differences)] == []
    differing = {each.number for each in differences}
    record_property("requests", len(script.steps) - len(differing))
    gone = known.gone(script.name, differences)
    assert gone == [], "these do not differ any more: take them out of conformance/differences.yaml"
