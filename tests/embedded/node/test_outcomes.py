from __future__ import annotations

from typing import Any

import pytest

from tenter.embedded.node.outcomes import (
    ANNOTATION,
    Script,
    Verb,
    names_of,
    read_script,
    script_for,
)
from tenter.errors import OptionError
from tenter.manifests import Manifest


def pod(name: str = "migrate-x1", **metadata: Any) -> Manifest:
    return {"metadata": {"name": name, "namespace": "shop", "uid": "u", **metadata}, "spec": {}}


def test_an_outcome_is_read_from_text() -> None:
    text = 'fail exit=3 after=0.2 reason=OOMKilled times=2 container=main log="no such\\ntable"'
    assert read_script(text) == Script(
        verb=Verb.FAIL,
        exit_code=3,
        after=0.2,
        reason="OOMKilled",
        times=2,
        container="main",
        log="no such\ntable",
    )


@pytest.mark.parametrize(
    "text", ["", "explode", "fail exit=three", "fail colour=red", "fail exit", 'fail log="x']
)
def test_an_outcome_that_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(OptionError):
        read_script(text)


def test_the_annotation_wins_over_scripts() -> None:
    item = pod(annotations={ANNOTATION: "hang"})
    script = script_for(item, "main", {"*": Script(verb=Verb.FAIL)})
    assert script is not None
    assert script.verb is Verb.HANG


def test_an_outcome_for_one_container_leaves_the_others() -> None:
    item = pod(annotations={ANNOTATION: "hang container=side"})
    assert script_for(item, "main", {}) is None
    assert script_for(item, "side", {}) is not None


def test_a_pod_is_called_by_its_own_its_jobs_and_its_deployments_name() -> None:
    item = pod("web-abc-1", ownerReferences=[{"kind": "ReplicaSet", "name": "web-abc", "uid": "r"}])
    assert names_of(item) == ("web-abc-1", "web-abc", "web")


def test_scripts_may_be_patterns() -> None:
    script = Script(verb=Verb.FAIL)
    assert script_for(pod(), "main", {"migrate-*": script}) is script
    assert script_for(pod(), "main", {"smoke-*": script}) is None
