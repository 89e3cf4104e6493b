from __future__ import annotations

import copy
from typing import Any

import pytest

from tenter.embedded.patches import PatchError, json_patch

OBJ = {"metadata": {"labels": {"a/b": "1", "c~d": "2"}}, "items": [1, 2, 3], "flag": True}


def patched(*operations: dict[str, Any]) -> dict[str, Any]:
    before = copy.deepcopy(OBJ)
    result = json_patch.apply(OBJ, list(operations))
    assert before == OBJ
    return result


def test_add_sets_a_field() -> None:
    assert patched({"op": "add", "path": "/new", "value": {"x": 1}})["new"] == {"x": 1}


def test_add_inserts_into_a_list() -> None:
    assert patched({"op": "add", "path": "/items/1", "value": 9})["items"] == [1, 9, 2, 3]


def test_add_appends_at_the_end_of_a_list() -> None:
    assert patched({"op": "add", "path": "/items/-", "value": 9})["items"] == [1, 2, 3, 9]


def test_paths_are_unescaped() -> None:
    labels = patched(
        {"op": "remove", "path": "/metadata/labels/a~1b"},
        {"op": "replace", "path": "/metadata/labels/c~0d", "value": "3"},
    )["metadata"]["labels"]
    assert labels == {"c~d": "3"}


def test_remove_takes_an_item_out() -> None:
    assert patched({"op": "remove", "path": "/items/0"})["items"] == [2, 3]


def test_move_and_copy_take_the_value_along() -> None:
    result = patched(
        {"op": "move", "from": "/items", "path": "/metadata/items"},
        {"op": "copy", "from": "/metadata/items/0", "path": "/first"},
    )
    assert result["metadata"]["items"] == [1, 2, 3]
    assert result["first"] == 1
    assert "items" not in result


def test_a_test_that_holds_changes_nothing() -> None:
    assert patched({"op": "test", "path": "/items", "value": [1, 2, 3]}) == OBJ


def test_a_test_for_null_holds_where_there_is_nothing() -> None:
    assert patched({"op": "test", "path": "/metadata/finalizers", "value": None}) == OBJ


def test_a_replace_makes_an_entry_that_was_not_there() -> None:
    assert patched({"op": "replace", "path": "/nothing", "value": 1}) == {**OBJ, "nothing": 1}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/items/0", "value": 2},
        {"op": "test", "path": "/flag", "value": 1},
        {"op": "remove", "path": "/nothing"},
        {"op": "replace", "path": "/nothing/below", "value": 1},
        {"op": "grow", "path": "/x", "value": 1},
        {"op": "add", "path": "/nothing/below", "value": 1},
        {"op": "add", "path": "/items/9", "value": 1},
        {"op": "add", "path": "/items/01", "value": 1},
        {"op": "add", "path": "/flag/x", "value": 1},
        {"op": "move", "from": "/metadata", "path": "/metadata/labels"},
        {"op": "replace", "path": "", "value": []},
    ],
)
def test_what_does_not_fit_the_object_is_invalid(operation: dict[str, Any]) -> None:
    with pytest.raises(PatchError) as caught:
        patched(operation)
    assert caught.value.code == 422


@pytest.mark.parametrize(
    "patch",
    [
        {},
        [1],
        [{"op": "add"}],
        [{"op": "add", "path": "x", "value": 1}],
        [{"op": "add", "path": "/x"}],
        [{"op": "move", "path": "/x"}],
    ],
)
def test_a_malformed_patch_is_a_bad_request(patch: Any) -> None:
    with pytest.raises(PatchError) as caught:
        json_patch.apply(OBJ, patch)
    assert caught.value.code == 400
