"""Bugs planted on purpose, each with a seed that finds it.

A simulator that would not notice a bug proves nothing by its silence. Each of these is a mistake
that somebody could make, as a small change to the program; ``test_planted_bugs`` plays the seed
with the change in place, and a checker must object. ``python -m tests.simulation.planted`` looks
for the seeds anew.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from tenter.applications import keeper, lease, owned, preparing, session, sync_planning
from tenter.engine import (
    Saved,
    TaskPhase,
    clean_up,
    course,
    deletion_planning,
    judging,
    planning,
    retrying,
    stage_run,
    termination,
)
from tenter.engine.prune_run import PruneRun
from tenter.engine.situation import Situation
from tenter.engine.time_limits import TimeLimits
from tenter.errors import Conflict
from tenter.hooks import hook_name
from tenter.runner import deleting, hooking, running, saving
from tests.simulation.scenarios import scenario_of
from tests.simulation.world import play

Patch = pytest.MonkeyPatch


class Bug(msgspec.Struct, frozen=True):
    """One planted bug. ``seed`` finds it by the check named ``check``."""

    name: str
    plant: Callable[[Patch], None]
    seed: int
    check: str


def _release_unsaved(patch: Patch) -> None:
    release = clean_up.release_ended
    patch.setattr(course, "release_ended", lambda s, **_: release(s, saved_first=False))


def _name_from_operation_start(patch: Patch) -> None:
    name = hook_name
    patch.setattr(planning, "hook_name", lambda p, r, phase, _: name(p, r, phase, 1_767_250_800))


def _missing_by_cache(patch: Patch) -> None:
    def believe(situation: Situation, key: Any) -> None:
        situation.confirmed_absent[key] = None

    patch.setattr(Situation, "confirm", believe)


def _skip_the_cursors_stage(patch: Patch) -> None:
    from_cursor = course._from_cursor
    patch.setattr(
        course,
        "_from_cursor",
        lambda stages, cursor: from_cursor(stages, cursor)[1 if cursor is not None else 0 :],
    )


def _act_before_the_save(patch: Patch) -> None:
    patch.setattr(Situation, "is_saved", lambda *_: True)


def _ignore_who_holds_the_lease(patch: Patch) -> None:
    patch.setattr(lease.Lease, "_holding", lambda *_: None)


def _never_renew(patch: Patch) -> None:
    async def keep(_: lease.Lease) -> None:
        await asyncio.Event().wait()

    patch.setattr(lease.Lease, "keep", keep)


def _judge_policies_by_the_sync(patch: Patch) -> None:
    wanted = clean_up._wanted

    def judged(situation: Situation, task_id: str, state: Any, *, failed: bool) -> bool:
        phase = TaskPhase.FAILED if failed else TaskPhase.SUCCEEDED
        as_all = msgspec.structs.replace(state, phase=phase)
        return wanted(situation, task_id, as_all, failed=failed)

    patch.setattr(clean_up, "_wanted", judged)


def _no_sync_fail(patch: Patch) -> None:
    patch.setattr(planning, "_fail_stages", lambda *_: ())


def _await_no_resources(patch: Patch) -> None:
    stage = planning.stage_of
    patch.setattr(
        planning, "stage_of", lambda key, tasks, **_: stage(key, tasks, awaits_resources=False)
    )


def _no_waves(patch: Patch) -> None:
    patch.setattr(planning, "read_wave", lambda *_: 0)


def _prune_in_order(patch: Patch) -> None:
    patch.setattr(planning, "_mirrored", lambda prunes, _: prunes)


def _prune_what_is_protected(patch: Patch) -> None:
    patch.setattr(owned, "comma_list", lambda _: ())


def _degraded_is_done(patch: Patch) -> None:
    judge = judging.judge_hook

    def lenient(sighting: Any) -> Any:
        verdict = judge(sighting)
        done = judging.Verdict(TaskPhase.SUCCEEDED)
        return done if verdict.phase is TaskPhase.FAILED else verdict

    patch.setattr(stage_run, "judge_hook", lenient)


def _terminate_keeps_the_finalizer(patch: Patch) -> None:
    patch.setattr(termination, "release_ended", lambda *_, **__: False)


def _forget_the_inventory(patch: Patch) -> None:
    patch.setattr(sync_planning.SyncPlanner, "_take_stock", lambda *_: None)


def _do_not_know_ones_own(patch: Patch) -> None:
    from tenter.engine import clearing

    patch.setattr(clearing, "mark_of", lambda *_: "nobody's")


def _no_timeouts(patch: Patch) -> None:
    patch.setattr(TimeLimits, "deadline", lambda *_: None)


def _keep_hooks_over_a_retry(patch: Patch) -> None:
    begin = retrying.next_attempt

    def next_attempt(record: Any, facts: Any) -> None:
        hooks = dict(record.hooks)
        begin(record, facts)
        record.hooks = hooks

    patch.setattr(running, "next_attempt", next_attempt)


def _no_pre_delete(patch: Patch) -> None:
    from tenter.engine import Phase
    from tenter.hooks import HookType

    patch.setattr(deletion_planning, "_DELETE_PHASES", {HookType.POST_DELETE: Phase.POST_DELETE})


def _do_not_wait_for_prunes(patch: Patch) -> None:
    step = PruneRun.step

    def hasty(self: PruneRun) -> bool:
        step(self)
        return True

    patch.setattr(PruneRun, "step", hasty)


def _resume_at_head(patch: Patch) -> None:
    async def prepare_saved(workplace: Any, state: Any, options: Any) -> Any:
        return await preparing.prepare_again(workplace, state.about, options)

    from tenter.applications import operations

    patch.setattr(operations, "prepare_saved", prepare_saved)


def _save_over_others(patch: Patch) -> None:
    async def write(self: Any, parts: Any, clear: Any = ()) -> None:
        while True:
            try:
                await self._store.save(parts, clear=clear)
            except Conflict:
                await self._store.reread()
            else:
                return

    patch.setattr(keeper.Keeper, "_write", write)


def _do_not_look_after_a_pause(patch: Patch) -> None:
    async def ensure(_: lease.Lease) -> None:
        return

    patch.setattr(lease.Lease, "ensure", ensure)


def _give_up_a_release(patch: Patch) -> None:
    async def once(call: Callable[[], Any]) -> Any:
        return await call()

    patch.setattr(hooking, "outlasting_outages", once)
    patch.setattr(deleting, "outlasting_outages", once)


def _fail_softly(patch: Patch) -> None:
    patch.setattr(course.Course, "fail", lambda *_: None)


def _save_now_and_then(patch: Patch) -> None:
    save = saving.Saver._save
    count = 0

    async def sometimes(self: Any, *, ended: bool) -> None:
        nonlocal count
        count += 1
        if ended or count % 3:
            await save(self, ended=ended)
        else:
            self._inbox.put(Saved(self._record.version))

    patch.setattr(saving.Saver, "_save", sometimes)


def _forget_who_asked_for_the_end(patch: Patch) -> None:
    begin = session.Session.begin

    async def forgetful(self: session.Session, state: Any, *, resumed: bool = False) -> None:
        del resumed
        await begin(self, state)

    patch.setattr(session.Session, "begin", forgetful)


BUGS = (
    Bug("a finalizer goes before the result is saved", _release_unsaved, 4, "result-first"),
    Bug("names come from the operation's start", _name_from_operation_start, 7, "policy"),
    Bug("missing is believed from the cache", _missing_by_cache, 26, "stuck"),
    Bug("a restart skips the stage it was in", _skip_the_cursors_stage, 2, "order"),
    Bug("a hook is created before that is saved", _act_before_the_save, 0, "saved-first"),
    Bug("nobody asks who holds the Lease", _ignore_who_holds_the_lease, 1, "lease"),
    Bug("the Lease is not renewed", _never_renew, 130, "lease"),
    Bug("policies are judged by the whole sync", _judge_policies_by_the_sync, 1, "policy"),
    Bug("SyncFail hooks do not run", _no_sync_fail, 0, "sync-fail"),
    Bug("nobody waits for resources", _await_no_resources, 0, "order"),
    Bug("waves are ignored", _no_waves, 0, "order"),
    Bug("prunes run in the order of creation", _prune_in_order, 19, "prune"),
    Bug("Prune=false is ignored", _prune_what_is_protected, 22, "prune"),
    Bug("a failed hook counts as done", _degraded_is_done, 1, "truth"),
    Bug("terminate leaves the finalizer", _terminate_keeps_the_finalizer, 21, "stuck"),
    Bug("the inventory is not kept", _forget_the_inventory, 0, "inventory"),
    Bug("a runner does not know its own hooks again", _do_not_know_ones_own, 5, "result-first"),
    Bug("timeouts do not pass", _no_timeouts, 0, "stuck"),
    Bug("a retry keeps the hooks of the attempt before", _keep_hooks_over_a_retry, 4, "truth"),
    Bug("PreDelete hooks do not run", _no_pre_delete, 1, "delete"),
    Bug("nobody waits until the pruned is gone", _do_not_wait_for_prunes, 0, "delete"),
    Bug("a restart goes on at the newest revision", _resume_at_head, 24, "truth"),
    Bug("a save overwrites another's", _save_over_others, 86, "stuck"),
    Bug("a woken runner does not look at its Lease", _do_not_look_after_a_pause, 96, "finalizer"),
    Bug("a release is given up in an outage", _give_up_a_release, 105, "finalizer"),
    Bug("a failure is forgotten", _fail_softly, 0, "truth"),
    Bug("every third save is left out", _save_now_and_then, 0, "result-first"),
    Bug("who asked for the end is forgotten", _forget_who_asked_for_the_end, 1, "terminate"),
)


def find(bug: Bug, first: int, most: int) -> tuple[int, str]:
    """Return the first seed from ``first`` on that finds the bug, -1 where ``most`` do not."""
    for seed in range(first, first + most):
        with pytest.MonkeyPatch.context() as patch:
            bug.plant(patch)
            violation = play(scenario_of(seed)).violation
        if violation is not None:
            return seed, violation.check
    return -1, ""


def main() -> None:
    """Print a seed and a check for each bug."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    for bug in BUGS:
        seed, check = find(bug, 0, most)
        print(f"{bug.name}: {seed} {check}", flush=True)  # noqa: T201 - a command prints


if __name__ == "__main__":
    main()
