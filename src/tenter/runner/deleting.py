"""Deletes objects, each exactly the one meant: with a uid precondition and a named propagation."""

from __future__ import annotations

from tenter.engine import DeleteFailed, DeleteObject, DeleteRequested, Gone, Seen
from tenter.errors import Conflict, NotFound, TenterError, UnknownKind
from tenter.manifests import Manifest
from tenter.runner.observing import Observer
from tenter.runner.outages import outlasting_outages
from tenter.runner.outcomes import Outcome, explain
from tenter.runner.surroundings import Surroundings

_TRIES = 5


class Deleter:
    """Performs deletions."""

    def __init__(self, surroundings: Surroundings, observer: Observer) -> None:
        self._client = surroundings.client
        self._observer = observer

    async def delete(self, action: DeleteObject) -> Outcome:
        """Ask for the deletion: ``DeleteRequested``, with ``Gone`` where it is gone already.

        Another object under the same name means that the one meant is gone: the other is told.
        """
        try:
            return await outlasting_outages(lambda: self._delete(action))
        except TenterError as error:
            return Outcome(event=DeleteFailed(action.key, explain(error)))

    async def _delete(self, action: DeleteObject) -> Outcome:
        key = action.key
        uid = action.uid
        try:
            resource = await self._client.resource(key.group, key.kind)
            for tries_left in range(_TRIES, -1, -1):
                if not uid:
                    uid = (await self._client.get(resource, key.namespace, key.name))["metadata"][
                        "uid"
                    ]
                try:
                    answer = await self._client.delete(
                        resource,
                        key.namespace,
                        key.name,
                        uid=uid,
                        propagation=action.propagation.policy,
                    )
                except Conflict:
                    live = await self._client.get(resource, key.namespace, key.name)
                    if live["metadata"]["uid"] != uid or _deleting(live):
                        return await self._requested(action, live)
                    if not tries_left:
                        raise
                else:
                    if answer.get("kind") == "Status":
                        return self._gone(action, uid)
                    return Outcome(event=DeleteRequested(key, action.uid), shown=answer)
        except (NotFound, UnknownKind):
            return self._gone(action, uid)
        raise AssertionError("the last try returns or raises")

    async def _requested(self, action: DeleteObject, live: Manifest) -> Outcome:
        seen = Seen(await self._observer.sight(live), confirmed=True)
        return Outcome(event=DeleteRequested(action.key, action.uid), then=(seen,), shown=live)

    def _gone(self, action: DeleteObject, uid: str) -> Outcome:
        gone = Gone(action.key, uid, confirmed=True)
        return Outcome(event=DeleteRequested(action.key, action.uid), then=(gone,), gone=True)


def _deleting(live: Manifest) -> bool:
    return bool(live["metadata"].get("deletionTimestamp"))
