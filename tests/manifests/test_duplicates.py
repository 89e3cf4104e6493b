from tenter.errors import DuplicateObject
from tenter.manifests import Document, Origin, find_duplicates


def document(line: int, *, api: str = "v1", kind: str = "ConfigMap", **metadata: str) -> Document:
    manifest = {"apiVersion": api, "kind": kind, "metadata": metadata}
    return Document(manifest, Origin("a.yaml", line, line))


def test_a_duplicate_names_both_places() -> None:
    (error,) = find_duplicates([document(1, name="a"), document(5, name="a")], "shop")
    assert isinstance(error, DuplicateObject)
    assert error.line == 5
    assert "a.yaml:1" in error.reason
    assert "ConfigMap shop/a" in error.reason


def test_a_third_of_the_same_is_reported_too() -> None:
    assert len(find_duplicates([document(n, name="a") for n in (1, 2, 3)], "shop")) == 2


def test_no_namespace_means_the_default_one() -> None:
    documents = [document(1, name="a"), document(2, name="a", namespace="shop")]
    assert len(find_duplicates(documents, "shop")) == 1
    assert find_duplicates(documents, "other") == []


def test_another_version_of_a_kind_is_the_same_object() -> None:
    documents = [document(1, api="apps/v1", name="a"), document(2, api="apps/v1beta1", name="a")]
    assert len(find_duplicates(documents, "shop")) == 1


def test_another_group_or_kind_is_another_object() -> None:
    documents = [
        document(1, name="a"),
        document(2, api="x.io/v1", name="a"),
        document(3, kind="Secret", name="a"),
    ]
    assert find_duplicates(documents, "shop") == []


def test_objects_with_a_generated_name_are_never_the_same() -> None:
    documents = [document(1, generateName="a-"), document(2, generateName="a-")]
    assert find_duplicates(documents, "shop") == []


def test_the_namespace_of_a_cluster_scoped_kind_counts_for_nothing() -> None:
    documents = [
        document(1, kind="Namespace", name="a"),
        document(2, kind="Namespace", name="a", namespace="x"),
    ]
    errors = find_duplicates(documents, "shop", lambda kind: kind.kind != "Namespace")
    assert len(errors) == 1
