"""Applies ordinary resources: server-side apply, or what their sync options ask for instead.

One request an object in the usual case, and none where it is certain to change nothing. What
kubectl or Argo CD applied before is taken over first. ``Replace`` is a PUT; ``Force`` deletes and
creates again what the server refuses to change; ``Validate=false`` drops the fields that the kind
does not declare and says which; ``ServerSideApply=false`` merges on this side (``client_side``).
"""

from __future__ import annotations

import contextlib

from tenter.engine import Applied, ApplyOutcome, Task, TaskFailed
from tenter.errors import AlreadyExists, ApiError, Conflict, Invalid, NotFound, TenterError
from tenter.kube.answers import ApplyAnswer
from tenter.kube.building import FieldValidation
from tenter.kube.resources import Resource
from tenter.manifests import GroupKind, Manifest
from tenter.runner.accounts import with_account
from tenter.runner.client_side import apply_client_side
from tenter.runner.images import images_of
from tenter.runner.observing import Observer
from tenter.runner.outcomes import Outcome, explain
from tenter.runner.standing import Standing
from tenter.runner.surroundings import Surroundings
from tenter.runner.takeover import take_over
from tenter.runner.undeclared import undeclared_fields, without

NEVER_RECREATED = (
    GroupKind("", "Namespace"),
    GroupKind("apiextensions.k8s.io", "CustomResourceDefinition"),
)
"""Kinds whose deletion takes other objects with it: ``Force`` does not hold for them."""

GONE_WITHIN = 120.0
"""Seconds that a forced re-creation waits for the old object to go."""

_TRIES = 3


class Applier:
    """Applies tasks' manifests.

    ``observer`` tells the live states and when an object is gone, ``standing`` what need not be
    applied.
    """

    def __init__(self, surroundings: Surroundings, observer: Observer, standing: Standing) -> None:
        self._surroundings = surroundings
        self._client = surroundings.client
        self._observer = observer
        self._standing = standing

    async def apply(self, task: Task) -> Outcome:
        """Apply the task's manifest and return ``Applied`` or ``TaskFailed``."""
        try:
            manifest = await self._standing.manifest(task)
            live = await self._standing.settled(task, manifest)
            if live is not None:
                obj, outcome = live, ApplyOutcome.UNCHANGED
            else:
                obj, outcome = await self._apply(task, manifest)
        except TenterError as error:
            message = explain(error, validated=task.options.validate)
            return Outcome(event=TaskFailed(task.id, message))
        sighting = await self._observer.sight(obj, written=outcome is not ApplyOutcome.UNCHANGED)
        event = Applied(task.id, outcome, sighting, images_of(manifest))
        return Outcome(event=event, shown=obj)

    async def _apply(self, task: Task, manifest: Manifest) -> tuple[Manifest, ApplyOutcome]:
        resource = await self._client.resource_of(manifest)
        options = task.options
        forced = options.force and task.key.group_kind not in NEVER_RECREATED
        if options.replace and forced:
            return await self._recreate(task, resource, manifest)
        try:
            if options.replace:
                return await self._replace(task, resource, manifest)
            if not options.server_side:
                return await apply_client_side(
                    self._client, resource, manifest, validation=_validation(task)
                )
            if options.migrate:
                entries = self._standing.entries(task.key)
                await take_over(self._client, resource, manifest, entries)
            return await self._apply_server_side(task, resource, manifest)
        except (Conflict, Invalid) as error:
            # A manifest that does not fit its schema would be refused again after the deletion.
            if not forced or undeclared_fields(str(error)):
                raise
            return await self._recreate(task, resource, manifest)

    async def _apply_server_side(
        self, task: Task, resource: Resource, manifest: Manifest
    ) -> tuple[Manifest, ApplyOutcome]:
        before = self._observer.version_of(task.key)
        dropped: tuple[str, ...] = ()
        while True:
            try:
                answer = await self._send(task, resource, manifest)
                break
            except ApiError as error:
                fields = undeclared_fields(str(error))
                smaller = without(manifest, fields)
                if task.options.validate or not fields or smaller == manifest:
                    raise
                manifest, dropped = smaller, (*dropped, *fields)
        if dropped:
            self._surroundings.warn(
                f"{task.key.short}: dropped {', '.join(dropped)}, which the kind does not declare "
                "(Validate=false)",
                task.key,
            )
        if answer.created:
            return answer.object, ApplyOutcome.CREATED
        unchanged = _version(answer.object) == before
        return answer.object, ApplyOutcome.UNCHANGED if unchanged else ApplyOutcome.CONFIGURED

    async def _send(self, task: Task, resource: Resource, manifest: Manifest) -> ApplyAnswer:
        return await with_account(
            self._surroundings,
            task.key.namespace,
            lambda: self._client.apply(resource, manifest, field_validation=_validation(task)),
        )

    async def _replace(
        self, task: Task, resource: Resource, manifest: Manifest
    ) -> tuple[Manifest, ApplyOutcome]:
        key = task.key
        validation = _validation(task)
        for attempts_left in range(_TRIES, -1, -1):
            try:
                live = await self._client.get(resource, key.namespace, key.name)
            except NotFound:
                return await self._create(task, resource, manifest)
            metadata = {**manifest["metadata"], "resourceVersion": _version(live)}
            try:
                obj = await self._client.replace(
                    resource, {**manifest, "metadata": metadata}, field_validation=validation
                )
            except Conflict:
                # Someone (a controller's status write, say) was faster: put it over what is there
                # now, as a replacement is meant to.
                if not attempts_left:
                    raise
            else:
                return obj, ApplyOutcome.REPLACED
        raise AssertionError("the last try returns or raises")

    async def _create(
        self, task: Task, resource: Resource, manifest: Manifest
    ) -> tuple[Manifest, ApplyOutcome]:
        validation = _validation(task)
        try:
            obj = await with_account(
                self._surroundings,
                task.key.namespace,
                lambda: self._client.create(resource, manifest, field_validation=validation),
            )
        except AlreadyExists:
            # Our own earlier try whose answer was lost, or someone else's: apply makes it ours.
            return await self._apply_server_side(task, resource, manifest)
        return obj, ApplyOutcome.CREATED

    async def _recreate(
        self, task: Task, resource: Resource, manifest: Manifest
    ) -> tuple[Manifest, ApplyOutcome]:
        key = task.key
        try:
            live = await self._client.get(resource, key.namespace, key.name)
        except NotFound:
            return await self._create(task, resource, manifest)
        uid = live["metadata"]["uid"]
        with contextlib.suppress(NotFound):
            await self._client.delete(
                resource, key.namespace, key.name, uid=uid, propagation="Foreground"
            )
        await self._observer.until_gone(resource, key, uid, GONE_WITHIN)
        obj, _ = await self._create(task, resource, manifest)
        return obj, ApplyOutcome.REPLACED


def _version(obj: Manifest) -> str:
    version: str = (obj.get("metadata") or {}).get("resourceVersion") or ""
    return version


def _validation(task: Task) -> FieldValidation:
    return FieldValidation.STRICT if task.options.validate else FieldValidation.IGNORE
