import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenter.sources.versions import highest_in_range, is_range, read_version

TAGS = [
    "v0.9.0",
    "v1.0.0",
    "v1.2.0",
    "v1.2.3",
    "v1.10.0",
    "v2.0.0-rc.1",
    "v2.0.0",
    "v3.1",
    "nightly",
]


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("1.2.*", "v1.2.3"),
        ("1.2.x", "v1.2.3"),
        ("1.*", "v1.10.0"),
        ("*", "v3.1"),
        (">=1.0 <2.0", "v1.10.0"),
        (">=1.0, <2.0", "v1.10.0"),
        (">= 1.0.0 < 1.2.3", "v1.2.0"),
        ("~1.2.1", "v1.2.3"),
        ("~1", "v1.10.0"),
        ("^1.2", "v1.10.0"),
        ("^0.9", "v0.9.0"),
        ("<=1.2", "v1.2.3"),
        ("<=1.2.0", "v1.2.0"),
        (">1.2 <2", "v1.10.0"),
        ("=1.2", "v1.2.3"),
        ("!=3.1.0", "v2.0.0"),
        ("1.0 - 1.2", "v1.2.3"),
        ("<1.0 || 1.2.*", "v1.2.3"),
        (">=2.0.0-0 <2.0.0", "v2.0.0-rc.1"),
        ("v1.2.*", "v1.2.3"),
    ],
)
def test_the_highest_tag_in_the_range_is_chosen(text: str, tag: str) -> None:
    assert is_range(text)
    assert highest_in_range(TAGS, text) == tag


def test_a_pre_release_does_not_count_unless_the_range_names_one() -> None:
    assert highest_in_range(["2.0.0-rc.1"], ">=1.0") is None


def test_no_tag_in_the_range_gives_none() -> None:
    assert highest_in_range(TAGS, "^7") is None


@pytest.mark.parametrize(
    "name",
    ["main", "v1.2.3", "1.2", "release-1.x-fixes", "feature/x", "x", "", "a b", ">=a"],
)
def test_a_name_is_no_range(name: str) -> None:
    assert not is_range(name)


def test_versions_are_ordered_as_semantic_versioning_says() -> None:
    ordered = ["1.0.0-1", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0"]
    versions = [version for text in ordered if (version := read_version(text)) is not None]
    assert len(versions) == len(ordered)
    assert sorted(versions) == versions


NUMBERS = st.integers(0, 20)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_every_version_is_in_its_own_families_and_not_in_the_next(a: int, b: int, c: int) -> None:
    tag = f"v{a}.{b}.{c}"
    for text in (f"{a}.*", f"{a}.{b}.*", f"~{a}.{b}.{c}", f"^{a}.{b}.{c}", f">={a}.{b} <={a}.{b}"):
        assert highest_in_range([tag], text) == tag
    for text in (f"{a + 1}.*", f"{a}.{b + 1}.*", f">{a}.{b}", f"<{a}.{b}.{c}", f"^{a}.{b}.{c + 1}"):
        assert highest_in_range([tag], text) is None
