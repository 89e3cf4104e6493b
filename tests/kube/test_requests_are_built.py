from typing import Any

import msgspec
from tests.kube.scripted import CONFIG_MAPS, JOBS, config_map, query_of

from tenter.kube import FieldValidation, PatchType, Request, building
from tenter.kube.building import WriteOptions


def body_of(request: Request) -> Any:
    assert request.body is not None
    return msgspec.json.decode(request.body)


def test_a_list_asks_for_no_version_so_that_it_is_consistent() -> None:
    request = building.list_page(CONFIG_MAPS, "shop", limit=500)
    assert query_of(request) == {"limit": "500"}


def test_the_next_page_carries_the_token_of_the_one_before() -> None:
    assert query_of(building.list_page(CONFIG_MAPS, limit=5, token="abc"))["continue"] == "abc"


def test_a_named_list_selects_by_the_name_field_beside_other_fields() -> None:
    request = building.list_page(CONFIG_MAPS, "shop", name="web", field_selector="a=b")
    assert query_of(request)["fieldSelector"] == "metadata.name=web,a=b"


def test_a_watch_asks_for_bookmarks_and_an_end() -> None:
    request = building.watch(CONFIG_MAPS, "shop", resource_version="7", timeout_seconds=60)
    assert query_of(request) == {
        "watch": "true",
        "resourceVersion": "7",
        "allowWatchBookmarks": "true",
        "timeoutSeconds": "60",
    }


def test_a_streamed_list_asks_for_initial_events_not_older_than_now() -> None:
    query = query_of(building.watch(CONFIG_MAPS, initial_events=True))
    assert query["sendInitialEvents"] == "true"
    assert query["resourceVersionMatch"] == "NotOlderThan"


def test_a_dry_run_write_says_so_beside_its_manager_and_validation() -> None:
    options = WriteOptions(dry_run=True, field_validation=FieldValidation.STRICT)
    request = building.create(CONFIG_MAPS, "shop", config_map("web", ""), options)
    assert (request.method, request.path) == ("POST", "/api/v1/namespaces/shop/configmaps")
    assert query_of(request) == {
        "fieldManager": "tenter",
        "fieldValidation": "Strict",
        "dryRun": "All",
    }


def test_an_apply_is_a_patch_of_its_own_media_type_that_takes_fields_over() -> None:
    request = building.apply(CONFIG_MAPS, "shop", "web", config_map("web", ""), WriteOptions())
    assert request.method == "PATCH"
    assert request.content_type == "application/apply-patch+yaml"
    assert query_of(request) == {"fieldManager": "tenter", "force": "true"}


def test_an_apply_that_must_not_force_says_so() -> None:
    manifest = config_map("web", "")
    request = building.apply(CONFIG_MAPS, "shop", "web", manifest, WriteOptions(), force=False)
    assert query_of(request)["force"] == "false"


def test_a_patch_carries_its_own_media_type() -> None:
    request = building.patch(
        JOBS, "shop", "j", [], WriteOptions(), patch_type=PatchType.STRATEGIC, subresource="status"
    )
    assert request.path.endswith("/jobs/j/status")
    assert request.content_type == "application/strategic-merge-patch+json"


def test_a_deletion_carries_its_preconditions_and_what_becomes_of_dependents() -> None:
    request = building.delete(
        JOBS,
        "shop",
        "j",
        uid="u",
        resource_version="9",
        propagation="Foreground",
        grace_period_seconds=0,
    )
    assert request.method == "DELETE"
    assert body_of(request) == {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "preconditions": {"uid": "u", "resourceVersion": "9"},
        "propagationPolicy": "Foreground",
        "gracePeriodSeconds": 0,
    }


def test_a_bare_deletion_leaves_everything_to_the_kind() -> None:
    assert body_of(building.delete(JOBS, "shop", "j")) == {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
    }


def test_logs_are_asked_for_as_the_caller_wants_them() -> None:
    request = building.logs("shop", "p", container="main", previous=True, tail_lines=0)
    assert request.path == "/api/v1/namespaces/shop/pods/p/log"
    assert query_of(request) == {"container": "main", "previous": "true", "tailLines": "0"}


def test_an_access_review_asks_for_exactly_what_was_named() -> None:
    request = building.access_review("patch", group="batch", plural="jobs", namespace="shop")
    assert body_of(request)["spec"] == {
        "resourceAttributes": {
            "verb": "patch",
            "group": "batch",
            "resource": "jobs",
            "namespace": "shop",
        }
    }
