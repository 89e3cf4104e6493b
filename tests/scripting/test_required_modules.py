"""``require`` in a script: the modules that Argo CD's scripts ask for, and no file."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenter.errors import HealthCheckError
from tenter.scripting import Script
from tenter.scripting.sandbox import Sandbox

SANDBOX = Sandbox()


def told(expression: str, obj: Any = None, *, open_libraries: bool = False) -> str:
    code = f'return {{status = "Healthy", message = tostring({expression})}}'
    script = Script("x.lua", code, open_libraries)
    health = SANDBOX.evaluate(script, obj if obj is not None else {}, 1_700_000_000)
    assert health is not None
    return health.message


def test_the_clock_and_tables_can_be_required() -> None:
    assert told('require("os").time()') == "1700000000"
    assert told('require("table").concat({"a", "b"})') == "ab"


@pytest.mark.parametrize("name", ["io", "package", "debug", "string", "./secret", "_G"])
def test_nothing_else_can_be_required(name: str) -> None:
    with pytest.raises(HealthCheckError, match=f"there is no module '{name}'"):
        told(f'require("{name}")')


def test_the_pure_libraries_can_be_required_where_they_are_opened() -> None:
    assert told('require("string").upper("a")', open_libraries=True) == "A"


def test_an_annotation_can_be_decoded() -> None:
    text = json.dumps([{"type": "AbleToScale", "status": "True", "n": 1.5, "none": None}])
    obj = {"metadata": {"annotations": {"conditions": text}}}
    read = 'require("json").decode(obj.metadata.annotations.conditions)[1]'
    assert told(f"{read}.type .. {read}.n", obj) == "AbleToScale1.5"
    assert told(f"{read}.none", obj) == "nil"


@pytest.mark.parametrize(
    "text", ["", "{", "[1,", '{"a" 1}', '"x', "tru", "1 2", '"\\u12"', '"\\x"', "{1: 2}", "-"]
)
def test_what_is_no_json_is_told_and_no_error(text: str) -> None:
    obj = {"text": text}
    assert told('require("json").decode(obj.text)', obj) == "nil"
    assert "no JSON at character" in told('select(2, require("json").decode(obj.text))', obj)


def test_deep_json_is_told() -> None:
    message = told('select(2, require("json").decode(obj.text))', {"text": "[" * 300_000})
    assert "stack overflow" in message


LEAVES = (
    st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(st.text(st.sampled_from('abcé"\\\n '), min_size=1), inner, min_size=1)
    ),
    max_leaves=8,
)


@given(VALUES)
def test_what_is_encoded_is_what_was_decoded(value: Any) -> None:
    script = Script(
        "x.lua",
        'local json = require("json")\n'
        'return {status = "Healthy", message = json.encode(json.decode(obj.text))}',
    )
    for ascii_only in (True, False):
        text = json.dumps(value, ensure_ascii=ascii_only)
        health = SANDBOX.evaluate(script, {"text": text}, 0)
        assert health is not None
        assert json.loads(health.message) == value


def test_what_one_run_does_to_a_module_is_not_seen_by_the_next() -> None:
    SANDBOX.evaluate(Script("x.lua", 'require("json").decode = nil'), {}, 0)
    assert told('type(require("json").decode)') == "function"
