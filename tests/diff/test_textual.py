from tenter.diff import Sign, changed_fields, textual
from tenter.manifests import Manifest


def config(**data: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": data}


def secret(**data: str) -> Manifest:
    return {**config(**data), "kind": "Secret"}


def marked(before: Manifest | None, after: Manifest | None) -> list[str]:
    return [f"{line.sign}{line.text}" for line in textual(before, after, context=0)]


def test_changed_lines_stand_beside_each_other() -> None:
    assert marked(config(a="1", b="2"), config(a="1", b="3"))[1:] == ["-  b: '2'", "+  b: '3'"]


def test_an_object_that_is_not_there_is_added_as_a_whole() -> None:
    lines = textual(None, config(a="1"))
    assert {line.sign for line in lines[1:]} == {Sign.ADDED}


def test_what_only_the_server_writes_is_not_shown() -> None:
    live = {**config(a="1"), "status": {"x": 1}}
    live["metadata"] = {
        "name": "c",
        "uid": "1",
        "resourceVersion": "2",
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"},
    }
    assert marked(live, config(a="1")) == []


def test_values_of_a_secret_are_never_shown() -> None:
    shown = marked(secret(same="AAAA", other="BBBB", old="CCCC"), secret(same="AAAA", other="DDDD"))
    text = "\n".join(shown)
    assert not any(value in text for value in ("AAAA", "BBBB", "CCCC", "DDDD"))


def test_a_changed_value_of_a_secret_shows_that_it_changed() -> None:
    shown = marked(secret(same="AAAA", other="BBBB"), secret(same="AAAA", other="DDDD"))
    assert shown[1:] == ["-  other: '******** (before)'", "+  other: '******** (after)'"]


def test_the_changed_fields_are_named() -> None:
    assert list(changed_fields(config(a="1", b="2"), config(a="1", c="2"))) == ["data.b", "data.c"]
