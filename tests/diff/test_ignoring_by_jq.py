import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenter.diff import (
    Ignored,
    IgnoreRule,
    check_expressions,
    located,
    with_live_values,
    without_ignored,
)
from tenter.errors import OptionError
from tenter.manifests import Manifest
from tenter.scripting.jq_in_process import JqInProcess

MAIN = '.spec.template.spec.containers[] | select(.name == "main")'


def deployment(*containers: dict[str, Any], **spec: Any) -> Manifest:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "annotations": {"a/b": "1"}},
        "spec": {**spec, "template": {"spec": {"containers": list(containers)}}},
    }


def container(name: str, image: str = "a", **fields: Any) -> dict[str, Any]:
    return {"name": name, "image": image, **fields}


async def without(obj: Manifest, *expressions: str) -> Manifest:
    ignored = Ignored(expressions=expressions)
    return without_ignored(obj, await located(ignored, obj, JqInProcess()), [])


async def respecting(target: Manifest, live: Manifest, *expressions: str) -> Manifest:
    ignored = await located(Ignored(expressions=expressions), target, JqInProcess())
    return with_live_values(target, live, ignored, [])


@pytest.mark.parametrize(
    ("expression", "left"),
    [
        (MAIN, [container("side")]),
        (f"{MAIN} | .image", [{"name": "main"}, container("side")]),
        (".spec.template.spec.containers[]?.image", [{"name": "main"}, {"name": "side"}]),
        (".spec.template.spec.containers[-1]", [container("main")]),
        (".spec.template.spec.containers[0:2]", []),
        (".spec.template.spec.containers[7]", [container("main"), container("side")]),
        (".spec.template.spec.nothing[]", [container("main"), container("side")]),
        (".spec.template.spec.containers[].name[]", [container("main"), container("side")]),
        (".spec.template.spec.containers[0] # the first", [container("side")]),
        ("empty", [container("main"), container("side")]),
    ],
)
async def test_what_an_expression_names_is_taken_out(expression: str, left: list[Any]) -> None:
    found = await without(deployment(container("main"), container("side")), expression)
    assert found["spec"]["template"]["spec"]["containers"] == left


async def test_several_expressions_take_out_what_each_names() -> None:
    obj = deployment(*(container(name) for name in "abcd"), replicas=3)
    places = ".spec.template.spec.containers"
    found = await without(
        obj, f"{places}[0]", f"{places}[2]", f"{places}[3].image", ".spec.replicas"
    )
    assert found["spec"] == {"template": {"spec": {"containers": [container("b"), {"name": "d"}]}}}


async def test_a_key_with_a_slash_is_one_step() -> None:
    found = await without(deployment(), '.metadata.annotations["a/b"]')
    assert found["metadata"]["annotations"] == {}


async def test_of_an_object_ignored_as_a_whole_its_name_is_left() -> None:
    found = await without(deployment(container("main")), ".")
    assert found == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"},
    }


@pytest.mark.parametrize(
    "expression", [".spec[", 'import "a" as a; .a', 'include "a"; .', "nothing(1)"]
)
async def test_what_is_no_jq_is_refused(expression: str) -> None:
    rule = IgnoreRule(kind="A", expressions=(expression,))
    with pytest.raises(OptionError, match="is no jq"):
        await check_expressions((rule,), JqInProcess())


async def test_without_anything_that_runs_jq_expressions_are_refused() -> None:
    with pytest.raises(OptionError, match="nothing here runs jq"):
        await located(Ignored(expressions=(".a",)), deployment(), None)


async def test_respecting_sends_what_is_live_under_the_same_name() -> None:
    target = deployment(container("main", "1"), container("side", "1"))
    live = deployment(container("injected", "9"), container("side", "2"), container("main", "3"))
    found = await respecting(target, live, f"{MAIN} | .image")
    assert found == deployment(container("main", "3"), container("side", "1"))


async def test_respecting_a_whole_item_sends_the_live_one() -> None:
    target = deployment(container("main", "1"), container("side", "1"))
    live = deployment(container("side", "2"), container("main", "3", tty=True))
    found = await respecting(target, live, MAIN)
    assert found == deployment(container("main", "3", tty=True), container("side", "1"))


async def test_respecting_leaves_out_what_live_does_not_have() -> None:
    target = deployment(container("main", "1"), container("side", "1"), replicas=2)
    found = await respecting(target, deployment(container("side")), MAIN, ".spec.replicas")
    assert found == deployment(container("side", "1"))


_values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from("abc"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=12,
)
_steps = st.sampled_from([".a", ".b", ".c", "[]", "[]?", "[0]", "[1]", "[-1]", "[1:]", ".a?"])


@given(_values, st.lists(_steps, min_size=1, max_size=3).map("".join))
async def test_taking_out_is_what_jq_itself_would_delete(value: Any, steps: str) -> None:
    import jq

    obj = {"metadata": {"name": "x"}, "spec": value}
    before = copy.deepcopy(obj)
    try:
        wanted = jq.compile(f"del(.spec{steps})").input_value(obj).first()
    except ValueError:
        wanted = obj

    found = await without(obj, f".spec{steps}")

    assert found == wanted
    assert obj == before
