"""Is a live object as its target wants it? Decided here where that is certain, else by the server.

Most objects are decided from target, live and ``managedFields`` alone (``diff``). The rest are sent
as a dry run, and what the server would make of them is compared with live. An answer holds for as
long as neither target nor live changes, so it can be kept (``Answers``).
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from tenter.diff import (
    Ignored,
    Paths,
    Verdict,
    changed_fields,
    compare,
    content,
    ignored_of,
    located,
    predecessors_of,
    read_ownership,
    without_ignored,
)
from tenter.engine import ApplyOutcome, ObjectOptions, SyncOptions, object_options
from tenter.errors import ApiError
from tenter.kube.building import FieldValidation
from tenter.kube.client import Client
from tenter.kube.resources import Resource
from tenter.manifests import Manifest, key_of
from tenter.runner.client_side import apply_client_side
from tenter.runner.undeclared import undeclared_fields, without

_MOST_ANSWERS = 20_000


class Compared(msgspec.Struct, frozen=True, eq=False):
    """How one object stands.

    ``fields`` are paths that differ. ``predicted`` is what a sync would leave, where the server
    was asked; ``asked`` says whether it was.
    """

    in_sync: bool
    fields: tuple[str, ...] = ()
    predicted: Manifest | None = None
    asked: bool = False


class Answers:
    """The server's answers so far: which fields a sync would change, by target and live state."""

    def __init__(self) -> None:
        self._answers: dict[bytes, tuple[str, ...]] = {}

    def get(self, question: bytes) -> tuple[str, ...] | None:
        """Return the fields of an earlier answer, None where there was none."""
        return self._answers.get(question)

    def keep(self, question: bytes, fields: tuple[str, ...]) -> None:
        """Keep an answer; the oldest goes when there are too many."""
        if len(self._answers) >= _MOST_ANSWERS:
            del self._answers[next(iter(self._answers))]
        self._answers[question] = fields


class Comparer:
    """Compares objects under the options of one application.

    ``answers`` may be shared by many for as long as a process runs; ``paths`` runs the jq
    expressions of what is ignored.
    """

    def __init__(
        self,
        client: Client,
        options: SyncOptions,
        answers: Answers | None = None,
        paths: Paths | None = None,
    ) -> None:
        self._client = client
        self._options = options
        self._paths = paths
        self._answers = answers if answers is not None else Answers()

    @property
    def options(self) -> SyncOptions:
        """The options under which objects are compared."""
        return self._options

    async def compare(self, target: Manifest, live: Manifest) -> Compared:
        """Compare ``target`` with ``live``, which holds its ``managedFields``.

        Raises what the client raises, such as ``Invalid`` for a target that the server refuses,
        and ``OptionError`` for a jq expression that cannot be run.
        """
        ignored = ignored_of(self._options.ignore, key_of(target))
        entries = live["metadata"].get("managedFields") or []
        options = object_options(target, self._options.objects)
        # What is not taken over stays, however often it is synced: no difference, then.
        predecessors = predecessors_of(target) if options.migrate or not options.server_side else ()
        ownership = read_ownership(live, entries, predecessors=predecessors)
        wanted = await self._without(target, ignored, entries)
        found = await self._without(live, ignored, entries)
        local = compare(wanted, found, ownership)
        if local.verdict is not Verdict.UNDECIDED:
            return Compared(local.verdict is Verdict.SYNCED, local.fields)
        question = _question(wanted, live, entries)
        known = self._answers.get(question)
        if known is not None:
            return Compared(not known, known)
        predicted = await self.predict(target)
        left = await self._without(predicted, ignored, entries)
        fields = tuple(changed_fields(content(found), content(left)))
        self._answers.keep(question, fields)
        return Compared(not fields, fields, predicted, asked=True)

    async def predict(self, target: Manifest) -> Manifest:
        """Return what a sync would make of the object, by a dry run; raises as ``compare``."""
        options = object_options(target, self._options.objects)
        resource = await self._client.resource_of(target)
        return await predict(self._client, resource, target, options)

    async def shown(self, state: Manifest, live: Manifest) -> Manifest:
        """Return a state of the live object, its own or a predicted one, without the ignored."""
        entries = live["metadata"].get("managedFields") or []
        return await self._without(state, ignored_of(self._options.ignore, key_of(live)), entries)

    async def _without(self, state: Manifest, ignored: Ignored, entries: list[Any]) -> Manifest:
        return without_ignored(state, await located(ignored, state, self._paths), entries)


async def predict(
    client: Client, resource: Resource, target: Manifest, options: ObjectOptions
) -> Manifest:
    """Return what applying ``target`` would leave, by a dry run, in the mode of ``options``.

    With ``Validate=false`` without the fields that the kind does not declare. Raises what the
    client raises.
    """
    validation = FieldValidation.STRICT if options.validate else FieldValidation.IGNORE
    if not options.server_side:
        obj, _ = await apply_client_side(
            client, resource, target, validation=validation, dry_run=True
        )
        return obj
    while True:
        try:
            answer = await client.apply(resource, target, dry_run=True, field_validation=validation)
        except ApiError as error:
            smaller = without(target, undeclared_fields(str(error)))
            if options.validate or smaller == target:
                raise
            target = smaller
        else:
            return answer.object


def outcome_of(predicted: Manifest, live: Manifest | None) -> ApplyOutcome:
    """Return what the apply would do whose dry run was answered with ``predicted``.

    The content is compared: a dry run moves neither version nor generation for certain.
    """
    if live is None:
        return ApplyOutcome.CREATED
    same = content(predicted) == content(live)
    return ApplyOutcome.UNCHANGED if same else ApplyOutcome.CONFIGURED


def _question(target: Manifest, live: Manifest, entries: list[Any]) -> bytes:
    """Return what an answer depends on, as a digest: the target, live's content and its owners."""
    owners = [{k: v for k, v in entry.items() if k != "time"} for entry in entries]
    asked = msgspec.json.encode([target, content(live), owners], order="deterministic")
    return hashlib.blake2b(asked, digest_size=16).digest()
