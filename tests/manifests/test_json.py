import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenter.errors import ManifestError
from tenter.manifests import read_documents

OBJECT = '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}'


def test_several_documents_follow_each_other_each_with_its_line() -> None:
    documents = read_documents(f"\n{OBJECT}\n{OBJECT} {OBJECT}\n", "a.json")
    assert [(d.origin.document, d.origin.line) for d in documents] == [(1, 2), (2, 3), (3, 3)]


def test_json_is_recognised_in_a_file_that_is_called_yaml() -> None:
    assert len(read_documents(OBJECT + OBJECT, "a.yaml")) == 2


def test_a_flow_mapping_that_is_no_json_is_yaml() -> None:
    text = "{apiVersion: v1, kind: A, metadata: {name: a}}\n---\n" + OBJECT
    assert len(read_documents(text, "a.yaml")) == 2


@pytest.mark.parametrize(
    ("number", "expected"),
    [("1.0", 1), ("1e3", 1000), ("0.5", 0.5), ("9223372036854775807", 9223372036854775807)],
)
def test_a_whole_number_is_an_integer(number: str, expected: float) -> None:
    (document,) = read_documents(OBJECT[:-1] + f', "x": {number}}}', "a.json")
    assert document.manifest["x"] == expected
    assert type(document.manifest["x"]) is type(expected)


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e400", "9" * 5000])
def test_what_no_json_number_can_hold_is_refused(number: str) -> None:
    with pytest.raises(ManifestError, match="no JSON number"):
        read_documents(OBJECT[:-1] + f', "x": {number}}}', "a.json")


def test_wrong_json_is_told_with_line_and_column() -> None:
    with pytest.raises(ManifestError, match=r"a\.json:3 \(document 2\): not JSON, at column 2"):
        read_documents(OBJECT + "\n{\n x}", "a.json")


def test_a_repeated_key_is_a_notice() -> None:
    (document,) = read_documents(OBJECT[:-1] + ', "x": {"a": 1, "a": 2}}', "a.json")
    assert document.manifest["x"] == {"a": 2}
    assert [n.message.split()[2] for n in document.notices] == ['"a"']


@pytest.mark.parametrize("levels", [201, 900, 100_000])
def test_deep_nesting_is_refused(levels: int) -> None:
    with pytest.raises(ManifestError, match="nested deeper than 200"):
        read_documents(OBJECT[:-1] + ', "x": ' + "[" * levels + "]" * levels + "}", "a.json")


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co", "Zl", "Zp"))
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_json_means_the_same_to_the_json_and_the_yaml_reader(value: Any) -> None:
    manifest = {"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}, "value": value}
    text = json.dumps(manifest, ensure_ascii=False)
    (as_json,) = read_documents(text, "a.json")
    # A comment keeps the text from being taken for JSON.
    (as_yaml,) = read_documents("# yaml\n" + text, "a.yaml")
    assert as_json.manifest == manifest
    assert as_yaml.manifest == manifest
