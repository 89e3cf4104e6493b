"""The plan of an application's deletion: PreDelete hooks, the cascade, PostDelete hooks."""

from __future__ import annotations

from collections.abc import Sequence

from tenter.engine.option_reading import with_texts
from tenter.engine.options import SyncOptions
from tenter.engine.planning import Target, hook_tasks, stage_of, stages_of
from tenter.engine.record import AttemptFacts, PruneTarget
from tenter.engine.tasks import Phase, Plan, Task, TaskKind
from tenter.hooks import HookType

_DELETE_PHASES = {
    HookType.PRE_DELETE: Phase.PRE_DELETE,
    HookType.POST_DELETE: Phase.POST_DELETE,
}


def plan_deletion(
    hooks: Sequence[Target],
    owned: Sequence[PruneTarget],
    options: SyncOptions,
    attempt: AttemptFacts,
) -> Plan:
    """Return the plan that removes an application.

    ``hooks`` are targets of which the delete hooks are taken (none runs with ``run_hooks`` off),
    ``owned`` the live objects of the application; none is deleted where the deletion does not
    cascade, so the caller passes none. The highest wave goes first, CRDs and objects with
    ``Delete=false`` stay.
    """
    tasks = hook_tasks(hooks, _DELETE_PHASES, options, attempt) if options.run_hooks else []
    kept: list[Task] = []
    for target in owned:
        own = with_texts(options.objects, target.options, f"{target.key.short}: sync option")
        stays = not own.delete or target.key.kind == "CustomResourceDefinition"
        task = Task(
            id=f"delete/{target.key.group}/{target.key.kind}/{target.key.namespace}/{target.key.name}",
            kind=TaskKind.PRUNE,
            phase=Phase.CASCADE,
            wave=-target.wave,
            key=target.key,
            uid=target.uid,
            options=own,
            skip_reason="kept" if stays else "",
            needs_confirmation=own.confirm_delete or own.confirm_prune,
        )
        (kept if stays else tasks).append(task)
    return Plan(
        stages=tuple(
            stage_of(key, members, awaits_resources=True)
            for key, members in stages_of(tasks).items()
        ),
        skipped=tuple(sorted(kept, key=lambda task: task.id)),
    )
