"""Creates hooks, applies over those that stay, and takes our finalizer off.

A hook is created with POST and never by apply: a POST says whether this request made the object,
which apply cannot. What is there already under the name is read and told, whoever made it; whether
it is ours is for the engine to judge.
"""

from __future__ import annotations

from tenter.engine import (
    ApplyHook,
    ApplyOutcome,
    CreateHook,
    HookApplied,
    HookCreated,
    HookExists,
    HookReleased,
    ReleaseFailed,
    ReleaseHook,
    TaskFailed,
)
from tenter.errors import AlreadyExists, Conflict, Invalid, NotFound, TenterError, UnknownKind
from tenter.kube.building import FieldValidation, PatchType
from tenter.runner.accounts import with_account
from tenter.runner.observing import Observer
from tenter.runner.outages import outlasting_outages
from tenter.runner.outcomes import Outcome, explain
from tenter.runner.sighting import FINALIZER, finalizers_of
from tenter.runner.surroundings import Surroundings

_TRIES = 5


class HookKeeper:
    """Performs the actions on hooks' objects."""

    def __init__(self, surroundings: Surroundings, observer: Observer) -> None:
        self._surroundings = surroundings
        self._client = surroundings.client
        self._observer = observer

    async def create(self, action: CreateHook) -> Outcome:
        """POST the hook and return ``HookCreated``, ``HookExists`` or ``TaskFailed``."""
        task = action.task
        manifest = task.manifest or {}
        validation = FieldValidation.STRICT if task.options.validate else FieldValidation.IGNORE
        try:
            resource = await self._client.resource_of(manifest)
            for _ in range(_TRIES):
                try:
                    obj = await with_account(
                        self._surroundings,
                        task.key.namespace,
                        lambda: self._client.create(
                            resource, manifest, field_validation=validation
                        ),
                    )
                except AlreadyExists:
                    try:
                        live = await self._client.get(resource, task.key.namespace, task.key.name)
                    except NotFound:
                        continue  # it went between the two requests: the name is free again
                    return Outcome(
                        event=HookExists(task.id, await self._observer.sight(live)), shown=live
                    )
                event = HookCreated(task.id, await self._observer.sight(obj))
                return Outcome(event=event, shown=obj)
        except TenterError as error:
            message = explain(error, validated=task.options.validate)
            return Outcome(event=TaskFailed(task.id, message))
        message = f"{task.key.short} could not be created: its name is taken and freed again"
        return Outcome(event=TaskFailed(task.id, message))

    async def apply_over(self, action: ApplyHook) -> Outcome:
        """Apply the hook over the object of this uid: ``HookApplied`` or ``TaskFailed``.

        The uid in the body keeps the server from creating anew what someone just deleted.
        """
        task = action.task
        manifest = task.manifest or {}
        body = {**manifest, "metadata": {**manifest["metadata"], "uid": action.uid}}
        before = self._observer.version_of(task.key)
        try:
            resource = await self._client.resource_of(manifest)
            answer = await self._client.apply(resource, body)
        except Conflict:
            message = f"{task.key.short} was deleted or replaced by another while it was applied"
            return Outcome(event=TaskFailed(task.id, message))
        except TenterError as error:
            message = explain(error, validated=task.options.validate)
            return Outcome(event=TaskFailed(task.id, message))
        version = answer.object["metadata"].get("resourceVersion")
        outcome = ApplyOutcome.UNCHANGED if version == before else ApplyOutcome.CONFIGURED
        sighting = await self._observer.sight(answer.object, written=version != before)
        return Outcome(event=HookApplied(task.id, sighting, outcome), shown=answer.object)

    async def release(self, action: ReleaseHook) -> Outcome:
        """Take the hook finalizer off: ``HookReleased`` or ``ReleaseFailed``.

        By JSON patch with tests on the uid and on the whole list, since taking an item out of a
        list by its index would hit another's finalizer if the list changed meanwhile.
        """
        try:
            return await outlasting_outages(lambda: self._release(action))
        except (NotFound, UnknownKind):
            return Outcome(event=HookReleased(action.key, action.uid), gone=True)
        except TenterError as error:
            return Outcome(event=ReleaseFailed(action.key, action.uid, explain(error)))

    async def _release(self, action: ReleaseHook) -> Outcome:
        key = action.key
        released = HookReleased(key, action.uid)
        resource = await self._client.resource(key.group, key.kind)
        for tries_left in range(_TRIES, -1, -1):
            live = await self._client.get(resource, key.namespace, key.name)
            finalizers = finalizers_of(live)
            if live["metadata"]["uid"] != action.uid or FINALIZER not in finalizers:
                return Outcome(event=released, shown=live)
            patch = [
                {"op": "test", "path": "/metadata/uid", "value": action.uid},
                {"op": "test", "path": "/metadata/finalizers", "value": finalizers},
                {
                    "op": "replace",
                    "path": "/metadata/finalizers",
                    "value": [name for name in finalizers if name != FINALIZER],
                },
            ]
            try:
                obj = await self._client.patch(
                    resource, key.namespace, key.name, patch, patch_type=PatchType.JSON
                )
            except (Conflict, Invalid):
                if not tries_left:
                    raise
            else:
                return Outcome(event=released, shown=obj)
        raise AssertionError("the last try returns or raises")
