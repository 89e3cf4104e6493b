import pytest

from tenter.errors import SourceError
from tenter.sources.revisions import check_revision, find_ref, only_commit, read_refs

LISTING = """\
aaaa\tHEAD
aaaa\trefs/heads/main
bbbb\trefs/heads/both
cccc\trefs/tags/both
dddd\trefs/tags/v1.2.0
eeee\trefs/tags/v1.2.0^{}
ffff\trefs/tags/v1.3.0
"""
REFS = read_refs(LISTING)


def test_an_annotated_tag_gives_the_commit_it_points_to() -> None:
    assert REFS["refs/tags/v1.2.0"] == "eeee"


def test_both_forms_of_gits_listing_are_read() -> None:
    assert read_refs(LISTING.replace("\t", " ")) == REFS


@pytest.mark.parametrize(
    ("revision", "ref"),
    [
        ("", "HEAD"),
        ("HEAD", "HEAD"),
        ("main", "refs/heads/main"),
        ("refs/heads/main", "refs/heads/main"),
        ("v1.2.0", "refs/tags/v1.2.0"),
        ("1.2.*", "refs/tags/v1.2.0"),
        (">=1.0 <2.0", "refs/tags/v1.3.0"),
        ("both", "refs/heads/both"),
        ("nobody", None),
        ("a" * 40, None),
    ],
)
def test_a_revision_names_a_ref(revision: str, ref: str | None) -> None:
    assert find_ref(REFS, revision) == ref


def test_a_range_without_a_tag_in_it_names_the_tags_there_are() -> None:
    with pytest.raises(SourceError, match=r"range '\^7' .*v1\.3\.0"):
        find_ref(REFS, "^7")


def test_first_digits_find_the_one_commit() -> None:
    assert only_commit(["abc1", "abd2", "abc1"], "abc") == "abc1"
    assert only_commit(["abc1"], "f") is None


def test_first_digits_of_two_commits_are_refused() -> None:
    with pytest.raises(SourceError, match="could be 2 commits"):
        only_commit(["abc1", "abc2"], "abc")


@pytest.mark.parametrize("revision", ["-x", "--upload-pack=evil", "a\nb"])
def test_a_revision_that_git_would_misread_is_refused(revision: str) -> None:
    with pytest.raises(SourceError):
        check_revision(revision)
