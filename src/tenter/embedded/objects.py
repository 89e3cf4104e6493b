"""Writes objects: what every creation, change and deletion has in common, whatever the kind.

A write is one uninterrupted step from reading to storing, so that it needs no locks. What a body
must be is ``acceptance``'s, types are ``schema``'s, ownership is ``fields``', what is special about
a kind is ``kinds``'. It must not know how a request looked; machinery in this process writes
through it as clients do.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import msgspec

from tenter.embedded import fields
from tenter.embedded.acceptance import (
    accept,
    applied_metadata,
    check_absent,
    check_identity,
    check_name,
    namespace_of,
    refuse_causes,
    refuse_to_recreate,
    require_version,
    wrong_name,
)
from tenter.embedded.deletions import (
    begin_deletion,
    check_preconditions,
    finalizers_of,
    gone_at_once,
    is_over,
)
from tenter.embedded.kind import Kind
from tenter.embedded.kinds import KINDS
from tenter.embedded.object_metadata import (
    SYSTEM,
    check_unchangeable,
    kept_metadata,
    ordered,
)
from tenter.embedded.options import Deletion, WriteOptions
from tenter.embedded.registry import Registry
from tenter.embedded.resources import ResourceType
from tenter.embedded.routing import Place
from tenter.embedded.schema import (
    default,
    prune,
    validate,
    validate_update,
)
from tenter.embedded.statuses import (
    already_exists,
    apply_conflict,
    forbidden,
    not_found,
    object_too_large,
    plain_internal,
)
from tenter.embedded.store import Store, Stored
from tenter.embedded.timestamps import format_time
from tenter.environment import Environment
from tenter.manifests.keys import Manifest

_SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789"  # no vowels: no words by accident
_LONGEST_PREFIX = 58
_OBJECT_LIMIT = 1_572_864
_PLAIN_KIND = Kind()

_encode = msgspec.json.Encoder().encode


class Objects:
    """The objects of one cluster, written by the rules of the API."""

    def __init__(self, store: Store, registry: Registry, environment: Environment) -> None:
        self.store = store
        self.registry = registry
        self.environment = environment
        self._unsettled: set[str] = set()
        """The uids of new objects whose first update counts, even if it changes nothing."""
        self.furnish: Callable[[str], None] = lambda _: None
        """Called with a namespace before its Pods are made: gives it what they need of it."""

    def now(self) -> str:
        """Return the time as objects carry it."""
        return format_time(self.environment.now())

    def machine_options(self, manager: str) -> WriteOptions:
        """Return the options of a write by a part of the cluster itself."""
        return WriteOptions(manager=manager, now=self.now(), validation="Ignore", warnings=[])

    def get(self, place: Place) -> Stored:
        """Return an object; raises ``Refusal`` (404) where there is none."""
        resource = place.resource
        found = self.store.get(resource.name, place.namespace, place.name)
        if found is None:
            raise not_found(place.name, resource.group, resource.plural)
        return found

    # Creation

    def create(
        self,
        place: Place,
        body: Any,
        options: WriteOptions,
        *,
        duplicates: list[str] | None = None,
        applied: bool = False,
        verb: str = "create",
    ) -> Stored:
        """Store a new object and return it; under dry run, return what would be stored.

        ``applied``: the body is the result of an apply and carries its field ownership already.
        """
        resource = place.resource
        type_ = self.registry.type_of(resource)
        given = accept(place, body, type_, options, duplicates=duplicates, verb=verb)
        metadata = given.get("metadata") or {}
        name = metadata.get("name") or ""
        namespace = namespace_of(place, metadata)
        if place.name and name and name != place.name:
            raise wrong_name(name, place.name)
        if metadata.get("resourceVersion"):
            raise plain_internal("resourceVersion should not be set on objects to be created")
        if not name:
            name = self._generate(resource, namespace, metadata.get("generateName") or "")
        if namespace:
            self._admit(resource, namespace, name)
        fresh = {"name": name, **metadata}
        for field in SYSTEM:
            fresh.pop(field, None)
        fresh["name"] = name
        if namespace:
            fresh["namespace"] = namespace
        fresh["uid"] = self.new_uid()
        fresh["creationTimestamp"] = options.now
        if resource.generation or resource.custom:
            fresh["generation"] = 1
        new = ordered(resource, given, fresh)
        kind = KINDS.get(resource.name, _PLAIN_KIND)
        if resource.status:
            new.pop("status", None)
        new = default(new, type_)
        if not applied:
            # Before the cluster adds anything: what it adds by itself belongs to nobody.
            new = fields.update(None, new, type_, manager=options.manager, now=options.now)
        new = self._as_stored(resource, new)
        if resource.status and not resource.custom:
            new["status"] = {**(new.get("status") or {}), **kind.status(new)}
        new = kind.created(new, self.store)
        refuse_causes(resource, name, validate(new, type_) + list(kind.check(None, new)))
        if self.store.get(resource.name, namespace, name) is not None:
            raise already_exists(name, resource.group, resource.plural)
        self._measure(new)
        if not options.dry_run and kind.unsettled(new):
            self._unsettled.add(new["metadata"]["uid"])
        return self._keep(self.store.create, resource, new, options)

    def new_uid(self) -> str:
        """Return a uid that no object had before."""
        return str(uuid.UUID(int=self.environment.random.getrandbits(128), version=4))

    def _generate(self, resource: ResourceType, namespace: str, prefix: str) -> str:
        if not prefix:
            return ""  # which is told with whatever else is wrong
        while True:
            letters = self.environment.random.choices(_SUFFIX_LETTERS, k=5)
            name = prefix[:_LONGEST_PREFIX] + "".join(letters)
            if self.store.get(resource.name, namespace, name) is None:
                return name

    def _admit(self, resource: ResourceType, namespace: str, name: str) -> None:
        found = self.store.get("namespaces", "", namespace)
        if found is None:
            raise not_found(namespace, "", "namespaces")
        if found.object["metadata"].get("deletionTimestamp"):
            raise forbidden(
                name,
                resource.group,
                resource.plural,
                f"unable to create new content in namespace {namespace} because it is being "
                "terminated",
                [
                    {
                        "reason": "NamespaceTerminating",
                        "message": f"namespace {namespace} is being terminated",
                        "field": "metadata.namespace",
                    }
                ],
            )
        if resource.name == "pods":
            self.furnish(namespace)

    # Change

    def put(
        self, place: Place, body: Any, options: WriteOptions, duplicates: list[str]
    ) -> tuple[Stored, bool]:
        """Replace an object, or create one of the kinds that allow it; tell whether it did."""
        resource = place.resource
        there = self.store.get(resource.name, place.namespace, place.name) is not None
        if there or place.subresource or not resource.upsert:
            return self.update(place, body, options, duplicates=duplicates), False
        metadata = body.get("metadata") if isinstance(body, dict) else None
        if isinstance(metadata, dict):
            check_name(place, metadata)
            check_absent(place, metadata)
            fresh = {name: each for name, each in metadata.items() if name != "resourceVersion"}
            body = {**body, "metadata": fresh}
        return self.create(place, body, options, duplicates=duplicates, verb="update"), True

    def update(
        self,
        place: Place,
        new: Any,
        options: WriteOptions,
        *,
        duplicates: list[str] | None = None,
        verb: str = "update",
        applied: bool = False,
    ) -> Stored:
        """Replace an object, or one of its subresources, and return its new state.

        ``verb`` is ``patch`` where ``new`` was made from the live object. ``applied``: field
        ownership is settled already.
        """
        resource = place.resource
        type_ = self.registry.type_of(resource)
        given = accept(place, new, type_, options, duplicates=duplicates, verb=verb)
        metadata = given.get("metadata") or {}
        check_name(place, metadata)
        stored = self.get(place)
        old = stored.object
        had = old["metadata"]
        check_identity(place, metadata, had, patch=verb != "update")
        if place.subresource != "status":
            check_unchangeable(resource, place.name, had, metadata)
        if verb == "update":
            require_version(place, metadata)
        kind = KINDS.get(resource.name, _PLAIN_KIND)
        if place.subresource == "status":
            fresh = default(_with_status_of(given, old, resource), type_)
        else:
            fresh = ordered(resource, given, kept_metadata(metadata, had))
            if resource.status:
                fresh.pop("status", None)
                if "status" in old:
                    fresh["status"] = old["status"]
            fresh = default(fresh, type_)
        fresh["apiVersion"] = old["apiVersion"]
        if not applied:
            fresh = fields.update(
                old,
                fresh,
                type_,
                manager=options.manager,
                now=options.now,
                subresource=place.subresource,
            )
        fresh = self._as_stored(resource, fresh)
        if place.subresource != "status":
            fresh = kind.changed(old, fresh, self.store)
            _count_generation(kind, old, fresh)
        causes = validate_update(old, fresh, type_, subresource=place.subresource)
        if place.subresource != "status":
            causes += kind.check(old, fresh)
        refuse_causes(resource, place.name, causes)
        fresh = _without_new_times(old, fresh)
        if fresh == old and had["uid"] not in self._unsettled:
            return stored
        if not options.dry_run:
            self._unsettled.discard(had["uid"])
        self._measure(fresh)
        if is_over(fresh):
            self._keep(self.store.delete, resource, fresh, options)
            # Whoever lets an object go is shown it as it was, under the version that it had.
            return Stored(fresh, stored.version)
        return self._keep(self.store.update, resource, fresh, options)

    def apply(
        self, place: Place, body: Any, options: WriteOptions, duplicates: list[str]
    ) -> tuple[Stored, bool]:
        """Server-side apply: return the object, and whether it was created."""
        resource = place.resource
        type_ = self.registry.type_of(resource)
        metadata = applied_metadata(place, body, options, duplicates)
        given = body.get("metadata")
        if resource.namespaced:
            metadata["namespace"] = namespace_of(place, metadata)
            self._require_namespace(place.namespace)
        live = self.store.get(resource.name, place.namespace, place.name)
        stated = {field: metadata.pop(field, None) for field in SYSTEM}
        wanted = {**body, "metadata": metadata if isinstance(given, dict | None) else given}
        if resource.status and place.subresource != "status":
            wanted.pop("status", None)
        try:
            merged = fields.apply_as(
                None if live is None else self.in_version(resource, live.object),
                wanted,
                type_,
                manager=options.manager,
                force=options.force,
                now=options.now,
                subresource=place.subresource,
            )
        except fields.FieldConflicts as conflicts:
            raise apply_conflict(
                str(conflicts), [cause.as_dict for cause in conflicts.causes]
            ) from conflicts
        except fields.TypedPatchError as error:
            raise plain_internal(str(error)) from error
        if live is None:
            refuse_to_recreate(place, stated)
            check_name(place, merged["metadata"])
            return self.create(place, merged, options, applied=True, verb="apply"), True
        check_identity(place, stated, live.object["metadata"])
        return self.update(place, merged, options, verb="apply", applied=True), False

    def _as_stored(self, resource: ResourceType, object_: Manifest) -> Manifest:
        """Return what of an object the version that it is stored as knows, with its defaults."""
        if resource.version == resource.storage_version:
            return object_
        stored = self.registry.named(resource.name)
        if stored is None:
            raise LookupError(f"no version of {resource.name} is stored")
        type_ = self.registry.type_of(stored)
        return default(prune(object_, type_), type_)

    def in_version(self, resource: ResourceType, object_: Manifest) -> Manifest:
        """Return a stored object as ``resource``'s version shows it."""
        if object_["apiVersion"] == resource.api_version:
            return object_
        return {**object_, "apiVersion": resource.api_version}

    def _require_namespace(self, namespace: str) -> None:
        if self.store.get("namespaces", "", namespace) is None:
            raise not_found(namespace, "", "namespaces")

    # Deletion

    def delete(
        self, place: Place, how: Deletion, warnings: list[str] | None = None
    ) -> tuple[Stored, bool]:
        """Delete an object, or begin to; return its last state, and whether it is gone.

        An object with finalizers only gets a ``deletionTimestamp``, and so does a Pod with a grace
        period, until its node confirms with a grace period of 0.
        """
        resource = place.resource
        stored = self.get(place)
        old = stored.object
        metadata = dict(old["metadata"])
        check_preconditions(place, metadata, how)
        kind = KINDS.get(resource.name, _PLAIN_KIND)
        if (refused := kind.undeletable(old)) is not None:
            raise forbidden(place.name, resource.group, resource.plural, refused)
        finalizers = finalizers_of(resource, metadata, how, warnings)
        if finalizers != (metadata.get("finalizers") or []):
            if finalizers:
                metadata["finalizers"] = finalizers
            else:
                metadata.pop("finalizers", None)
        grace = kind.grace(old, how.grace)
        begun = metadata.get("deletionTimestamp") is not None
        begin_deletion(metadata, grace, self.environment.now())
        fresh = kind.deleting({**old, "metadata": metadata})
        options = WriteOptions(manager="", now="", dry_run=how.dry_run)
        if not how.dry_run and fresh != old:
            self._unsettled.discard(metadata["uid"])
        if is_over(fresh):
            if begun or not kind.is_graceful():
                last = fresh if begun else gone_at_once(fresh)
            else:
                last = self._keep(self.store.update, resource, fresh, options).object
            return self._keep(self.store.delete, resource, last, options), True
        if fresh == old:
            return stored, False
        return self._keep(self.store.update, resource, fresh, options), False

    # Storing

    def _keep(
        self,
        write: Callable[[str, Manifest], Stored],
        resource: ResourceType,
        object_: Manifest,
        options: WriteOptions,
    ) -> Stored:
        if options.dry_run:
            return Stored(object_, int(object_["metadata"].get("resourceVersion") or 0))
        return write(resource.name, object_)

    def _measure(self, object_: Manifest) -> None:
        size = len(_encode(object_))
        if size > _OBJECT_LIMIT:
            raise object_too_large(size)


def _without_new_times(old: Manifest, new: Manifest) -> Manifest:
    """Return ``old`` where ``new`` differs from it in nothing but when its managers wrote last."""
    if new == old or _untimed(new) != _untimed(old):
        return new
    return old


def _untimed(object_: Manifest) -> Manifest:
    metadata = object_["metadata"]
    managers = [
        {field: value for field, value in entry.items() if field != "time"}
        for entry in metadata.get("managedFields") or ()
    ]
    # They are ordered by their times.
    managers.sort(key=_encode)
    return {**object_, "metadata": {**metadata, "managedFields": managers}}


def _with_status_of(given: Manifest, old: Manifest, resource: ResourceType) -> Manifest:
    """Return ``old`` with the status that ``given`` has, and what of its metadata goes with it.

    The status of a built-in kind is written with the object's metadata, that of an extension alone.
    """
    had, wanted = old["metadata"], given.get("metadata") or {}
    metadata = dict(had)
    if resource.custom or resource.group == "apiextensions.k8s.io":
        if "managedFields" in wanted:
            metadata["managedFields"] = wanted["managedFields"]
    else:
        metadata = kept_metadata(wanted, had)
        kept = {"deployments.apps": "labels", "pods": "ownerReferences"}.get(resource.name)
        if kept is not None:
            metadata.pop(kept, None)
            if kept in had:
                metadata[kept] = had[kept]
    fresh = {**old, "metadata": metadata}
    fresh.pop("status", None)
    if "status" in given:
        fresh["status"] = given["status"]
    elif not resource.custom:
        fresh["status"] = {}
    return fresh


def _count_generation(kind: Kind, old: Manifest, new: Manifest) -> None:
    if "generation" in old["metadata"] and kind.desired(old) != kind.desired(new):
        new["metadata"]["generation"] = old["metadata"]["generation"] + 1
