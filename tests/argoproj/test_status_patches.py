from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tenter.argoproj import ApplicationStatus, SyncReport, merge_patch, plain, status_patch

FIELDS = st.recursive(
    st.none() | st.integers(0, 2) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.sampled_from("abc"), FIELDS)


def patched(value: Any, patch: Any) -> Any:
    """Apply a merge patch by the letter of RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    value = dict(value) if isinstance(value, dict) else {}
    for name, change in patch.items():
        if change is None:
            value.pop(name, None)
        else:
            value[name] = patched(value.get(name), change)
    return value


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_nulls(item) for name, item in value.items() if item is not None}
    return value


@given(OBJECTS, OBJECTS)
def test_a_merge_patch_leads_from_one_to_the_other(before: Any, after: Any) -> None:
    patch = merge_patch(before, after)
    assert without_nulls(patched(before, patch)) == without_nulls(after)


@given(OBJECTS)
def test_nothing_changed_is_no_patch(fields: Any) -> None:
    assert merge_patch(fields, fields) == {}


def test_only_the_parts_that_changed_are_written() -> None:
    before = ApplicationStatus(sync=SyncReport(status="Synced", revision="a"), source_type="Helm")
    after = ApplicationStatus(sync=SyncReport(status="OutOfSync", revision="a"), source_type="Helm")
    manifest = {"status": plain(before)}
    assert status_patch(manifest, before) == {}
    assert status_patch(manifest, after) == {"status": {"sync": {"status": "OutOfSync"}}}


def test_a_part_that_is_empty_now_is_removed() -> None:
    manifest = {"status": {"sourceType": "Helm"}}
    assert status_patch(manifest, ApplicationStatus()) == {"status": {"sourceType": None}}
