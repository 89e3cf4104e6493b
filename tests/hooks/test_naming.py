import re

from hypothesis import given
from hypothesis import strategies as st

from tenter.hooks import MAX_NAME, hook_name


def test_a_chart_version_that_no_name_can_hold_is_made_to_fit() -> None:
    assert hook_name("migrate-", "1.2.0+Ab", "PreSync", 7) == "migrate-1-2-0-a-presync-7"


@given(st.text(max_size=80), st.integers(min_value=0, max_value=2**40))
def test_whatever_the_revision_the_name_is_one(revision: str, started: int) -> None:
    name = hook_name("migrate-", revision, "PostSync", started)
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", name)
    assert len(name) <= MAX_NAME
