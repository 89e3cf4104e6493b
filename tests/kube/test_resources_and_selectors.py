import pytest
from tests.kube.scripted import CONFIG_MAPS, JOBS, NAMESPACES

from tenter.kube import field_selector, label_selector


def test_a_core_object_is_found_under_api() -> None:
    assert CONFIG_MAPS.path("shop", "web") == "/api/v1/namespaces/shop/configmaps/web"


def test_an_object_of_a_group_is_found_under_apis() -> None:
    assert JOBS.path("shop", "migrate", "status") == (
        "/apis/batch/v1/namespaces/shop/jobs/migrate/status"
    )


def test_a_collection_over_all_namespaces_names_none() -> None:
    assert JOBS.path() == "/apis/batch/v1/jobs"


def test_the_path_of_a_cluster_scoped_object_has_no_namespace() -> None:
    assert NAMESPACES.path("shop", "shop") == "/api/v1/namespaces/shop"


def test_the_key_of_a_cluster_scoped_object_has_no_namespace() -> None:
    assert NAMESPACES.key("shop", "shop").namespace == ""


def test_a_resource_is_named_as_rbac_names_it() -> None:
    assert (CONFIG_MAPS.name, JOBS.name) == ("configmaps", "jobs.batch")


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ({"app": "web"}, "app=web"),
        ({"app": "web", "tier": ["a", "b"]}, "app=web,tier in (a,b)"),
        ({"app": True, "old": False}, "app,!old"),
        ({}, ""),
    ],
)
def test_a_label_selector_says_what_is_wanted(wanted: dict[str, str], text: str) -> None:
    assert label_selector(wanted) == text


def test_a_field_selector_escapes_what_has_a_meaning_in_it() -> None:
    assert field_selector({"spec.x": r"a,b=c\d"}) == r"spec.x=a\,b\=c\\d"
