from __future__ import annotations

import asyncio
import io
import itertools
import json
import re

import pytest
import yaml
from tests.cli import operations as op

from tenter.cli.displays import display_for
from tenter.cli.formats import Format
from tenter.cli.io_terminal import Terminal


class Screen(io.StringIO):
    """A terminal that remembers all that was written to it."""

    encoding = "utf-8"

    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


class Unread(Screen):
    """A pipe whose reader has gone."""

    def write(self, _text: str) -> int:
        raise BrokenPipeError


def terminal_of(screen: io.StringIO, **environ: str) -> Terminal:
    return Terminal(stream=screen, environ=environ)


def without_control(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def played(screen: Screen, form: Format = Format.TEXT, **environ: str) -> str:
    with display_for(terminal_of(screen, **environ), form, lambda: op.START + 3) as display:
        for event in op.good_sync():
            display.feed(event)
        display.finish([], {})
    return screen.getvalue()


@pytest.mark.parametrize("environ", [{"TERM": "xterm"}, {"TERM": "dumb"}, {}])
async def test_what_is_no_terminal_gets_plain_lines_without_control_codes(
    environ: dict[str, str],
) -> None:
    shown = played(Screen(is_terminal=False), Format.TEXT, **environ)
    assert "\x1b" not in shown
    assert shown.splitlines()[0] == "shop at 3f2a1bc in namespace shop"
    assert shown.splitlines()[-1].startswith("✔ shop succeeded")


async def test_a_dumb_terminal_gets_plain_lines_too() -> None:
    shown = played(Screen(is_terminal=True), TERM="dumb")
    assert "\x1b" not in shown
    assert shown.startswith("shop at")


async def test_a_terminal_gets_a_live_view_that_ends_in_tree_and_summary() -> None:
    screen = Screen(is_terminal=True)
    shown = played(screen, TERM="xterm", COLUMNS="80", LINES="24")
    assert "\x1b[" in shown
    last = [line for line in without_control(shown).splitlines() if line.strip()][-4:]
    assert last[0].startswith("shop at 3f2a1bc")
    assert [line.split()[0] for line in last[1:]] == ["✔", "✔", "✔"]
    assert "succeeded after 2.6 s" in last[-1]


async def test_no_color_is_respected_on_a_terminal() -> None:
    shown = played(Screen(is_terminal=True), TERM="xterm", NO_COLOR="1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", shown)


async def test_the_live_view_leaves_no_timer_behind() -> None:
    played(Screen(is_terminal=True), TERM="xterm")
    loop = asyncio.get_running_loop()
    pending = [timer for timer in getattr(loop, "_scheduled", []) if not timer.cancelled()]
    assert not [timer for timer in pending if "_draw" in repr(timer)]


def waits(text: str) -> bool:
    return "waiting for completion" in text


async def test_a_plain_line_tells_of_no_wait_that_is_soon_over() -> None:
    assert not waits(played(Screen(is_terminal=False)))


async def test_a_plain_line_tells_of_a_wait_that_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenter.cli.displays._PATIENCE", 0)
    screen = Screen(is_terminal=False)
    with display_for(terminal_of(screen), Format.TEXT, lambda: op.START + 3) as display:
        for event in itertools.islice(op.good_sync(), 5):
            display.feed(event)
        assert not waits(screen.getvalue())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert screen.getvalue().splitlines()[-1] == (
            "   3.0 s  waiting for completion of hook batch/Job/migrate"
        )


def test_json_is_an_event_a_line_and_the_last_is_the_state() -> None:
    lines = [
        json.loads(line) for line in played(Screen(is_terminal=True), Format.JSON).splitlines()
    ]
    assert lines[0]["type"] == "OperationStarted"
    assert lines[-1] == {"operationState": {"phase": "Succeeded"}}


def test_yaml_is_a_document_an_event() -> None:
    documents = list(yaml.safe_load_all(played(Screen(is_terminal=False), Format.YAML)))
    assert documents[1]["stages"][0]["phase"] == "PreSync"
    assert documents[-1] == {"operationState": {"phase": "Succeeded"}}


def test_the_json_of_a_plan_holds_no_manifests() -> None:
    shown = played(Screen(is_terminal=False), Format.JSON)
    assert '"manifest"' not in shown


async def test_a_reader_that_leaves_does_not_stop_the_operation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tenter.cli.io_terminal.discard_output", lambda: None)
    assert played(Unread(is_terminal=False)) == ""


async def test_signs_become_ascii_where_the_stream_knows_no_others() -> None:
    class Ascii(Screen):
        encoding = "ascii"

    shown = played(Ascii(is_terminal=False))
    assert shown.isascii()
    assert shown.splitlines()[-1].startswith("+ shop succeeded")
