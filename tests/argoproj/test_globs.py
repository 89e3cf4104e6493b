import pytest

from tenter.errors import UsageError
from tenter.globs import matches


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*.yaml", "a.yaml"),
        ("*.yaml", "sub/a.yaml"),
        ("**/*.yaml", "sub/deep/a.yaml"),
        ("a?.yaml", "ab.yaml"),
        ("{a,b}.yaml", "b.yaml"),
        ("{*.yml,sub/{c,d}.yaml}", "sub/d.yaml"),
        ("[a-c].yaml", "b.yaml"),
        ("[!a-c].yaml", "d.yaml"),
        ("[]^].yaml", "].yaml"),
        (r"a\*.yaml", "a*.yaml"),
        ("a,b", "a,b"),
        ("a.yaml", "a.yaml"),
    ],
)
def test_a_pattern_matches(pattern: str, path: str) -> None:
    assert matches(pattern, path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*.yaml", "a.yml"),
        ("a.yaml", "sub/a.yaml"),
        ("a.yaml", "abyaml"),
        ("[!a-c].yaml", "b.yaml"),
        (r"a\*.yaml", "ab.yaml"),
        ("{a,b}.yaml", "c.yaml"),
    ],
)
def test_a_pattern_does_not_match(pattern: str, path: str) -> None:
    assert not matches(pattern, path)


@pytest.mark.parametrize("pattern", ["{a", "[a", "[z-a]"])
def test_a_broken_pattern_is_a_usage_error(pattern: str) -> None:
    with pytest.raises(UsageError, match="pattern"):
        matches(pattern, "a")


@pytest.mark.parametrize(
    ("pattern", "text", "matched"),
    [
        ("a/*", "a/b", True),
        ("a/*", "a/b/c", False),
        ("a/**", "a/b/c", True),
        ("a?b", "a/b", False),
        ("*", "a", True),
        ("*", "a/b", False),
    ],
)
def test_a_separator_is_crossed_by_two_stars_only(pattern: str, text: str, matched: bool) -> None:
    assert matches(pattern, text, "/") is matched
