"""What a Job's Pods amount to: who runs, who ended, who has been counted, who is to be. Pure.

The steps that keep a Pod from being counted twice or forgotten are told in ``job``; here they are
read off the Pods' finalizers and the Job's status.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from tenter.embedded.controllers.failure_policy import action_for
from tenter.embedded.controllers.indexes import index_of, read_indexes
from tenter.embedded.controllers.ownership import is_deleting
from tenter.embedded.controllers.pods import is_active, is_finished, phase_of
from tenter.manifests import Manifest

TRACKING = "batch.kubernetes.io/job-tracking"
"""The finalizer that keeps a Pod until it has been counted."""


class Tally(msgspec.Struct):
    """What the Pods amount to, at one look."""

    active: list[Manifest]
    terminating: int
    untracked: list[Manifest]
    """Finished Pods already written down as uncounted (or ignored), whose finalizer can go."""
    succeeded: list[str]
    failed: list[str]
    """uids to be written down as uncounted, those written down before included."""
    counted_succeeded: int
    counted_failed: int
    indexes: list[int]
    failing: tuple[str, str] | None

    @property
    def settled(self) -> bool:
        """Whether every finished Pod is in the counts."""
        return not self.succeeded and not self.failed and not self.untracked


def count(job: Manifest, pods: Sequence[Manifest]) -> Tally:
    """Return what all ``pods`` that ``job`` controls amount to, given what its status notes."""
    spec, status = job["spec"], job.get("status") or {}
    noted = status.get("uncountedTerminatedPods") or {}
    noted_succeeded: list[str] = noted.get("succeeded") or []
    noted_failed: list[str] = noted.get("failed") or []
    by_uid = {pod["metadata"]["uid"]: pod for pod in pods if is_tracked(pod)}
    # A uid without a tracked Pod has been let go: now it counts.
    waiting_succeeded = [uid for uid in noted_succeeded if uid in by_uid]
    waiting_failed = [uid for uid in noted_failed if uid in by_uid]
    indexed = is_indexed(spec)
    completions = completions_of(spec) or 0
    tally = Tally(
        active=[pod for pod in pods if is_active(pod)],
        terminating=sum(1 for pod in pods if is_deleting(pod) and not is_finished(pod)),
        untracked=[by_uid[uid] for uid in (*waiting_succeeded, *waiting_failed)],
        succeeded=waiting_succeeded,
        failed=waiting_failed,
        counted_succeeded=(status.get("succeeded") or 0)
        + len(noted_succeeded)
        - len(waiting_succeeded),
        counted_failed=(status.get("failed") or 0) + len(noted_failed) - len(waiting_failed),
        indexes=read_indexes(status.get("completedIndexes"), completions) if indexed else [],
        failing=None,
    )
    known = {*waiting_succeeded, *waiting_failed}
    new = [pod for uid, pod in by_uid.items() if uid not in known]
    succeeded = [pod for pod in new if phase_of(pod) == "Succeeded"]
    if indexed:
        _note_indexes(tally, succeeded, completions)
    else:
        tally.succeeded += [pod["metadata"]["uid"] for pod in succeeded]
    _note_failures(tally, new, spec.get("podFailurePolicy"))
    return tally


def _note_indexes(tally: Tally, succeeded: Sequence[Manifest], completions: int) -> None:
    """Note indexes that are done; the index in the list is itself the note, so twice is as once."""
    stored = list(tally.indexes)
    for pod in succeeded:
        index = index_of(pod)
        if index is None or index >= completions or index in stored:
            tally.untracked.append(pod)
        elif index not in tally.indexes:
            tally.indexes = sorted([*tally.indexes, index])
    tally.counted_succeeded = len(tally.indexes)


def _note_failures(tally: Tally, pods: Sequence[Manifest], policy: dict[str, Any] | None) -> None:
    for pod in pods:
        if phase_of(pod) == "Succeeded" or not (phase_of(pod) == "Failed" or is_deleting(pod)):
            continue
        action, why = action_for(policy, pod)
        if action == "Ignore":
            tally.untracked.append(pod)
            continue
        if action == "FailJob" and tally.failing is None:
            tally.failing = ("PodFailurePolicy", why)
        tally.failed.append(pod["metadata"]["uid"])


def completions_of(spec: dict[str, Any]) -> int | None:
    """Return the completions wanted; None for a work queue, known by ``parallelism`` alone."""
    wanted: int | None = spec.get("completions", None if "parallelism" in spec else 1)
    return wanted


def is_indexed(spec: dict[str, Any]) -> bool:
    """Tell whether each completion has a number of its own."""
    return bool(spec.get("completionMode") == "Indexed")


def is_tracked(pod: Manifest) -> bool:
    """Tell whether the Pod is kept until it has been counted."""
    return TRACKING in (pod["metadata"].get("finalizers") or ())
