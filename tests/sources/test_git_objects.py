"""What Git's plumbing prints, read."""

from __future__ import annotations

from tenter.sources.git_objects import read_tree_ids

LISTING = b"\0".join(
    [
        b"040000 tree aaaa\tdeploy",
        b"100644 blob bbbb\tdeploy/all.yaml",
        b"120000 blob cccc\tlinked/base",
        b"040000 tree dddd\tlinked",
        b"",
    ]
)


def test_a_path_is_told_by_the_id_of_its_tree() -> None:
    ids = read_tree_ids(LISTING, "root")
    assert ids.of("deploy") == "aaaa"
    assert ids.of("deploy/all.yaml") == "bbbb"


def test_a_path_that_is_not_there_has_no_id() -> None:
    assert read_tree_ids(LISTING, "root").of("elsewhere") == ""


def test_a_path_with_a_link_below_it_has_none_since_the_link_may_lead_elsewhere() -> None:
    ids = read_tree_ids(LISTING, "root")
    assert ids.of("linked") == ""
    assert ids.of("") == ""


def test_the_whole_tree_is_told_by_the_root() -> None:
    assert read_tree_ids(LISTING[:47], "root").of("") == "root"
