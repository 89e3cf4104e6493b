from typing import Any

import pytest

from tenter.errors import ManifestError
from tenter.manifests import (
    Origin,
    annotation,
    annotation_integer,
    annotation_list,
    comma_list,
    label,
)


def manifest(value: object) -> dict[str, Any]:
    return {"kind": "A", "metadata": {"name": "a", "annotations": {"x": value}}}


@pytest.mark.parametrize(
    "empty",
    [
        {},
        {"metadata": None},
        {"metadata": {}},
        {"metadata": {"annotations": None, "labels": None}},
        {"metadata": {"annotations": {}, "labels": {}}},
    ],
)
def test_where_there_is_no_annotation_there_is_none(empty: dict[str, Any]) -> None:
    assert annotation(empty, "x") is None
    assert label(empty, "x") is None
    assert annotation_list(empty, "x") == ()
    assert annotation_integer(empty, "x") is None


def test_an_annotation_and_a_label_are_told_apart() -> None:
    both = {"metadata": {"annotations": {"x": "1"}, "labels": {"x": "2"}}}
    assert (annotation(both, "x"), label(both, "x")) == ("1", "2")


def test_a_null_value_is_empty_text() -> None:
    assert annotation(manifest(None), "x") == ""


@pytest.mark.parametrize(
    ("value", "words"),
    [(5, "the number 5"), (True, "the boolean true"), ({}, "a mapping"), ([], "a list")],
)
def test_a_value_that_is_no_string_is_an_error(value: object, words: str) -> None:
    with pytest.raises(ManifestError, match=words):
        annotation(manifest(value), "x")


def test_the_error_names_the_place_where_it_is_known() -> None:
    with pytest.raises(ManifestError, match=r"a\.yaml:3 \(document 2\)"):
        annotation(manifest(5), "x", Origin("a.yaml", 2, 3))


def test_annotations_that_are_no_mapping_are_an_error() -> None:
    with pytest.raises(ManifestError, match=r"metadata\.annotations is a list"):
        annotation({"kind": "A", "metadata": {"annotations": []}}, "x")


@pytest.mark.parametrize(
    ("text", "entries"),
    [("a,b", ("a", "b")), (" a , b ,", ("a", "b")), (",,", ()), ("", ()), ("a b", ("a b",))],
)
def test_a_list_is_split_at_commas_trimmed_and_without_empty_entries(
    text: str, entries: tuple[str, ...]
) -> None:
    assert comma_list(text) == entries
    assert annotation_list(manifest(text), "x") == entries


@pytest.mark.parametrize(("text", "number"), [("5", 5), ("-3", -3), ("+2", 2), (" 7 ", 7)])
def test_an_integer_may_have_a_sign(text: str, number: int) -> None:
    assert annotation_integer(manifest(text), "x") == number


@pytest.mark.parametrize("text", ["", "a", "1.5", "1_0", "0x1", "--1", "٣", "9" * 5000])
def test_what_is_no_integer_is_an_error(text: str) -> None:
    with pytest.raises(ManifestError, match="whole number"):
        annotation_integer(manifest(text), "x")
