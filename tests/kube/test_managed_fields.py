from typing import Any

from tenter.kube.managed_fields import ManagedFields
from tenter.manifests import Key


def entry(manager: str, time: str = "2026-01-01T00:00:00Z") -> dict[str, Any]:
    return {"manager": manager, "time": time, "fieldsV1": {"f:data": {}}}


def key(name: str) -> Key:
    return Key("", "ConfigMap", "default", name)


def test_entries_are_kept_without_their_times() -> None:
    kept = ManagedFields()
    kept.keep(key("a"), [entry("tenter")])
    assert kept.get(key("a")) == [{"manager": "tenter", "fieldsV1": {"f:data": {}}}]


def test_equal_entries_are_kept_once() -> None:
    kept = ManagedFields()
    kept.keep(key("a"), [entry("tenter")])
    kept.keep(key("b"), [entry("tenter", "2026-02-02T00:00:00Z")])
    assert kept._kept[key("a")] is kept._kept[key("b")]


def test_an_object_that_lost_its_entries_has_none() -> None:
    kept = ManagedFields()
    kept.keep(key("a"), [entry("tenter")])
    kept.keep(key("a"), None)
    assert kept.get(key("a")) == []


def test_an_object_that_is_gone_is_forgotten() -> None:
    kept = ManagedFields()
    kept.keep(key("a"), [entry("tenter")])
    kept.forget(key("a"))
    kept.forget(key("b"))
    assert kept.get(key("a")) == []
