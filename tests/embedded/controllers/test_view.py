from __future__ import annotations

from tenter.embedded.controllers.view import View
from tenter.kube import Change
from tenter.manifests import GroupKind, Manifest, key_of

from .objects import pod

POD = GroupKind("", "Pod")


def version(item: Manifest, number: int) -> Manifest:
    return {**item, "metadata": {**item["metadata"], "resourceVersion": str(number)}}


def told(item: Manifest, *, deleted: bool = False) -> Change:
    metadata = item["metadata"]
    return Change(key_of(item), item, metadata["uid"], metadata["resourceVersion"], deleted)


def seen(view: View, item: Manifest) -> str | None:
    found = view.get(key_of(item))
    return None if found is None else found["metadata"]["resourceVersion"]


def test_an_own_write_is_believed_before_the_watch_tells_it() -> None:
    view, item = View(), pod()
    view.wrote(version(item, 5))
    assert seen(view, item) == "5"


def test_what_the_watch_tells_from_before_an_own_write_is_passed_over() -> None:
    view, item = View(), pod()
    view.tell(told(version(item, 4)))
    view.wrote(version(item, 6))
    view.tell(told(version(item, 5)))
    assert seen(view, item) == "6"


def test_after_the_own_write_came_by_the_watch_is_believed_again() -> None:
    view, item = View(), pod()
    view.wrote(version(item, 6))
    view.tell(told(version(item, 6)))
    view.tell(told(version(item, 7)))
    assert seen(view, item) == "7"


def test_of_two_own_writes_the_second_is_waited_for() -> None:
    view, item = View(), pod()
    view.wrote(version(item, 6))
    view.wrote(version(item, 7))
    view.tell(told(version(item, 6)))
    assert seen(view, item) == "7"
    view.tell(told(version(item, 8)))
    assert seen(view, item) == "7"
    view.tell(told(version(item, 7)))
    view.tell(told(version(item, 8)))
    assert seen(view, item) == "8"


def test_an_answer_that_comes_after_its_own_event_changes_nothing() -> None:
    view, item = View(), pod()
    view.tell(told(version(item, 6)))
    view.tell(told(version(item, 7)))
    view.wrote(version(item, 6))
    assert seen(view, item) == "7"


def test_an_answer_that_comes_after_the_deletion_brings_nothing_back() -> None:
    view, item = View(), pod()
    view.tell(told(version(item, 6)))
    view.tell(told(version(item, 7), deleted=True))
    view.wrote(version(item, 6))
    assert seen(view, item) is None


def test_an_object_deleted_by_us_does_not_come_back_by_an_old_event() -> None:
    view, item = View(), pod()
    view.tell(told(version(item, 6)))
    view.removed(item)
    view.tell(told(version(item, 7)))
    assert seen(view, item) is None


def test_after_a_new_list_the_watch_is_believed() -> None:
    view, item = View(), pod()
    view.wrote(version(item, 6))
    view.trust(lambda _key: version(item, 9))
    assert seen(view, item) == "9"
    view.tell(told(version(item, 10)))
    assert seen(view, item) == "10"


def test_what_a_new_list_lacks_is_gone() -> None:
    view, item = View(), pod()
    view.wrote(version(item, 6))
    view.trust(lambda _key: None)
    assert seen(view, item) is None


def test_children_are_found_by_their_controller_and_adopted_ones_move() -> None:
    view, item = View(), version(pod(), 1)
    view.tell(told(item))
    assert view.children(POD, "") == [item]
    reference = {"kind": "ReplicaSet", "name": "web", "uid": "rs-uid", "controller": True}
    adopted = version(pod(ownerReferences=[reference]), 2)
    view.tell(told(adopted))
    assert view.children(POD, "") == []
    assert view.children(POD, "rs-uid") == [adopted]
    assert view.within(POD, "shop") == [adopted]
