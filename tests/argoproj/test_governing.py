from typing import Any

import pytest

from tenter.argoproj import (
    ApplicationSpec,
    governing_options,
    governing_retry,
    governing_sources,
    read_application,
    read_operation,
)
from tenter.errors import OptionError


def spec(**fields: Any) -> ApplicationSpec:
    return read_application({"metadata": {"name": "a"}, "spec": fields}).spec


def test_an_operation_without_options_takes_those_of_the_spec() -> None:
    own = spec(syncPolicy={"syncOptions": ["PruneLast=true"]})
    assert governing_options(read_operation({"sync": {}}), own) == ("PruneLast=true",)
    asked = read_operation({"sync": {"syncOptions": ["Validate=false"]}})
    assert governing_options(asked, own) == ("Validate=false",)


def test_an_operation_without_a_retry_takes_that_of_the_spec() -> None:
    own = spec(syncPolicy={"retry": {"limit": 3, "backoff": {"duration": "1m"}}})
    assert governing_retry(read_operation({}), own).limit == 3
    assert governing_retry(read_operation({}), own).backoff(1) == 60
    assert governing_retry(read_operation({"retry": {"limit": 1}}), own).limit == 1


def test_a_sync_of_the_controllers_own_is_retried_five_times_and_others_never() -> None:
    automated = read_operation({"initiatedBy": {"automated": True}})
    assert governing_retry(automated, spec()).limit == 5
    assert governing_retry(read_operation({}), spec()).limit == 0


def test_a_retry_waits_as_long_as_its_backoff_says() -> None:
    backoff = {"duration": "2", "factor": 3, "maxDuration": "10s"}
    asked = read_operation({"retry": {"limit": -1, "backoff": backoff}})
    retry = governing_retry(asked, spec())
    assert [retry.backoff(number) for number in (1, 2, 3)] == [2, 6, 10]
    default = governing_retry(read_operation({"retry": {"limit": 9}}), spec())
    assert [default.backoff(number) for number in (1, 2, 9)] == [5, 10, 180]


def test_a_retry_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(OptionError, match="cannot be read"):
        governing_retry(read_operation({"retry": {"backoff": {"duration": "x"}}}), spec())


@pytest.mark.parametrize(
    ("sync", "urls", "revisions"),
    [
        ({}, ["mine"], ("",)),
        ({"revision": "abc"}, ["mine"], ("abc",)),
        ({"source": {"repoURL": "theirs"}, "revision": "abc"}, ["theirs"], ("abc",)),
        (
            {"sources": [{"repoURL": "a"}, {"repoURL": "b"}], "revisions": ["1"]},
            ["a", "b"],
            ("1", ""),
        ),
    ],
)
def test_sources_and_revisions_of_an_operation_replace_the_specs(
    sync: dict[str, Any], urls: list[str], revisions: tuple[str, ...]
) -> None:
    own = spec(source={"repoURL": "mine"})
    sources, asked = governing_sources(read_operation({"sync": sync}), own)
    assert ([source.repo_url for source in sources], asked) == (urls, revisions)
