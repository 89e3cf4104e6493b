"""From targets to a plan: which task in which phase and wave, in which order.

The plan is a function of its arguments alone, so that a restarted operation plans the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from tenter.engine.option_reading import object_options, object_timeout, with_texts
from tenter.engine.options import SyncOptions
from tenter.engine.record import AttemptFacts, PruneTarget, Selected
from tenter.engine.tasks import Phase, Plan, Stage, StageKey, Task, TaskKind
from tenter.hooks import MAX_NAME, Hook, HookType, hook_name, read_hook, read_wave
from tenter.manifests import GroupKind, Key, Manifest, group_version, key_of
from tenter.manifests.ordering import kind_rank

FINALIZER = "argocd.argoproj.io/hook-finalizer"
ATTEMPT = "tenter.dev/attempt"

_PHASE_ORDER = {phase: index for index, phase in enumerate(Phase)}
_SYNC_PHASES = {
    HookType.PRE_SYNC: Phase.PRE_SYNC,
    HookType.SYNC: Phase.SYNC,
    HookType.POST_SYNC: Phase.POST_SYNC,
    HookType.SYNC_FAIL: Phase.SYNC_FAIL,
}


class Target(msgspec.Struct, frozen=True, eq=False):
    """A manifest that Git wants, with its final namespace, and where it came from."""

    manifest: Manifest
    origin: str = ""


def plan(
    targets: Sequence[Target],
    options: SyncOptions,
    attempt: AttemptFacts,
    selection: Sequence[Selected] = (),
) -> Plan:
    """Return the plan of one sync attempt.

    ``selection`` limits it to some resources; hooks then run only where ``options`` say so.
    Raises ``HookError``, ``WaveError`` and ``OptionError`` for what the annotations get wrong.
    """
    attempt = _with_revision(attempt, targets)
    left_out = _left_out(attempt)
    ordinary: list[Task] = []
    hooks: list[Task] = []
    for target in targets:
        hook = read_hook(target.manifest, target.origin)
        if hook is None:
            task = _resource_task(target, options)
            if task.key in left_out:
                continue
            if not selection or any(chosen.matches(task.key) for chosen in selection):
                ordinary.append(task)
        elif options.run_hooks and (not selection or options.selective_hooks):
            for hook_type in hook.sync_types:
                phase = _SYNC_PHASES[hook_type]
                hooks.append(_hook_task(target, hook, phase, options, attempt))
    hooks = _with_distinct_names(hooks)
    ordinary = _moved_before_their_users([*ordinary, *hooks])
    prunes, skipped = _prune_tasks(attempt.prunes, options, selection, [*ordinary, *hooks])
    normal = [task for task in [*prunes, *ordinary, *hooks] if task.phase is not Phase.SYNC_FAIL]
    failing = [task for task in hooks if task.phase is Phase.SYNC_FAIL]
    return Plan(
        stages=_staged(normal, [*normal, *failing]),
        fail_stages=_fail_stages(failing, options),
        skipped=tuple(skipped),
    )


def _left_out(attempt: AttemptFacts) -> dict[Key, None]:
    """Return the objects that the attempt leaves as they are, since they are in sync."""
    return dict.fromkeys(attempt.in_sync)


def attempt_mark(facts: AttemptFacts, phase: Phase) -> str:
    """Return what the hooks of this attempt and phase carry as ``tenter.dev/attempt``."""
    return f"{facts.mark}.{phase}"


def hook_manifest(target: Target, name: str, mark: str) -> Manifest:
    """Return the target as it is sent: named, held by the hook finalizer, marked."""
    metadata = {k: v for k, v in target.manifest["metadata"].items() if k != "generateName"}
    metadata["name"] = name
    finalizers = [f for f in metadata.get("finalizers") or [] if f != FINALIZER]
    metadata["finalizers"] = [*finalizers, FINALIZER]
    metadata["annotations"] = {**(metadata.get("annotations") or {}), ATTEMPT: mark}
    return {**target.manifest, "metadata": metadata}


def stages_of(tasks: Iterable[Task]) -> dict[StageKey, list[Task]]:
    """Return ``tasks`` by phase and wave, both ascending, each stage's in order of execution."""
    ordered = sorted(
        tasks,
        key=lambda task: (
            _PHASE_ORDER[task.phase],
            task.wave,
            kind_rank(task.key.kind),
            task.key.group,
            task.key.kind,
            task.key.name,
            task.key.namespace,
            task.id,
        ),
    )
    stages: dict[StageKey, list[Task]] = {}
    for task in ordered:
        stages.setdefault(StageKey(task.phase, task.wave), []).append(task)
    return stages


def stage_of(key: StageKey, tasks: Sequence[Task], *, awaits_resources: bool) -> Stage:
    """Return a stage of ``tasks``, which are in order of execution, in groups of one kind each."""
    groups: dict[GroupKind, list[Task]] = {}
    for task in tasks:
        if task.kind is not TaskKind.PRUNE:
            groups.setdefault(task.key.group_kind, []).append(task)
    return Stage(
        key=key,
        prunes=tuple(task for task in tasks if task.kind is TaskKind.PRUNE),
        groups=tuple(tuple(group) for group in groups.values()),
        awaits_resources=awaits_resources,
    )


def _resource_task(target: Target, options: SyncOptions) -> Task:
    manifest = target.manifest
    key = key_of(manifest)
    own = object_options(manifest, options.objects, target.origin)
    if options.force:
        own = msgspec.structs.replace(own, force=True)
    return Task(
        id=_task_id(Phase.SYNC, key),
        kind=TaskKind.APPLY,
        phase=Phase.SYNC,
        wave=read_wave(manifest, target.origin),
        key=key,
        manifest=manifest,
        options=own,
        timeout=object_timeout(manifest, target.origin),
        origin=target.origin,
    )


def _hook_task(
    target: Target, hook: Hook, phase: Phase, options: SyncOptions, attempt: AttemptFacts
) -> Task:
    metadata = target.manifest["metadata"]
    own_name: str = metadata.get("name") or ""
    named_at = attempt.named_at or attempt.started
    name = own_name or hook_name(metadata["generateName"], attempt.revision, phase, named_at)
    key = msgspec.structs.replace(key_of(target.manifest), name=name)
    timeout = object_timeout(target.manifest, target.origin)
    own = object_options(target.manifest, options.objects, target.origin)
    if options.force:
        own = msgspec.structs.replace(own, force=True)
    return Task(
        id=_task_id(phase, key),
        kind=TaskKind.HOOK,
        phase=phase,
        wave=read_wave(target.manifest, target.origin),
        key=key,
        manifest=hook_manifest(target, name, attempt_mark(attempt, phase)),
        policies=hook.policies,
        options=own,
        timeout=options.hook_timeout if timeout is None else timeout,
        generated_name=not own_name,
        origin=target.origin,
    )


def hook_tasks(
    targets: Sequence[Target],
    phases: dict[HookType, Phase],
    options: SyncOptions,
    attempt: AttemptFacts,
) -> list[Task]:
    """Return the tasks of all hooks among ``targets`` whose types are in ``phases``."""
    if not attempt.revision:
        # Not a hash of what is wanted: a hook that is repaired must not rename the others.
        digest = hashlib.sha256(attempt.operation.encode()).hexdigest()
        attempt = msgspec.structs.replace(attempt, revision=digest)
    tasks = []
    for target in targets:
        hook = read_hook(target.manifest, target.origin)
        for hook_type in hook.types if hook else ():
            if hook is not None and hook_type in phases:
                phase = phases[hook_type]
                tasks.append(_hook_task(target, hook, phase, options, attempt))
    return _with_distinct_names(tasks)


def _task_id(phase: Phase, key: Key) -> str:
    return f"{phase}/{key.group}/{key.kind}/{key.namespace}/{key.name}"


def _with_distinct_names(hooks: list[Task]) -> list[Task]:
    """Return the hooks, numbered where generated names came out the same: both must run."""
    seen: dict[str, int] = {}
    distinct = []
    for task in hooks:
        count = seen[task.id] = seen.get(task.id, 0) + 1
        again = count > 1 and task.generated_name
        distinct.append(_renamed(task, f"-{count}") if again else task)
    return distinct


def _renamed(task: Task, ending: str) -> Task:
    name = task.key.name[: MAX_NAME - len(ending)] + ending
    key = msgspec.structs.replace(task.key, name=name)
    manifest = task.manifest or {}
    return msgspec.structs.replace(
        task,
        id=_task_id(task.phase, key),
        key=key,
        manifest={**manifest, "metadata": {**manifest["metadata"], "name": name}},
    )


def _moved_before_their_users(tasks: list[Task]) -> list[Task]:
    """Return the ordinary tasks, Namespaces and CRDs moved to the stage that first needs them."""
    first_use: dict[str | GroupKind, tuple[int, int]] = {}
    for task in tasks:
        if task.phase is not Phase.SYNC_FAIL:
            when = (_PHASE_ORDER[task.phase], task.wave)
            for place in (task.key.namespace or "-", task.key.group_kind):
                first_use[place] = min(first_use.get(place, when), when)
    phases = list(Phase)
    return [
        msgspec.structs.replace(task, phase=phases[needed[0]], wave=needed[1])
        if (needed := first_use.get(_provided(task), _LAST)) < (_PHASE_ORDER[task.phase], task.wave)
        else task
        for task in tasks
        if task.kind is TaskKind.APPLY
    ]


_LAST = (len(_PHASE_ORDER), 0)


def _provided(task: Task) -> str | GroupKind:
    """Return the namespace or the kind that exists once the task is done; empty for none."""
    if task.key.group_kind == GroupKind("", "Namespace"):
        return task.key.name
    if task.key.kind == "CustomResourceDefinition" and task.manifest is not None:
        return kind_of_crd(task.manifest)
    return ""


def kind_of_crd(manifest: Manifest) -> GroupKind:
    """Return the group and kind that a CustomResourceDefinition defines."""
    spec = manifest.get("spec") or {}
    return GroupKind(spec.get("group") or "", (spec.get("names") or {}).get("kind") or "")


def _prune_tasks(
    prunes: Sequence[PruneTarget],
    options: SyncOptions,
    selection: Sequence[Selected],
    others: Sequence[Task],
) -> tuple[list[Task], list[Task]]:
    """Return the prune tasks, and those that are only reported."""
    chosen = [
        prune
        for prune in prunes
        if not selection or any(selected.matches(prune.key) for selected in selection)
    ]
    carried: list[tuple[PruneTarget, Task]] = []
    skipped: list[Task] = []
    for prune in chosen:
        own = with_texts(options.objects, prune.options, f"{prune.key.short}: sync option")
        reason = ""
        if not own.prune:
            reason = "ignored (no prune)"
        elif not options.prune:
            reason = "ignored (requires pruning)"
        task = Task(
            id=f"prune/{_task_id(Phase.SYNC, prune.key)}",
            kind=TaskKind.PRUNE,
            phase=Phase.SYNC,
            wave=prune.wave,
            key=prune.key,
            uid=prune.uid,
            options=own,
            skip_reason=reason,
            needs_confirmation=own.confirm_prune,
        )
        if reason:
            skipped.append(task)
        else:
            carried.append((prune, task))
    return _mirrored([task for _, task in carried], others), sorted(skipped, key=lambda t: t.id)


def _mirrored(prunes: list[Task], others: Sequence[Task]) -> list[Task]:
    """Give the prunes' waves in reverse, and those with PruneLast a wave after all others."""
    early = [task for task in prunes if not task.options.prune_last]
    waves = sorted({task.wave for task in early})
    mirror = dict(zip(waves, reversed(waves), strict=True))
    last = max(
        [task.wave for task in others if task.phase is Phase.SYNC] + waves,
        default=0,
    )
    return [
        msgspec.structs.replace(
            task, wave=last + 1 if task.options.prune_last else mirror[task.wave]
        )
        for task in prunes
    ]


def _staged(tasks: Sequence[Task], all_tasks: Sequence[Task]) -> tuple[Stage, ...]:
    """Return the stages, each knowing whether its ordinary resources are awaited."""
    by_stage = stages_of(tasks)
    single = len({(task.phase, task.wave) for task in all_tasks}) <= 1
    last = next(reversed(by_stage), None)
    stages = []
    for key, members in by_stage.items():
        has_hook = any(task.kind is TaskKind.HOOK for task in members)
        awaited = not single and (key != last or has_hook)
        stages.append(stage_of(key, members, awaits_resources=awaited))
    return tuple(stages)


def _fail_stages(failing: Sequence[Task], options: SyncOptions) -> tuple[Stage, ...]:
    if options.argocd_compatible:
        failing = [msgspec.structs.replace(task, wave=0) for task in failing]
    return tuple(
        stage_of(key, members, awaits_resources=True) for key, members in stages_of(failing).items()
    )


def _with_revision(attempt: AttemptFacts, targets: Sequence[Target]) -> AttemptFacts:
    """Return the facts with a hash of what is wanted, where the source has no revision."""
    if attempt.revision:
        return attempt
    digest = hashlib.sha256()
    for target in sorted(targets, key=lambda target: key_of(target.manifest)):
        digest.update(msgspec.json.encode(target.manifest, order="deterministic"))
    return msgspec.structs.replace(attempt, revision=digest.hexdigest())


def version_of(task: Task) -> str:
    """Return the API version of the task's manifest, empty where it has none."""
    return group_version(task.manifest)[1] if task.manifest is not None else ""
