"""What a deletion does to an object's metadata: preconditions, finalizers, grace.

Pure: the object's metadata, the request and the time in, what to store out.
"""

from __future__ import annotations

from typing import Any

from tenter.embedded.options import Deletion
from tenter.embedded.resources import ResourceType
from tenter.embedded.routing import Place
from tenter.embedded.statuses import conflict
from tenter.embedded.timestamps import format_time, parse_time
from tenter.manifests.keys import Manifest


def check_preconditions(place: Place, metadata: dict[str, Any], how: Deletion) -> None:
    """Refuse a deletion that was meant for another object, or another state of it."""
    resource = place.resource
    if how.uid and how.uid != metadata["uid"]:
        raise conflict(
            place.name,
            resource.group,
            resource.kind,
            f"the UID in the precondition ({how.uid}) does not match the UID in record "
            f"({metadata['uid']}). The object might have been deleted and then recreated",
        )
    if how.version and how.version != metadata["resourceVersion"]:
        raise conflict(
            place.name,
            resource.group,
            resource.kind,
            f"the ResourceVersion in the precondition ({how.version}) does not match the "
            f"ResourceVersion in record ({metadata['resourceVersion']}). The object might "
            "have been modified",
        )


def finalizers_of(
    resource: ResourceType,
    metadata: dict[str, Any],
    how: Deletion,
    warnings: list[str] | None,
) -> list[str]:
    """Return the finalizers with those that the propagation policy asks for."""
    had: list[str] = metadata.get("finalizers") or []
    policy = how.propagation
    if policy is None:
        if "orphan" in had or "foregroundDeletion" in had:
            return had
        policy = "Orphan" if resource.orphans else "Background"
        if resource.orphans and warnings is not None and resource.kind == "Job":
            warnings.append(
                "child pods are preserved by default when jobs are deleted; set "
                "propagationPolicy=Background to remove them or set propagationPolicy=Orphan "
                "to suppress this warning"
            )
    wanted = {"Orphan": "orphan", "Foreground": "foregroundDeletion"}.get(policy)
    kept = [name for name in had if name not in ("orphan", "foregroundDeletion")]
    if wanted is None:
        return kept
    return had if wanted in had else [*kept, wanted]


def begin_deletion(metadata: dict[str, Any], grace: int, now: float) -> None:
    """Mark ``metadata`` as being deleted at ``now`` (Unix seconds), with ``grace`` in seconds.

    A second deletion may shorten the time that is left, never lengthen it.
    """
    begun = parse_time(metadata.get("deletionTimestamp"))
    before = metadata.get("deletionGracePeriodSeconds") or 0
    if begun is None:
        metadata["deletionTimestamp"] = format_time(now + grace)
        metadata["deletionGracePeriodSeconds"] = grace
        if "generation" in metadata:
            metadata["generation"] += 1
    elif grace < before:
        metadata["deletionTimestamp"] = format_time(begun - before + grace)
        metadata["deletionGracePeriodSeconds"] = grace


def gone_at_once(object_: Manifest) -> Manifest:
    """Return the last state of an object that nobody ever saw as being deleted."""
    metadata = dict(object_["metadata"])
    for field in ("deletionTimestamp", "deletionGracePeriodSeconds"):
        del metadata[field]
    if "generation" in metadata:
        metadata["generation"] -= 1
    return {**object_, "metadata": metadata}


def is_over(object_: Manifest) -> bool:
    """Tell whether an object that is being deleted has nothing left to wait for."""
    metadata = object_["metadata"]
    return bool(
        metadata.get("deletionTimestamp")
        and not metadata.get("finalizers")
        and not metadata.get("deletionGracePeriodSeconds")
        and not (object_["kind"] == "Namespace" and object_.get("spec", {}).get("finalizers"))
    )
