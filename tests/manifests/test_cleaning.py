import copy
from typing import Any

import pytest

from tenter.manifests import Document, Origin, cleaned

ORIGIN = Origin("a.yaml", 1, 1)


def document(metadata: dict[str, Any] | None = None, **fields: Any) -> Document:
    manifest = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "a", **(metadata or {})},
        **fields,
    }
    return Document(manifest, ORIGIN)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("managedFields", [{"manager": "x"}]),
        ("uid", "1-2"),
        ("resourceVersion", "12"),
        ("generation", 3),
        ("selfLink", "/apis"),
        ("creationTimestamp", "2024-01-01T00:00:00Z"),
        ("deletionTimestamp", "2024-01-01T00:00:00Z"),
        ("deletionGracePeriodSeconds", 30),
    ],
)
def test_what_the_server_sets_is_left_out_and_told(field: str, value: object) -> None:
    clean = cleaned(document({field: value}))
    assert clean.manifest["metadata"] == {"name": "a"}
    (notice,) = clean.notices
    assert f"metadata.{field}" in notice.message
    assert notice.origin == ORIGIN


def test_one_notice_tells_all_that_was_left_out_of_a_document() -> None:
    clean = cleaned(document({"uid": "1", "resourceVersion": "2"}, status={"replicas": 1}))
    (notice,) = clean.notices
    assert notice.message.endswith("metadata.resourceVersion, metadata.uid, status")


def test_a_null_creation_time_and_an_empty_status_go_without_a_notice() -> None:
    clean = cleaned(document({"creationTimestamp": None}, status={"conditions": []}))
    assert clean.manifest == document().manifest
    assert clean.notices == ()


def test_the_status_of_a_custom_resource_stays() -> None:
    custom = document(status={"phase": "Done"})
    custom.manifest["apiVersion"] = "example.com/v1"
    assert cleaned(custom).manifest["status"] == {"phase": "Done"}


def test_the_last_applied_annotation_goes_and_the_others_stay() -> None:
    annotations = {"kubectl.kubernetes.io/last-applied-configuration": "{}", "a": "b"}
    clean = cleaned(document({"annotations": annotations}))
    assert clean.manifest["metadata"]["annotations"] == {"a": "b"}
    assert len(clean.notices) == 1


def test_the_string_data_of_a_secret_stays() -> None:
    secret = Document(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "a", "uid": "1"},
            "stringData": {"a": "b"},
        },
        ORIGIN,
    )
    assert cleaned(secret).manifest["stringData"] == {"a": "b"}


def test_a_clean_document_is_returned_as_it_is() -> None:
    clean = document({"labels": {"a": "b"}}, spec={})
    assert cleaned(clean) is clean


def test_the_given_document_is_not_changed() -> None:
    dirty = document({"uid": "1", "annotations": {}}, status={"a": 1})
    before = copy.deepcopy(dirty.manifest)
    cleaned(dirty)
    assert dirty.manifest == before
