"""What StatefulSets and DaemonSets were before is kept, so that they can go back to it."""

from __future__ import annotations

from typing import Any

from tenter.embedded.controllers.revisions import keep
from tenter.embedded.controllers.writes import Create, Delete, Patch
from tenter.manifests import Manifest


def owner(image: str = "one", **spec: Any) -> Manifest:
    template = {
        "metadata": {"labels": {"app": "db"}},
        "spec": {"containers": [{"name": "main", "image": image}]},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "db", "namespace": "shop", "uid": "u"},
        "spec": {"template": template, **spec},
    }


def made(image: str, present: list[Manifest]) -> Manifest:
    (write,) = keep(owner(image), present)
    assert isinstance(write, Create)
    return write.manifest


def history(*images: str) -> list[Manifest]:
    present: list[Manifest] = []
    for image in images:
        present.append(made(image, present))
    return present


def test_a_template_is_kept_as_the_patch_that_puts_it_back() -> None:
    revision = made("one", [])

    assert revision["revision"] == 1
    assert revision["metadata"]["labels"]["app"] == "db"
    assert revision["data"] == {
        "spec": {"template": {**owner("one")["spec"]["template"], "$patch": "replace"}}
    }


def test_another_template_is_the_next_revision() -> None:
    assert [each["revision"] for each in history("one", "two")] == [1, 2]


def test_a_template_that_was_there_before_becomes_the_newest_again() -> None:
    present = history("one", "two")

    (write,) = keep(owner("one"), present)

    assert isinstance(write, Patch)
    assert (write.manifest, write.changes) == (present[0], {"revision": 3})


def test_nothing_is_written_where_nothing_changed() -> None:
    assert keep(owner("two"), history("one", "two")) == ()


def test_the_oldest_beyond_the_limit_go() -> None:
    present = history("one", "two", "three", "four")

    writes = keep(owner("four", revisionHistoryLimit=1), present)

    assert writes == (Delete(present[0]), Delete(present[1]))


def test_what_still_runs_is_kept() -> None:
    present = history("one", "two")
    running = {"currentRevision": present[0]["metadata"]["name"]}

    assert keep({**owner("two", revisionHistoryLimit=0), "status": running}, present) == ()


def test_the_history_of_what_is_being_deleted_is_left_alone() -> None:
    ending = owner("one")
    ending["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"

    assert keep(ending, []) == ()
