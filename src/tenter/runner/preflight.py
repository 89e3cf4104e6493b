"""Checks, before anything is applied, whether the server would take every object of a sync.

Every object is sent as a server-side dry run, all at once, and the rights that the sync needs are
asked for. What makes the sync fail before it began is only what no earlier part of the same sync
can still change: an object that breaks its schema, a right that is missing. All else (a quota, a
webhook's backend that is down) is said and left to the sync itself. ``Preflight=client`` checks
only whether the cluster serves the kinds.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Sequence

import msgspec

from tenter.engine import (
    ApplyOutcome,
    Phase,
    Plan,
    PreflightMode,
    SyncOptions,
    Task,
    TaskKind,
)
from tenter.engine.planning import kind_of_crd
from tenter.errors import (
    AlreadyExists,
    BadRequest,
    Conflict,
    Invalid,
    NotFound,
    TenterError,
    UnknownKind,
)
from tenter.hooks import DeletePolicy
from tenter.kube.building import FieldValidation
from tenter.kube.resources import Resource
from tenter.manifests import GroupKind, Key, Manifest
from tenter.runner.applying import NEVER_RECREATED
from tenter.runner.comparing import outcome_of, predict
from tenter.runner.observing import Observer
from tenter.runner.outcomes import explain
from tenter.runner.sharing import sharing
from tenter.runner.standing import Standing
from tenter.runner.surroundings import Surroundings
from tenter.runner.undeclared import undeclared_fields

_NAMESPACE = GroupKind("", "Namespace")
_CHECK_SUFFIX = "-tenter-check"
_FIXED_NAMES = (
    GroupKind("apiextensions.k8s.io", "CustomResourceDefinition"),
    GroupKind("apiregistration.k8s.io", "APIService"),
)
"""Kinds whose names follow from what is in them: they cannot be tried under another name."""


class Checked(msgspec.Struct, frozen=True):
    """``errors`` holds the fatal findings, ``outcomes`` what applying would do; by task id."""

    errors: dict[str, str]
    outcomes: dict[str, ApplyOutcome]


class _Finding(msgspec.Struct, frozen=True):
    """What the check of one task found; ``fatal`` ends the sync, otherwise the user is told."""

    message: str
    fatal: bool


async def check(
    surroundings: Surroundings,
    observer: Observer,
    standing: Standing,
    plan: Plan,
    tasks: Sequence[Task],
    *,
    options: SyncOptions,
    creates_namespace: str = "",
) -> Checked:
    """Check ``tasks`` and return what was found; what is not fatal is told as a warning.

    ``creates_namespace`` is the namespace that the operation itself makes, empty where none.
    """
    checking = _Check(surroundings, observer, standing, plan, options=options)
    return await checking.run(tasks, creates_namespace)


class _Check:
    def __init__(
        self,
        surroundings: Surroundings,
        observer: Observer,
        standing: Standing,
        plan: Plan,
        *,
        options: SyncOptions,
    ) -> None:
        self._surroundings = surroundings
        self._client = surroundings.client
        self._observer = observer
        self._standing = standing
        self._plan = plan
        self._options = options
        self._mode = options.preflight
        self._outcomes: dict[str, ApplyOutcome] = {}
        self._kinds: dict[GroupKind, None] = {}
        self._namespaces: dict[str, None] = {}
        self._lacking: dict[str, asyncio.Task[bool]] = {}
        for task in plan.tasks:
            if task.kind is TaskKind.PRUNE or task.manifest is None:
                continue
            if task.key.kind == "CustomResourceDefinition":
                self._kinds[kind_of_crd(task.manifest)] = None
            elif task.key.group_kind == _NAMESPACE:
                self._namespaces[task.key.name] = None

    async def run(self, tasks: Sequence[Task], creates_namespace: str) -> Checked:
        if creates_namespace:
            self._namespaces[creates_namespace] = None
        findings: dict[str, _Finding] = {}

        async def examine(task: Task) -> None:
            finding = await self._examine(task)
            if finding is not None:
                findings[task.id] = finding

        async with asyncio.TaskGroup() as group:
            for task in tasks:
                name = task.key.namespace
                if name in self._namespaces and name not in self._lacking:
                    self._lacking[name] = group.create_task(self._lacks_namespace(name))
                group.create_task(examine(task))
            rights = group.create_task(self._missing_rights())
        errors: dict[str, str] = {}
        for task in self._plan.tasks:
            finding = findings.get(task.id)
            missing = rights.result().get(task.id)
            if missing:
                errors[task.id] = missing
            elif finding is not None and finding.fatal:
                errors[task.id] = finding.message
            elif finding is not None:
                self._surroundings.warn(
                    f"{task.key.short} may fail to apply: {finding.message}", task.key
                )
        return Checked(errors, self._outcomes)

    # One object

    async def _examine(self, task: Task) -> _Finding | None:
        try:
            manifest = await self._standing.manifest(task)
        except TenterError as error:
            return _Finding(str(error), fatal=True)
        key = task.key
        if task.kind is TaskKind.APPLY:
            shared = sharing(manifest, self._observer.state_of(key))
            if shared and self._options.fail_on_shared:
                return _Finding(f"{shared} (FailOnSharedResource=true)", fatal=True)
            if shared:
                self._surroundings.warn(f"{key.short} is taken over: {shared}", key)
        if await self._standing.settled(task, manifest) is not None:
            self._outcomes[task.id] = ApplyOutcome.UNCHANGED
            return None
        try:
            resource = await self._client.resource_of(manifest)
        except UnknownKind as error:
            return self._unserved(task, error)
        except TenterError as error:
            return _Finding(explain(error), fatal=False)
        if self._mode is not PreflightMode.SERVER:
            return None
        if await self._lacks_its_namespace(key):
            # The server answers 404 to anything in a namespace that is not there yet.
            self._outcomes[task.id] = ApplyOutcome.CREATED
            return None
        try:
            self._outcomes[task.id] = await self._try(task, resource, manifest)
        except TenterError as error:
            return self._judge(task, error)
        return None

    def _unserved(self, task: Task, error: UnknownKind) -> _Finding | None:
        if task.key.group_kind in self._kinds:
            return None
        lenient = task.options.skip_dry_run_on_missing_resource
        return _Finding(str(error), fatal=not lenient)

    async def _lacks_its_namespace(self, key: Key) -> bool:
        lacking = self._lacking.get(key.namespace)
        return lacking is not None and await lacking

    async def _lacks_namespace(self, name: str) -> bool:
        try:
            await self._client.get(await self._client.resource("", "Namespace"), "", name)
        except NotFound:
            return True
        except TenterError:
            return False  # not to be known; the dry run itself will say
        return False

    async def _try(self, task: Task, resource: Resource, manifest: Manifest) -> ApplyOutcome:
        """Send the task's request as a dry run and return what it would do."""
        live = self._observer.state_of(task.key)
        if task.kind is TaskKind.HOOK:
            if live is None or _recreated(task):
                return await self._try_creation(task, resource, manifest, taken=live is not None)
            return await self._try_apply(task, resource, manifest, live)
        try:
            if task.options.replace:
                return await self._try_replacement(task, resource, manifest, live)
            return await self._try_apply(task, resource, manifest, live)
        except (Conflict, Invalid) as error:
            # What Force re-creates need only be valid as a new object.
            forced = task.options.force and task.key.group_kind not in NEVER_RECREATED
            if not forced or undeclared_fields(str(error)):
                raise
            return await self._try_creation(task, resource, manifest, taken=live is not None)

    async def _try_apply(
        self, task: Task, resource: Resource, manifest: Manifest, live: Manifest | None
    ) -> ApplyOutcome:
        options = task.options
        if task.kind is TaskKind.HOOK:
            options = msgspec.structs.replace(options, server_side=True)
        return outcome_of(await predict(self._client, resource, manifest, options), live)

    async def _try_replacement(
        self, task: Task, resource: Resource, manifest: Manifest, live: Manifest | None
    ) -> ApplyOutcome:
        if live is None:
            return await self._try_creation(task, resource, manifest, taken=False)
        version = live["metadata"]["resourceVersion"]
        metadata = {**manifest["metadata"], "resourceVersion": version}
        try:
            await self._client.replace(
                resource,
                {**manifest, "metadata": metadata},
                dry_run=True,
                field_validation=_validation(task),
            )
        except Conflict:
            # It changed meanwhile, and may: the real request takes the version live by then.
            return ApplyOutcome.REPLACED
        return ApplyOutcome.REPLACED

    async def _try_creation(
        self, task: Task, resource: Resource, manifest: Manifest, *, taken: bool
    ) -> ApplyOutcome:
        if taken and task.key.group_kind not in _FIXED_NAMES:
            name = task.key.name[: 63 - len(_CHECK_SUFFIX)] + _CHECK_SUFFIX
            manifest = {**manifest, "metadata": {**manifest["metadata"], "name": name}}
        # What is there already under the name goes before the real object is created.
        with contextlib.suppress(AlreadyExists):
            await self._client.create(
                resource, manifest, dry_run=True, field_validation=_validation(task)
            )
        replaced = taken and task.kind is TaskKind.APPLY
        return ApplyOutcome.REPLACED if replaced else ApplyOutcome.CREATED

    def _judge(self, task: Task, error: TenterError) -> _Finding | None:
        message = explain(error, validated=task.options.validate)
        if task.key.group_kind in self._kinds:
            return _Finding(message, fatal=False)  # this sync changes the kind's definition first
        if isinstance(error, Invalid):
            # A port or address that an object holds which this sync prunes first.
            freed = "already allocated" in message and self._prunes_before(task)
            return _Finding(message, fatal=not freed)
        if isinstance(error, BadRequest):
            return _Finding(message, fatal="does not support dry run" not in message)
        if isinstance(error, NotFound):
            return _Finding(message, fatal=not self._runs_hooks_before(task))
        # Forbidden is admission's answer as well; a missing right was asked for by itself.
        return _Finding(message, fatal=False)

    def _runs_hooks_before(self, task: Task) -> bool:
        """Tell whether a program of this sync runs before the task and might make what it needs."""
        for earlier in self._plan.tasks:
            if earlier.id == task.id:
                return False
            if earlier.kind is TaskKind.HOOK and (earlier.phase, earlier.wave) != (
                task.phase,
                task.wave,
            ):
                return True
        return False

    def _prunes_before(self, task: Task) -> bool:
        return any(
            stage.prunes for stage in self._plan.stages if stage.key.phase is Phase.SYNC
        ) and (task.phase in {Phase.SYNC, Phase.POST_SYNC})

    # Rights

    async def _missing_rights(self) -> dict[str, str]:
        """Return a message for each task for which these credentials lack a right."""
        if self._mode is not PreflightMode.SERVER:
            return {}
        asked: dict[tuple[str, GroupKind, str], asyncio.Task[str]] = {}
        needs: dict[str, list[tuple[str, GroupKind, str]]] = {}
        async with asyncio.TaskGroup() as group:
            for task in self._plan.tasks:
                for verb in _verbs(task):
                    need = (verb, task.key.group_kind, task.key.namespace)
                    needs.setdefault(task.id, []).append(need)
                    if need not in asked:
                        asked[need] = group.create_task(self._refusal(*need))
        missing = {
            task_id: [asked[need].result() for need in wanted if asked[need].result()]
            for task_id, wanted in needs.items()
        }
        return {task_id: "; ".join(refusals) for task_id, refusals in missing.items() if refusals}

    async def _refusal(self, verb: str, kind: GroupKind, namespace: str) -> str:
        try:
            resource = await self._client.resource(kind.group, kind.kind)
            answer = await self._client.access_review(verb, resource, namespace)
        except TenterError:
            return ""  # not to be known: the request itself will say
        if answer.allowed:
            return ""
        where = f" in namespace {namespace}" if namespace and resource.namespaced else ""
        because = f" ({answer.reason})" if answer.reason else ""
        return (
            f"these credentials may not {verb} {resource.name}{where}{because}. "
            "Grant the right, or use other credentials"
        )


def _recreated(task: Task) -> bool:
    return task.generated_name or DeletePolicy.BEFORE_HOOK_CREATION in task.policies


def _verbs(task: Task) -> Iterable[str]:
    if task.kind is TaskKind.PRUNE:
        return ("get", "delete")
    if task.kind is TaskKind.HOOK:
        return ("get", "create", "patch", "delete")
    verbs = ["get", "create"]
    verbs.append("update" if task.options.replace else "patch")
    if task.options.force:
        verbs.append("delete")
    return verbs


def _validation(task: Task) -> FieldValidation:
    return FieldValidation.STRICT if task.options.validate else FieldValidation.IGNORE
