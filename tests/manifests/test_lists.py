import pytest

from tenter.errors import ManifestError
from tenter.manifests import read_documents

LIST = """\
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: a}
- apiVersion: v1
  kind: ConfigMap
  metadata:
    name: b
"""


def test_a_list_is_taken_apart_and_each_item_keeps_its_line() -> None:
    documents = read_documents(LIST, "a.yaml")
    assert [d.manifest["metadata"]["name"] for d in documents] == ["a", "b"]
    assert [(d.origin.document, d.origin.line) for d in documents] == [(1, 4), (1, 7)]


def test_items_of_a_typed_list_get_its_kind() -> None:
    text = "apiVersion: apps/v1\nkind: DeploymentList\nitems:\n- metadata: {name: a}\n"
    (document,) = read_documents(text, "a.yaml")
    assert document.manifest == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "a"},
    }


def test_a_kind_that_ends_in_list_without_items_is_an_object() -> None:
    text = "apiVersion: a.io/v1\nkind: AllowList\nmetadata: {name: a}\nspec: {}\n"
    (document,) = read_documents(text, "a.yaml")
    assert document.manifest["kind"] == "AllowList"


def test_an_empty_list_holds_nothing() -> None:
    assert read_documents("apiVersion: v1\nkind: List\nitems: []\n", "a.yaml") == []


def test_a_list_within_a_list_is_taken_apart() -> None:
    inner = LIST.replace("\n", "\n  ")
    text = f"apiVersion: v1\nkind: List\nitems:\n- {inner}\n"
    assert len(read_documents(text, "a.yaml")) == 2


def test_an_item_without_kind_is_refused_with_its_line() -> None:
    text = LIST.replace("  kind: ConfigMap\n  metadata:\n", "  metadata:\n")
    with pytest.raises(ManifestError, match="kind is missing") as caught:
        read_documents(text, "a.yaml")
    assert caught.value.line == 7


def test_the_notices_of_a_document_are_told_once() -> None:
    text = LIST.replace("apiVersion: v1\nkind: List", "apiVersion: v1\nkind: A\nkind: List")
    assert [len(d.notices) for d in read_documents(text, "a.yaml")] == [1, 0]
