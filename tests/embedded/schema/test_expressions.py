"""Rules of custom resources' schemas (``x-kubernetes-validations``) are evaluated."""

from __future__ import annotations

from typing import Any

import pytest

from tenter.embedded.schema import Types, cel, validate, validate_update
from tenter.embedded.schema.expressions import unreadable_rules
from tenter.manifests import Manifest

pytestmark = pytest.mark.skipif(not cel.is_available(), reason="the extra `cel` is not installed")


def loom_type(spec: dict[str, Any]) -> Any:
    schema = {"type": "object", "properties": {"spec": {"type": "object", **spec}}}
    return Types.load().from_crd(schema, group="weaving.example.com", version="v1", kind="Loom")


def loom(**spec: Any) -> Manifest:
    return {
        "apiVersion": "weaving.example.com/v1",
        "kind": "Loom",
        "metadata": {"name": "small", "namespace": "default"},
        "spec": spec,
    }


def ruled(*rules: dict[str, Any], **properties: Any) -> Any:
    fields = {
        "shafts": {"type": "integer"},
        "maker": {"type": "string"},
        "half": {"type": "number"},
        "threads": {"type": "array", "items": {"type": "string"}},
        "wool-kind": {"type": "string"},
        **properties,
    }
    return loom_type({"properties": fields, "x-kubernetes-validations": list(rules)})


def said(obj: Manifest, type_: Any) -> list[str]:
    return [str(cause) for cause in validate(obj, type_)]


def test_a_rule_that_holds_says_nothing() -> None:
    assert said(loom(shafts=4), ruled({"rule": "self.shafts <= 8"})) == []


def test_a_rule_that_does_not_hold_gives_its_message() -> None:
    type_ = ruled({"rule": "self.shafts <= 8", "message": "too many shafts"})

    assert said(loom(shafts=9), type_) == ["spec: Invalid value: too many shafts"]


def test_a_rule_without_a_message_is_quoted() -> None:
    type_ = ruled({"rule": "self.shafts <= 8"})

    assert said(loom(shafts=9), type_) == ["spec: Invalid value: failed rule: self.shafts <= 8"]


def test_a_message_may_be_an_expression() -> None:
    rule = {"rule": "self.shafts <= 8", "messageExpression": "'%d shafts'.format([self.shafts])"}

    assert said(loom(shafts=9), ruled(rule)) == ["spec: Invalid value: 9 shafts"]


def test_a_rule_may_name_reason_and_field() -> None:
    rule = {
        "rule": "!has(self.maker)",
        "message": "no makers",
        "reason": "FieldValueForbidden",
        "fieldPath": ".maker",
    }

    assert said(loom(maker="us"), ruled(rule)) == ["spec.maker: Forbidden: no makers"]


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("self.threads.isSorted()", True),
        ("self.threads.exists(t, t == 'red')", True),
        ("self.threads.find('x') == ''", None),
        ("self.half == 2.0", True),
        ("self.__wool__dash__kind == ''", None),
        ("self.wool__dash__kind == 'merino'", True),
        ("quantity('1Gi').isGreaterThan(quantity('900Mi'))", True),
        ("quantity('1000m') == quantity('1')", True),
        ("isQuantity('x')", False),
        ("self.maker.find('[a-z]+') == 'us'", True),
        ("self.maker.findAll('[a-z]') == ['u', 's']", True),
        ("[1, 2, 3].sum() == 6 && [1, 2].max() == 2", True),
        ("self.maker.lowerAscii() == 'us'", True),
        ("has(self.shafts)", False),
    ],
)
def test_kubernetes_own_functions_are_known(rule: str, holds: bool | None) -> None:
    obj = loom(maker="us", half=2, threads=["blue", "red"], **{"wool-kind": "merino"})
    causes = said(obj, ruled({"rule": rule}))

    if holds is None:
        assert causes
    else:
        assert (causes == []) is holds, causes


def test_rules_below_are_asked_of_each_value() -> None:
    ruled_item = {
        "type": "object",
        "properties": {"count": {"type": "integer"}},
        "x-kubernetes-validations": [{"rule": "self.count > 0", "message": "none"}],
    }
    type_ = loom_type({"properties": {"all": {"type": "array", "items": ruled_item}}})

    assert said(loom(all=[{"count": 1}, {"count": 0}]), type_) == [
        "spec.all[1]: Invalid value: none"
    ]


STAYS = {"rule": "self == oldSelf", "message": "it stays"}


def test_a_rule_about_a_change_is_not_asked_of_a_new_object() -> None:
    type_ = ruled(maker={"type": "string", "x-kubernetes-validations": [STAYS]})

    assert said(loom(maker="us"), type_) == []


def test_a_rule_about_a_change_sees_what_was_there() -> None:
    type_ = ruled(maker={"type": "string", "x-kubernetes-validations": [STAYS]})
    causes = validate_update(loom(maker="us"), loom(maker="them"), type_)

    assert [str(cause) for cause in causes] == ["spec.maker: Invalid value: it stays"]
    assert validate_update(loom(), loom(maker="them"), type_) == []


def test_items_of_a_keyed_list_are_the_same_by_their_keys() -> None:
    item = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "size": {"type": "integer"}},
        "x-kubernetes-validations": [{"rule": "self.size >= oldSelf.size", "message": "shrunk"}],
    }
    keyed = {
        "type": "array",
        "items": item,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
    }
    type_ = loom_type({"properties": {"all": keyed}})
    old = loom(all=[{"name": "a", "size": 2}, {"name": "b", "size": 5}])
    new = loom(all=[{"name": "b", "size": 4}, {"name": "a", "size": 3}])

    causes = validate_update(old, new, type_)

    assert [str(cause) for cause in causes] == ["spec.all[0]: Invalid value: shrunk"]


def test_rules_are_not_asked_where_the_schema_finds_a_value_missing() -> None:
    type_ = loom_type(
        {
            "required": ["shafts"],
            "properties": {"shafts": {"type": "integer"}},
            "x-kubernetes-validations": [{"rule": "self.shafts > 0"}],
        }
    )

    first, second = said(loom(), type_)

    assert first == "spec.shafts: Required value"
    assert second.startswith("<nil>: Invalid value: null: some validation rules were not checked")


def test_a_rule_that_is_no_expression_is_refused_with_the_definition() -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string", "x-kubernetes-validations": [{"rule": "self +"}]}},
    }

    (cause,) = unreadable_rules(schema, "schema")

    assert cause.field == "schema.properties[a].x-kubernetes-validations[0].rule"
    assert "compilation failed: ERROR" in cause.message


def test_without_the_library_no_rule_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cel, "library", None)

    assert said(loom(shafts=9), ruled({"rule": "self.shafts <= 8"})) == []
