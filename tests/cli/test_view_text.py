from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenter.cli.view.durations import duration
from tenter.cli.view.text import Span, Tone, cut, fit, line_text, log_text, printable, width_of


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-3, "0.0 s"),
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 m 00 s"),
        (125, "2 m 05 s"),
        (3600, "1 h 00 m"),
        (12_300, "3 h 25 m"),
    ],
)
def test_a_duration_is_short_and_has_its_unit(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


@given(st.text(), st.integers(min_value=0, max_value=60))
def test_a_cut_text_is_never_wider_than_asked(text: str, width: int) -> None:
    assert width_of(cut(printable(text), width)) <= width


@given(st.lists(st.text(max_size=8), max_size=6), st.integers(min_value=1, max_value=30))
def test_a_fitted_line_is_never_wider_than_asked(texts: list[str], width: int) -> None:
    line = [Span(printable(text)) for text in texts]
    assert width_of(line_text(fit(line, width))) <= width


@given(st.lists(st.text(alphabet="ab é", max_size=8), max_size=6))
def test_a_line_that_fits_is_left_as_it_is(texts: list[str]) -> None:
    line = [Span(text) for text in texts]
    assert line_text(fit(line, max(width_of("".join(texts)), 1))) == "".join(texts)


def test_a_cut_line_says_so_even_between_two_spans() -> None:
    assert line_text(fit([Span("name", Tone.STRONG), Span("rest")], 4)) == "nam…"


def test_wide_characters_take_two_cells() -> None:
    assert width_of("移行") == 4
    assert cut("移行移行", 5) == "移行…"


@given(st.text())
def test_what_a_hook_prints_cannot_control_the_terminal(text: str) -> None:
    assert printable(text).isprintable()


def test_an_escape_sequence_is_shown_and_not_obeyed() -> None:
    assert printable("\x1b[31mred\x07") == "␛[31mred␇"


def test_a_progress_meter_is_shown_as_it_ended() -> None:
    assert log_text("  0%\r 50%\r100%\r") == "100%"
