"""What is allowed in a plan and yet surprises people: told before it does.

Pure: a plan in, sentences out, each with what was found, what follows from it, and what to write
instead. The rules are those of Argo CD's document on resource hooks (delete policies, generated
names, "Sync Status with Jobs/Workflows with Time to Live").
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tenter.engine import Phase, Plan, Task, TaskKind
from tenter.hooks import HELM_HOOK, HOOK, HOOK_DELETE_POLICY, DeletePolicy, read_hook
from tenter.manifests import Key, Manifest, annotation, annotation_list

_TTL_FIELDS = (
    ("batch", "Job", "ttlSecondsAfterFinished"),
    ("argoproj.io", "Workflow", "ttlStrategy"),
)
# Of these a second sync expects a second run; a ConfigMap or a claim is meant to stay.
_RUN_TO_AN_END = (("batch", "Job"), ("", "Pod"), ("argoproj.io", "Workflow"))


_HELM_PAIRS = (
    ("pre-install", "pre-upgrade", "PreSync"),
    ("post-install", "post-upgrade", "PostSync"),
)


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """One finding; ``origin`` is the manifest's place, empty where unknown."""

    key: Key
    message: str
    origin: str = ""


def advice(plan: Plan) -> list[Advice]:
    """Return what should be known of ``plan`` before it runs, in the order of execution.

    A hook that runs in several phases is told of once.
    """
    found: dict[tuple[str, str, str], Advice] = {}
    for task in plan.tasks:
        for message in _findings(task):
            place = task.origin or str(task.key)
            found.setdefault(
                (task.key.kind, place, message),
                Advice(key=task.key, message=message, origin=task.origin),
            )
    return list(found.values())


def _findings(task: Task) -> Iterator[str]:
    if task.manifest is None:
        return
    if task.kind is TaskKind.HOOK:
        yield from _hook_findings(task, task.manifest)
    else:
        yield from _ordinary_findings(task, task.manifest)


def _ordinary_findings(task: Task, manifest: Manifest) -> Iterator[str]:
    ttl = _ttl_field(task, manifest)
    if ttl:
        yield (
            f"{ttl} lets the cluster delete this object when it is done, and the application is "
            f"OutOfSync from then on. Make it a hook ({HOOK}: Sync) with "
            f"{HOOK_DELETE_POLICY}: HookSucceeded, and remove {ttl}"
        )


def _hook_findings(task: Task, manifest: Manifest) -> Iterator[str]:
    ttl = _ttl_field(task, manifest)
    if ttl:
        yield (
            f"{ttl} on a hook is not needed: a delete policy says more surely when it goes, and "
            f"keeps its result. Use {HOOK_DELETE_POLICY}: HookSucceeded"
        )
    yield from _phase_findings(manifest)
    policies = task.policies
    if task.generated_name and policies == {DeletePolicy.BEFORE_HOOK_CREATION}:
        yield (
            "with generateName each sync makes another object, of which BeforeHookCreation (the "
            "default) finds none to delete, so they pile up. HookSucceeded deletes each when it "
            "has succeeded"
        )
    elif not task.generated_name and DeletePolicy.BEFORE_HOOK_CREATION not in policies:
        outcomes = _kept_outcomes(policies)
        if outcomes and (task.key.group, task.key.kind) in _RUN_TO_AN_END:
            yield (
                f"with its fixed name it stays after it {outcomes}, and the next sync finds it and "
                "does not run it again. Add BeforeHookCreation to its delete policies, or use "
                "generateName"
            )
    if task.key.kind == "Pod" and task.key.group == "":
        restart = (manifest.get("spec") or {}).get("restartPolicy", "Always")
        if restart == "Always":
            yield (
                "a Pod with restartPolicy Always (the default) is started again whenever it ends, "
                "so this hook is never finished. Write restartPolicy: Never or OnFailure"
            )


def _phase_findings(manifest: Manifest) -> Iterator[str]:
    """Tell of a hook that runs more often than who wrote it may have meant."""
    hook = read_hook(manifest)
    phases = hook.sync_types if hook else ()
    if len(phases) > 1:
        yield (
            f"it runs {len(phases)} times in each sync, in {' and in '.join(phases)}. Where that "
            "is not meant, name one of them"
        )
    if annotation(manifest, HOOK) is not None:
        return  # then Helm's own counts for nothing here
    named = annotation_list(manifest, HELM_HOOK)
    for first, later, phase in _HELM_PAIRS:
        if (first in named) is not (later in named):
            only, other = (first, later) if first in named else (later, first)
            yield (
                f"a sync is an install and an upgrade at once, so this {only} hook runs in every "
                f"sync ({phase}), also where Helm would run only {other} hooks"
            )


def _kept_outcomes(policies: frozenset[DeletePolicy]) -> str:
    kept = []
    if DeletePolicy.HOOK_SUCCEEDED not in policies:
        kept.append("succeeds")
    if DeletePolicy.HOOK_FAILED not in policies:
        kept.append("fails")
    return " or ".join(kept)


def _ttl_field(task: Task, manifest: Manifest) -> str:
    spec = manifest.get("spec") or {}
    for group, kind, field in _TTL_FIELDS:
        if (task.key.group, task.key.kind) == (group, kind) and spec.get(field) is not None:
            return field
    return ""


def phase_reason(phase: Phase) -> str:
    """Return why a hook of ``phase`` runs where it does, in half a sentence."""
    return _REASONS[phase]


_REASONS = {
    Phase.PRE_SYNC: "before anything is applied",
    Phase.SYNC: "the objects, and the hooks that run with them",
    Phase.POST_SYNC: "after everything is applied and healthy",
    Phase.SYNC_FAIL: "only if the sync fails",
    Phase.PRE_DELETE: "before the application's objects are deleted",
    Phase.CASCADE: "the application's own objects",
    Phase.POST_DELETE: "after the application's objects are deleted",
}
