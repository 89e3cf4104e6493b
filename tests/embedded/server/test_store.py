import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenter.embedded.store import Store, TooOld, Verb

Step = tuple[str, str, int]

steps = st.lists(
    st.tuples(st.sampled_from(["write", "delete"]), st.sampled_from("abc"), st.integers(0, 3))
)


def play(store: Store, history: list[Step]) -> list[tuple[int, dict[str, int]]]:
    """Do the steps that are possible; return each version with the state after it."""
    states: list[tuple[int, dict[str, int]]] = [(0, {})]
    for verb, name, value in history:
        state = dict(states[-1][1])
        object_ = {"metadata": {"name": name}, "value": value}
        if verb == "delete":
            if name not in state:
                continue
            store.delete("things", object_)
            del state[name]
        elif name in state:
            store.update("things", object_)
            state[name] = value
        else:
            store.create("things", object_)
            state[name] = value
        states.append((store.version, state))
    return states


@given(steps)
def test_every_version_can_be_listed_again(history: list[Step]) -> None:
    store = Store()
    for version, state in play(store, history):
        found = store.objects_at("things", version)
        assert {s.object["metadata"]["name"]: s.object["value"] for s in found} == state


@given(steps)
def test_the_changes_since_a_version_lead_from_it_to_now(history: list[Step]) -> None:
    store = Store()
    states = play(store, history)
    for version, state in states:
        copy = dict(state)
        for change in store.changes("things", version):
            if change.verb is Verb.DELETE:
                del copy[change.key.name]
            else:
                copy[change.key.name] = change.object["value"]
        assert copy == states[-1][1]


@given(steps)
def test_versions_count_up_by_one_and_history_keeps_each(history: list[Step]) -> None:
    store = Store(history_limit=None)
    play(store, history)
    assert [change.version for change in store.history] == list(range(1, store.version + 1))


@given(steps, st.integers(1, 5))
def test_a_bounded_history_is_complete_or_too_old(history: list[Step], limit: int) -> None:
    whole, bounded = Store(), Store(watch_limit=limit)
    states = play(whole, history)
    play(bounded, history)
    for version, _ in states:
        try:
            changes = bounded.changes("things", version)
        except TooOld:
            assert version < whole.version
            continue
        expected = [change.version for change in whole.changes("things", version)]
        assert [change.version for change in changes] == expected


def test_a_stored_object_is_not_the_writers() -> None:
    store = Store()
    mine = {"metadata": {"name": "a"}}
    stored = store.create("things", mine)
    assert "resourceVersion" not in mine["metadata"]
    assert stored.object["metadata"]["resourceVersion"] == "1"


def test_two_objects_of_one_key_are_refused() -> None:
    store = Store()
    store.create("things", {"metadata": {"name": "a"}})
    with pytest.raises(KeyError):
        store.create("things", {"metadata": {"name": "a"}})
