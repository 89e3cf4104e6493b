from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tenter.cli.demo.acts import ACTS, Act, Deed, Happened, shortcomings
from tenter.cli.demo.io_example import example_folder, read_revisions
from tenter.cli.demo.io_receiver import slack_receiver
from tenter.cli.demo.io_repository import DemoRepository
from tenter.cli.main import main
from tenter.errors import SourceError
from tenter.library import OperationPhase

ACT = Act(
    title="t",
    shows="s",
    deed=Deed.SYNC,
    ends=OperationPhase.SUCCEEDED,
    serves="2",
    column="stock",
    message="App Sync succeeded",
    hooks=("schema-migrate-",),
)


def happened(**changes: Any) -> Happened:
    good: dict[str, Any] = {
        "phase": OperationPhase.SUCCEEDED,
        "succeeded_hooks": ["schema-migrate-1"],
        "messages": ["#c: App Sync succeeded"],
        "answer": {"version": "2", "items": [{"stock": 3}]},
    }
    return Happened(**{**good, **changes})


def test_an_act_that_went_as_it_should_has_no_shortcomings() -> None:
    assert shortcomings(ACT, happened()) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"phase": OperationPhase.FAILED}, "should have ended Succeeded"),
        ({"succeeded_hooks": []}, "schema-migrate-"),
        ({"messages": ["App Sync failed"]}, "Slack"),
        ({"answer": {}}, "nothing is served"),
        ({"answer": {"version": "1", "items": [{"stock": 3}]}}, "1 is served"),
        ({"answer": {"version": "2", "items": [{"name": "x"}]}}, "no stock"),
        ({"answer": {"version": "2", "items": []}}, "no stock"),
    ],
)
def test_what_is_missing_from_an_act_is_told(changes: dict[str, Any], told: str) -> None:
    (wrong,) = [one for one in shortcomings(ACT, happened(**changes)) if told in one]
    assert wrong


def test_only_one_act_is_meant_to_fail() -> None:
    ends = [act.ends for act in ACTS]
    assert ends.count(OperationPhase.FAILED) == 1
    assert len(ACTS) == 6


def test_the_example_has_a_revision_for_every_sync() -> None:
    revisions = read_revisions(example_folder(), "http://127.0.0.1:1/hook")
    assert len(revisions) > max(act.revision for act in ACTS)
    assert "http://127.0.0.1:1/hook" in revisions[0]["notifications.yaml"]
    assert revisions[1]["migrations.yaml"] != revisions[0]["migrations.yaml"]
    assert revisions[1]["smoke-test.yaml"] == revisions[0]["smoke-test.yaml"]


def test_a_missing_example_says_how_to_name_one(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="--example"):
        example_folder(tmp_path)


async def test_each_revision_is_the_whole_content_of_a_commit(tmp_path: Path) -> None:
    repository = DemoRepository(tmp_path)
    await repository.create()
    first = await repository.commit({"deploy/a.yaml": "a", "b.yaml": "b"}, "one")
    second = await repository.commit({"deploy/a.yaml": "new"}, "two")
    assert first != second
    listed = await asyncio.create_subprocess_exec(
        "git", "ls-tree", "-r", "--name-only", second, cwd=tmp_path, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await listed.communicate()
    assert out.split() == [b"deploy/a.yaml"]


async def test_the_receiver_takes_what_slack_takes() -> None:
    heard: list[str] = []
    async with slack_receiver(heard.append) as slack, aiohttp.ClientSession() as session:
        form = {"payload": '{"channel": "#c", "text": "done"}'}
        async with session.post(slack.url, data=form) as answer:
            assert (answer.status, await answer.text()) == (200, "ok")
        async with session.post(slack.url, json={"text": "again"}) as answer:
            assert answer.status == 200
        async with session.post(slack.url, data={"payload": "nonsense"}) as answer:
            assert answer.status == 400
    assert heard == slack.messages == ["#c: done", "again"]


def test_the_demo_plays_all_acts_as_they_should_be(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main(["demo"])
    told = capsys.readouterr().out
    assert code == 0, told[-3000:]
    assert told.count("✔ Act ended") == 6
