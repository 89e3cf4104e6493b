from typing import Any

import pytest

from tenter.argoproj import Application, plain, read_application, rollback_operation
from tenter.errors import UsageError

SOURCE = {"repoURL": "https://example.com/shop", "path": "."}


def application(*revisions: str, **spec: Any) -> Application:
    history = [
        {"id": number, "deployedAt": "2026-01-01T00:00:00Z", "revision": name, "source": SOURCE}
        for number, name in enumerate(revisions)
    ]
    return read_application(
        {"metadata": {"name": "shop"}, "spec": spec, "status": {"history": history}}
    )


def test_a_rollback_applies_an_entry_without_hooks() -> None:
    found = rollback_operation(application("a", "b", "c"), 0, prune=True, username="ann")
    assert plain(found) == {
        "initiatedBy": {"username": "ann"},
        "sync": {
            "revision": "a",
            "source": SOURCE,
            "prune": True,
            "syncStrategy": {"apply": {}},
        },
    }
    assert found.sync is not None
    assert not found.sync.runs_hooks


def test_without_an_entry_it_goes_back_by_one() -> None:
    found = rollback_operation(application("a", "b", "c")).sync
    assert found is not None
    assert found.revision == "b"


def test_it_is_refused_while_auto_sync_is_on() -> None:
    on = application("a", "b", syncPolicy={"automated": {}})
    with pytest.raises(UsageError, match=r"automated\.enabled to false"):
        rollback_operation(on)
    off = application("a", "b", syncPolicy={"automated": {"enabled": False}})
    assert rollback_operation(off).sync is not None


def test_an_entry_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(UsageError, match="no entry 7; it has these: 0, 1"):
        rollback_operation(application("a", "b"), 7)
    with pytest.raises(UsageError, match="no earlier deployment"):
        rollback_operation(application("a"))
