from typing import Any

import pytest

from tenter.errors import ManifestError
from tenter.manifests import Document, read_documents

HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


def read_one(text: str) -> Document:
    (document,) = read_documents(HEAD + text, "a.yaml")
    return document


def test_each_document_has_its_number_and_the_line_of_its_first_key() -> None:
    text = f"# a comment\n---\n\n{HEAD}---\n# only a comment\n---\n# and\n{HEAD}...\n---\n{HEAD}"
    places = [(d.origin.document, d.origin.line) for d in read_documents(text, "a.yaml")]
    assert places == [(1, 4), (3, 11), (4, 16)]


def test_empty_documents_are_left_out() -> None:
    assert read_documents("---\n---\n# nothing\n---\nnull\n", "a.yaml") == []


def test_an_empty_text_holds_nothing() -> None:
    assert read_documents("", "a.yaml") == []


def test_a_byte_order_mark_is_no_part_of_the_first_key() -> None:
    (document,) = read_documents("\ufeff" + HEAD, "a.yaml")
    assert document.manifest["apiVersion"] == "v1"


def test_of_a_repeated_key_the_last_counts_and_a_notice_names_it_and_its_line() -> None:
    document = read_one("data:\n  a: '1'\n  b: '2'\n  a: '3'\n")
    assert document.manifest["data"] == {"a": "3", "b": "2"}
    (notice,) = document.notices
    assert '"a"' in notice.message
    assert str(notice).startswith("a.yaml:7 ")


def test_keys_that_become_the_same_string_are_repeated() -> None:
    document = read_one("data: {yes: a, true: b}\n")
    assert document.manifest["data"] == {"true": "b"}
    assert len(document.notices) == 1


def test_a_key_once_in_each_of_two_mappings_is_no_repetition() -> None:
    assert read_one("data: {a: x}\nbinaryData: {a: x}\n").notices == ()


def test_an_alias_gives_the_anchored_value() -> None:
    assert read_one("a: &x {k: [1, 2]}\nb: *x\n").manifest["b"] == {"k": [1, 2]}


def test_changing_an_aliased_value_does_not_change_the_anchored_one() -> None:
    manifest = read_one("a: &x {k: [1]}\nb: *x\n").manifest
    manifest["b"]["k"].append(2)
    assert manifest["a"] == {"k": [1]}


def test_a_scalar_may_be_anchored_and_be_a_key() -> None:
    assert read_one("a: &x name\n*x : b\n").manifest["name"] == "b"


def test_a_merge_gives_keys_that_later_ones_override_without_a_notice() -> None:
    document = read_one("a: &x {k: 1, j: 2}\nb:\n  <<: *x\n  k: 9\n")
    assert document.manifest["b"] == {"k": 9, "j": 2}
    assert document.notices == ()


def test_a_merge_wins_over_the_keys_above_it_as_in_kubernetes() -> None:
    assert read_one("a: &x {k: 1}\nb:\n  k: 9\n  <<: *x\n").manifest["b"] == {"k": 1}


def test_of_several_merged_mappings_the_first_wins() -> None:
    manifest = read_one("a: &x {k: 1}\nb: &y {k: 2, j: 2}\nc:\n  <<: [*x, *y]\n").manifest
    assert manifest["c"] == {"k": 1, "j": 2}


def test_a_quoted_merge_key_is_an_ordinary_key() -> None:
    assert read_one("a: {'<<': {b: c}}\n").manifest["a"] == {"<<": {"b": "c"}}


def test_an_alias_does_not_reach_into_another_document() -> None:
    with pytest.raises(ManifestError, match=r"\*x"):
        read_documents(f"{HEAD}a: &x 1\n---\n{HEAD}b: *x\n", "a.yaml")


def laughs(levels: int) -> str:
    lines = ["l0: &l0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    for level in range(1, levels):
        many = ", ".join([f"*l{level - 1}"] * 10)
        lines.append(f"l{level}: &l{level} [{many}]")
    return HEAD + "\n".join(lines) + "\n"


def test_a_billion_laughs_are_refused_with_their_line() -> None:
    with pytest.raises(ManifestError, match="expand to more than 10 MB") as caught:
        read_documents(laughs(10), "bomb.yaml")
    assert caught.value.line is not None
    assert caught.value.line > 4


def test_a_bomb_of_nothing_but_empty_lists_is_refused() -> None:
    with pytest.raises(ManifestError, match="expand to more than"):
        read_documents(laughs(9).replace("ha", "[]"), "bomb.yaml")


def test_documents_share_one_limit_of_expansion() -> None:
    big = f"{HEAD}a: &x {'y' * 400_000}\nb: [{', '.join(['*x'] * 2)}]\n"
    assert len(read_documents(big, "a.yaml")) == 1
    with pytest.raises(ManifestError, match="expand to more than"):
        read_documents("---\n".join([big] * 13), "a.yaml")


def test_an_alias_within_what_it_names_is_refused() -> None:
    with pytest.raises(ManifestError, match="within what it names"):
        read_one("a: &x [*x]\n")


def nested(levels: int) -> str:
    return "a: " + "[" * levels + "]" * levels + "\n"


def test_two_hundred_levels_of_nesting_are_read() -> None:
    value: Any = read_one(nested(199)).manifest["a"]
    depth = 0
    while value:
        value = value[0]
        depth += 1
    assert depth == 198


@pytest.mark.parametrize("levels", [200, 100_000])
def test_deeper_nesting_is_refused(levels: int) -> None:
    with pytest.raises(ManifestError, match="nested deeper than 200 levels"):
        read_one(nested(levels))


def test_an_alias_does_not_nest_deeper_than_allowed() -> None:
    half = "[" * 150 + "]" * 150
    with pytest.raises(ManifestError, match="nested deeper than 200 levels"):
        read_one(f"a: &x {half}\nb: {'[' * 100}*x{']' * 100}\n")
