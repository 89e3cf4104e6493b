import pytest

from tenter.errors import ManifestError
from tenter.manifests import read_documents

GOOD = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: [1, 2\nb: 3\n", 2, "expected ',' or ']'"),
        ("a:\n\t- b\n", 2, "tabs"),
        ("a: b: c\n", 1, "column 5"),
        ('a: "b\n', 2, "quotes"),
        ("- a\n- b\nc: d\n", 3, "expected a '-'"),
        ("a: @b\n", 1, "quotes"),
        ("a: 1\n b: 2\n", 2, "indentation"),
        ("a: b\nc: *nobody\n", 2, "no anchor"),
        ("? [a]\n: b\n", 1, "a key must be text"),
        ("a: {~: b}\n", 1, "a key is empty"),
        ("a: {<<: 1}\n", 1, "'<<' takes"),
    ],
)
def test_wrong_yaml_is_told_with_its_line_and_in_plain_words(
    text: str, line: int, words: str
) -> None:
    with pytest.raises(ManifestError) as caught:
        read_documents(f"{GOOD}---\n{text}", "dir/a.yaml")
    assert caught.value.file == "dir/a.yaml"
    assert caught.value.document == 2
    assert caught.value.line == 5 + line
    assert words in caught.value.reason


def test_a_control_character_is_told_with_its_line() -> None:
    with pytest.raises(ManifestError, match=r"a\.yaml:3: a character that YAML does not allow"):
        read_documents("a: é\n---\nb: \x01\n", "a.yaml")


def test_a_template_is_recognised_and_rendering_proposed() -> None:
    with pytest.raises(ManifestError, match="render it first"):
        read_documents("a: {{ .Values.a }}\n", "a.yaml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hello\n", "expected a Kubernetes object"),
        ("- a\n", "found a list"),
        ("5\n", "found the number 5"),
        ("kind: A\nmetadata: {name: a}\n", "apiVersion is missing"),
        ("apiVersion: v1\nmetadata: {name: a}\n", "kind is missing"),
        ("apiVersion: 1\nkind: A\nmetadata: {name: a}\n", "apiVersion is the number 1"),
        ("apiVersion: v1\nkind: A\n", "neither metadata.name nor metadata.generateName"),
        ("apiVersion: v1\nkind: A\nmetadata: {name: ''}\n", "neither metadata.name"),
        ("apiVersion: v1\nkind: A\nmetadata: x\n", "expected a mapping"),
        ("apiVersion: v1\nkind: A\nmetadata: {name: 12}\n", "put it in quotes"),
        ("apiVersion: v1\nkind: A\nmetadata: {name: on}\n", "the boolean true"),
        ("apiVersion: v1\nkind: A\nmetadata: {name: a, namespace: 1}\n", "metadata.namespace"),
    ],
)
def test_what_is_no_object_is_refused_with_its_place(text: str, words: str) -> None:
    with pytest.raises(ManifestError) as caught:
        read_documents(f"{GOOD}---\n\n{text}", "a.yaml")
    assert (caught.value.file, caught.value.document, caught.value.line) == ("a.yaml", 2, 7)
    assert words in caught.value.reason


def test_an_annotation_that_is_a_number_is_refused_with_its_place() -> None:
    text = "apiVersion: v1\nkind: A\nmetadata: {name: a, annotations: {wave: 5}}\n"
    with pytest.raises(ManifestError, match=r"a\.yaml:1 .*annotation wave is the number 5"):
        read_documents(text, "a.yaml")


def test_generate_name_is_name_enough() -> None:
    text = "apiVersion: v1\nkind: A\nmetadata: {generateName: a-}\n"
    assert len(read_documents(text, "a.yaml")) == 1


def test_an_object_larger_than_etcd_takes_is_refused() -> None:
    text = GOOD + "data:\n  a: " + "x" * 1_500_000 + "\n"
    with pytest.raises(ManifestError, match="at most 1,500,000 bytes"):
        read_documents(text, "a.yaml")


def test_many_objects_may_be_larger_together() -> None:
    text = "---\n".join(f"{GOOD}data: {{a: {'x' * 700_000}}}\n" for _ in range(3))
    assert len(read_documents(text, "a.yaml")) == 3


@pytest.mark.parametrize("file", ["a.yaml", "a.json"])
def test_half_a_surrogate_pair_is_no_text(file: str) -> None:
    text = '{"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}, "x": "\\ud800"}'
    with pytest.raises(ManifestError):
        read_documents(text, file)
