"""Builds API requests: each function turns what is meant into one request value.

Pure, so that what goes over the wire can be read in a test without a server. What comes back is
``answers``'; when to try again is the client's.
"""

from __future__ import annotations

import enum
from typing import Any, TypedDict

import msgspec

from tenter.kube.requests import JSON, Request
from tenter.kube.resources import Resource
from tenter.kube.selectors import field_selector as fields
from tenter.manifests import Manifest

FIELD_MANAGER = "tenter"
_METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


class PatchType(enum.StrEnum):
    """A patch format, by its media type."""

    JSON = "application/json-patch+json"
    MERGE = "application/merge-patch+json"
    STRATEGIC = "application/strategic-merge-patch+json"
    APPLY = "application/apply-patch+yaml"


class FieldValidation(enum.StrEnum):
    """What the server does about unknown and duplicate fields."""

    STRICT = "Strict"
    WARN = "Warn"
    IGNORE = "Ignore"


class WriteOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What every write may ask for besides its object."""

    dry_run: bool = False
    field_manager: str = FIELD_MANAGER
    field_validation: FieldValidation | None = None

    def query(self) -> list[tuple[str, str]]:
        """Return the query parameters."""
        query = [("fieldManager", self.field_manager)] if self.field_manager else []
        if self.field_validation is not None:
            query.append(("fieldValidation", self.field_validation.value))
        if self.dry_run:
            query.append(("dryRun", "All"))
        return query


class WriteKeywords(TypedDict, total=False):
    """``WriteOptions`` as keywords of a call."""

    dry_run: bool
    field_manager: str
    field_validation: FieldValidation | None


def get(resource: Resource, namespace: str, name: str, *, subresource: str = "") -> Request:
    """Read one object, or its subresource (``status``, ``scale``)."""
    return Request(method="GET", path=resource.path(namespace, name, subresource))


def list_page(
    resource: Resource,
    namespace: str = "",
    *,
    name: str = "",
    label_selector: str = "",
    field_selector: str = "",
    limit: int = 0,
    token: str = "",
    metadata_only: bool = False,
) -> Request:
    """Read one page of a collection; ``token`` is the ``metadata.continue`` of the page before.

    No resourceVersion is sent, which makes the list consistent: as new as the moment of asking.
    ``name`` narrows it to one object, as RBAC rules with resourceNames require. A ``limit`` of 0
    asks for everything. With ``metadata_only`` the items are without the rest, from a server that
    knows how to leave it out.
    """
    query = _selection(name, label_selector, field_selector)
    if limit:
        query.append(("limit", str(limit)))
    if token:
        query.append(("continue", token))
    return Request(
        method="GET",
        path=resource.path(namespace),
        query=tuple(query),
        accept=f"{_METADATA},{JSON}" if metadata_only else JSON,
    )


def watch(
    resource: Resource,
    namespace: str = "",
    *,
    name: str = "",
    resource_version: str = "",
    label_selector: str = "",
    field_selector: str = "",
    timeout_seconds: int = 300,
    bookmarks: bool = True,
    initial_events: bool = False,
) -> Request:
    """Follow a collection from ``resource_version`` on.

    The server ends the stream after ``timeout_seconds``. With ``initial_events`` it tells the
    objects that exist first and marks their end by a bookmark (a streamed list, where served).
    """
    query = [("watch", "true"), *_selection(name, label_selector, field_selector)]
    if resource_version:
        query.append(("resourceVersion", resource_version))
    if bookmarks:
        query.append(("allowWatchBookmarks", "true"))
    if initial_events:
        query.append(("sendInitialEvents", "true"))
        query.append(("resourceVersionMatch", "NotOlderThan"))
    query.append(("timeoutSeconds", str(timeout_seconds)))
    return Request(method="GET", path=resource.path(namespace), query=tuple(query))


def _selection(name: str, label_selector: str, field_selector: str) -> list[tuple[str, str]]:
    query: list[tuple[str, str]] = []
    if label_selector:
        query.append(("labelSelector", label_selector))
    selected = [text for text in (fields({"metadata.name": name} if name else {}),) if text]
    if field_selector:
        selected.append(field_selector)
    if selected:
        query.append(("fieldSelector", ",".join(selected)))
    return query


def create(
    resource: Resource,
    namespace: str,
    manifest: Manifest,
    options: WriteOptions,
    *,
    name: str = "",
    subresource: str = "",
) -> Request:
    """POST an object into its collection, or (with ``name``) to an object's subresource."""
    return Request(
        method="POST",
        path=resource.path(namespace, name, subresource),
        query=tuple(options.query()),
        body=msgspec.json.encode(manifest),
    )


def replace(
    resource: Resource,
    namespace: str,
    name: str,
    manifest: Manifest,
    options: WriteOptions,
    *,
    subresource: str = "",
) -> Request:
    """PUT an object. A ``metadata.resourceVersion`` in it must still be the live one."""
    return Request(
        method="PUT",
        path=resource.path(namespace, name, subresource),
        query=tuple(options.query()),
        body=msgspec.json.encode(manifest),
    )


def patch(
    resource: Resource,
    namespace: str,
    name: str,
    body: Any,
    options: WriteOptions,
    *,
    patch_type: PatchType,
    subresource: str = "",
) -> Request:
    """PATCH an object by a JSON, merge or strategic-merge patch."""
    return Request(
        method="PATCH",
        path=resource.path(namespace, name, subresource),
        query=tuple(options.query()),
        body=msgspec.json.encode(body),
        content_type=patch_type.value,
    )


def apply(
    resource: Resource,
    namespace: str,
    name: str,
    manifest: Manifest,
    options: WriteOptions,
    *,
    force: bool = True,
    subresource: str = "",
) -> Request:
    """Server-side apply; ``force`` takes fields over from other managers.

    The body is JSON, which is YAML as well.
    """
    return Request(
        method="PATCH",
        path=resource.path(namespace, name, subresource),
        query=(*options.query(), ("force", "true" if force else "false")),
        body=msgspec.json.encode(manifest),
        content_type=PatchType.APPLY.value,
    )


def delete(
    resource: Resource,
    namespace: str,
    name: str,
    *,
    uid: str = "",
    resource_version: str = "",
    propagation: str = "",
    grace_period_seconds: int | None = None,
    dry_run: bool = False,
) -> Request:
    """DELETE an object, if it still has this ``uid`` and ``resource_version`` (where given).

    ``propagation`` is ``Foreground``, ``Background`` or ``Orphan``; empty leaves the kind's
    default. The grace period is in seconds, None for the object's own.
    """
    body: dict[str, Any] = {"apiVersion": "v1", "kind": "DeleteOptions"}
    preconditions = {}
    if uid:
        preconditions["uid"] = uid
    if resource_version:
        preconditions["resourceVersion"] = resource_version
    if preconditions:
        body["preconditions"] = preconditions
    if propagation:
        body["propagationPolicy"] = propagation
    if grace_period_seconds is not None:
        body["gracePeriodSeconds"] = grace_period_seconds
    if dry_run:
        body["dryRun"] = ["All"]
    return Request(
        method="DELETE",
        path=resource.path(namespace, name),
        body=msgspec.json.encode(body),
    )


def logs(
    namespace: str,
    pod: str,
    *,
    container: str = "",
    follow: bool = False,
    previous: bool = False,
    timestamps: bool = False,
    tail_lines: int | None = None,
    since_seconds: int | None = None,
    limit_bytes: int | None = None,
) -> Request:
    """Read what a Pod's container printed; without ``container`` the Pod must have only one."""
    query: list[tuple[str, str]] = []
    if container:
        query.append(("container", container))
    query.extend(
        (parameter, "true")
        for parameter, wanted in (
            ("follow", follow),
            ("previous", previous),
            ("timestamps", timestamps),
        )
        if wanted
    )
    query.extend(
        (parameter, str(number))
        for parameter, number in (
            ("tailLines", tail_lines),
            ("sinceSeconds", since_seconds),
            ("limitBytes", limit_bytes),
        )
        if number is not None
    )
    return Request(
        method="GET",
        path=f"/api/v1/namespaces/{namespace}/pods/{pod}/log",
        query=tuple(query),
        accept="*/*",
    )


def access_review(
    verb: str,
    *,
    group: str,
    plural: str,
    namespace: str = "",
    name: str = "",
    subresource: str = "",
) -> Request:
    """Ask whether these credentials may do ``verb``; an empty namespace means everywhere.

    Source: the ``authorization.k8s.io/v1`` SelfSubjectAccessReview, which is not stored.
    """
    narrowing = {"namespace": namespace, "name": name, "subresource": subresource}
    attributes = {
        "verb": verb,
        "group": group,
        "resource": plural,
        **{field: value for field, value in narrowing.items() if value},
    }
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    return Request(
        method="POST",
        path="/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        body=msgspec.json.encode(review),
    )
