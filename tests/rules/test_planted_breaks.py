"""Every rule's test fails when the rule is broken."""

from __future__ import annotations

import pytest

from tests.rules import check
from tests.rules.registry import RULES, Shown

check.load()


@pytest.mark.parametrize("shown", RULES.values(), ids=RULES.keys())
def test_the_planted_break_is_caught(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    shown.plant(monkeypatch)
    with pytest.raises(BaseException) as caught:  # noqa: PT011 - any failure catches the break
        shown.test()
    assert not isinstance(caught.value, KeyboardInterrupt | SystemExit)
