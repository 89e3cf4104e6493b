from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tenter.embedded.fields.sets import difference, intersection, ordered, paths, union

_elements = st.sampled_from(["f:a", "f:b", 'k:{"name":"x"}', 'v:"y"'])
_nodes: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.just({}),
    lambda below: st.builds(
        lambda member, node: {**({".": {}} if member else {}), **node} if node else {},
        st.booleans(),
        st.dictionaries(_elements, below, min_size=1, max_size=3),
    ),
    max_leaves=8,
)
_sets = st.dictionaries(_elements, _nodes, max_size=3)


def members(node: dict[str, Any]) -> set[str]:
    return set(paths(node))


@given(_sets, _sets)
def test_a_union_holds_the_members_of_both(a: dict[str, Any], b: dict[str, Any]) -> None:
    assert members(union(a, b)) == members(a) | members(b)


@given(_sets, _sets)
def test_a_difference_holds_what_only_the_first_has(a: dict[str, Any], b: dict[str, Any]) -> None:
    assert members(difference(a, b)) == members(a) - members(b)


@given(_sets, _sets)
def test_an_intersection_holds_what_both_have(a: dict[str, Any], b: dict[str, Any]) -> None:
    assert members(intersection(a, b)) == members(a) & members(b)


@given(_sets, _sets)
def test_equal_members_make_equal_sets(a: dict[str, Any], b: dict[str, Any]) -> None:
    assert difference(union(a, b), difference(b, a)) == difference(a, {})
    assert intersection(a, b) == intersection(b, a)


@given(_sets)
def test_ordering_changes_no_member(a: dict[str, Any]) -> None:
    assert ordered(a) == a
    assert list(ordered(a)) == sorted(a)


def test_a_path_reads_as_in_a_conflict() -> None:
    fields: dict[str, Any] = {
        "f:spec": {"f:ports": {'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:name": {}}}}
    }
    assert list(paths(fields)) == [
        '.spec.ports[port=80,protocol="TCP"]',
        '.spec.ports[port=80,protocol="TCP"].name',
    ]
