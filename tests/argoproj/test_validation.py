from typing import Any

import pytest

from tenter.argoproj import (
    known_options,
    operation_faults,
    option_warnings,
    read_application,
    read_operation,
    validate,
)

HERE = "https://kubernetes.default.svc"
GOOD: dict[str, Any] = {
    "project": "default",
    "source": {"repoURL": "https://example.com/a.git", "path": "."},
    "destination": {"server": HERE, "namespace": "shop"},
}


def faults(**spec: Any) -> str:
    found = validate(read_application({"metadata": {"name": "a"}, "spec": {**GOOD, **spec}}))
    assert {each.type for each in found} <= {"InvalidSpecError"}
    return "\n".join(each.message for each in found)


def test_a_good_spec_has_no_faults() -> None:
    assert faults() == ""


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ({"destination": {}}, "spec.destination names no cluster; set server"),
        ({"destination": {"server": HERE, "name": "x"}}, "give only one of them"),
        ({"source": None}, "spec.source and spec.sources are both missing"),
        ({"source": {"path": "x"}}, "spec.source.repoURL is missing"),
        ({"source": {"repoURL": "x"}}, "spec.source has neither path nor chart"),
        ({"source": {"repoURL": "x", "chart": "c"}}, "spec.source.targetRevision is missing"),
        ({"source": {"repoURL": "x", "chart": "c", "path": "p"}}, "has both path and chart"),
        ({"source": {"repoURL": "x", "path": "/p"}}, "write it without the leading /"),
        ({"source": {"repoURL": "x", "path": "a/../.."}}, "write it without .."),
        (
            {"source": {"repoURL": "x", "path": "p", "helm": {}, "kustomize": {}}},
            "options for helm and kustomize",
        ),
        ({"source": {"repoURL": "x", "path": "p", "plugin": {}}}, "plugin is not supported"),
        (
            {"sources": [{"repoURL": "x", "ref": "v"}, {"repoURL": "y", "ref": "v"}]},
            "spec.sources[1].ref is v, as is that of spec.sources[0]",
        ),
        ({"source": {"repoURL": "x", "path": "p", "ref": "v"}}, "no use with a single source"),
        (
            {"source": None, "sourceHydrator": {"drySource": {}}},
            "spec.sourceHydrator is not supported",
        ),
        (
            {"syncPolicy": {"retry": {"backoff": {"duration": "soon"}}}},
            "spec.syncPolicy.retry is",
        ),
        (
            {"ignoreDifferences": [{"kind": "Pod", "jsonPointers": ["spec"]}]},
            '"spec" does not begin with /',
        ),
        ({"revisionHistoryLimit": -1}, "spec.revisionHistoryLimit is -1"),
    ],
)
def test_a_fault_says_where_it_is_and_what_to_do(spec: dict[str, Any], told: str) -> None:
    assert told in faults(**spec)


def test_a_source_that_only_lends_its_files_needs_no_path() -> None:
    assert faults(sources=[{"repoURL": "x", "ref": "values"}]) == ""


def test_unknown_sync_options_are_warned_of_and_left_out() -> None:
    options = ["PruneLast=true", "PrunLast=true", "Validate=maybe"]
    spec = read_application(
        {"metadata": {"name": "a"}, "spec": {"syncPolicy": {"syncOptions": options}}}
    ).spec
    first, second = option_warnings(spec)
    assert first.startswith("spec.syncPolicy.syncOptions: ")
    assert "Did you mean PruneLast?" in first
    assert "Validate" in second
    assert known_options(spec.sync_options) == ("PruneLast=true",)


def test_an_operation_with_another_number_of_revisions_than_sources_is_refused() -> None:
    sources = [{"repoURL": "x", "path": "."}, {"repoURL": "y", "path": "."}]
    sync = read_operation({"sync": {"revisions": ["a"], "sources": sources}}).sync
    assert sync is not None
    (fault,) = operation_faults(sync)
    assert "1 revisions for 2 sources" in fault
