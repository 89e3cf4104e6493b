"""What a sync operation is made of: tasks in stages, in the order they run.

A plan belongs to one attempt, because the names of generated hooks contain the attempt's start. It
is a pure function of the targets, the prune set and the attempt, so a restart plans the same.
"""

from __future__ import annotations

import enum

import msgspec

from tenter.engine.options import ObjectOptions
from tenter.hooks import DeletePolicy
from tenter.manifests import Key, Manifest


class Phase(enum.StrEnum):
    """A part of an operation. ``CASCADE`` is the deletion of an application's own resources."""

    PRE_SYNC = "PreSync"
    SYNC = "Sync"
    POST_SYNC = "PostSync"
    SYNC_FAIL = "SyncFail"
    PRE_DELETE = "PreDelete"
    CASCADE = "Delete"
    POST_DELETE = "PostDelete"


class TaskKind(enum.StrEnum):
    """What is done with a task's object."""

    APPLY = "apply"
    HOOK = "hook"
    PRUNE = "prune"


class Task(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """One object in one phase of one attempt.

    ``id`` is unique within a plan and the same after a restart. ``key`` holds the final name, also
    of a hook with ``generateName``. ``uid`` is that of the one object to prune, where it was seen
    when the attempt began. ``manifest`` is what to send (a hook's already carries its
    name, finalizer and attempt) and None for a prune. ``policies`` is empty but for hooks.
    ``timeout`` is in seconds, None where nothing limits the task. ``kind_rank`` orders the kinds
    within a stage. ``origin`` is where the manifest came from, for messages.
    """

    id: str
    kind: TaskKind
    phase: Phase
    wave: int
    key: Key
    uid: str = ""
    manifest: Manifest | None = None
    policies: frozenset[DeletePolicy] = frozenset()
    options: ObjectOptions = ObjectOptions()
    timeout: float | None = None
    generated_name: bool = False
    origin: str = ""
    skip_reason: str = ""
    """Why a prune task is not carried out (``ignored (requires pruning)``); empty where it is."""
    needs_confirmation: bool = False


class StageKey(msgspec.Struct, frozen=True):
    """The cursor of an operation: a phase and a wave, never an index."""

    phase: Phase
    wave: int


class Stage(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """The tasks of one phase and wave.

    ``prunes`` run first, then ``groups`` one after the other; each group is the tasks of one kind,
    performed at once. ``awaits_resources`` says whether ordinary resources must become healthy
    before the next stage.
    """

    key: StageKey
    prunes: tuple[Task, ...] = ()
    groups: tuple[tuple[Task, ...], ...] = ()
    awaits_resources: bool = True

    @property
    def tasks(self) -> tuple[Task, ...]:
        """Every task of the stage, in the order of execution."""
        return (*self.prunes, *(task for group in self.groups for task in group))


class Plan(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """The stages of one attempt, and those that run only if it fails.

    ``skipped`` holds the prune tasks that are reported and not carried out.
    """

    stages: tuple[Stage, ...]
    fail_stages: tuple[Stage, ...] = ()
    skipped: tuple[Task, ...] = ()

    @property
    def tasks(self) -> tuple[Task, ...]:
        """Every task but the skipped ones, in the order of execution."""
        return tuple(t for stage in (*self.stages, *self.fail_stages) for t in stage.tasks)
