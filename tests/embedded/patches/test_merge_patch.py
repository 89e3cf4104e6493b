from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenter.embedded.patches import PatchError, merge_patch

_values = st.recursive(
    st.integers(0, 3) | st.lists(st.integers(0, 3), max_size=2),
    lambda below: st.dictionaries(st.sampled_from("abc"), below, max_size=3),
    max_leaves=8,
)
_objects = st.dictionaries(st.sampled_from("abc"), _values, max_size=3)


def difference(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return the merge patch that makes ``new`` of ``old``."""
    patch: dict[str, Any] = {name: None for name in old if name not in new}
    for name, value in new.items():
        before = old.get(name)
        if isinstance(value, dict) and isinstance(before, dict):
            patch[name] = difference(before, value)
        elif name not in old or before != value:
            patch[name] = value
    return patch


@given(_objects, _objects)
def test_the_difference_of_two_objects_makes_one_the_other(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    before = copy.deepcopy(old)
    assert merge_patch.apply(old, difference(old, new)) == new
    assert old == before


def test_null_removes_and_lists_are_replaced() -> None:
    obj = {"a": {"x": 1, "y": 2}, "l": [1, 2]}
    assert merge_patch.apply(obj, {"a": {"x": None}, "l": [3]}) == {"a": {"y": 2}, "l": [3]}


def test_nulls_of_a_new_object_are_left_out() -> None:
    assert merge_patch.apply({"a": 1}, {"a": {"x": None, "y": 1}}) == {"a": {"y": 1}}


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(PatchError):
        merge_patch.apply({}, [])
