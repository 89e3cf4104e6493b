"""What a controller's write is worth telling: the Events that ``kubectl describe`` shows. Pure.

The reasons and the form of the messages are those of Kubernetes' own controllers; scripts look for
them.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tenter.embedded.controllers.ownership import controller_of
from tenter.embedded.controllers.writes import Create, Delete, Patch, Write, WriteStatus
from tenter.manifests import Manifest


class Occurrence(msgspec.Struct, frozen=True):
    """Something that happened to an object; ``about`` refers to it, as an Event does."""

    about: dict[str, str]
    type: str
    reason: str
    message: str

    @property
    def component(self) -> str:
        """The controller that tells of it."""
        return f"{self.about.get('kind', '').lower()}-controller"


def reference_to(manifest: Manifest) -> dict[str, str]:
    """Return an object reference, as an Event's ``involvedObject``."""
    metadata = manifest["metadata"]
    found = {
        "apiVersion": manifest["apiVersion"],
        "kind": manifest["kind"],
        "namespace": metadata.get("namespace", ""),
        "name": metadata["name"],
        "uid": metadata.get("uid", ""),
        "resourceVersion": metadata.get("resourceVersion", ""),
    }
    return {name: text for name, text in found.items() if text}


def occurrences_of(write: Write, before: Manifest | None, after: Manifest) -> list[Occurrence]:
    """Return what is to be told of a write that was performed.

    ``before`` is the object as it was known, None where it is new; ``after`` is the answer.
    """
    manifest = write.manifest
    match write:
        case Create() | Delete() if manifest["kind"] == "Pod":
            return _of_pod(manifest, after, created=isinstance(write, Create))
        case Create() if manifest["kind"] == "ReplicaSet":
            return _of_scaling(after, 0, manifest["spec"].get("replicas", 1))
        case Patch(changes={"spec": {"replicas": int(size)}}) if manifest["kind"] == "ReplicaSet":
            return _of_scaling(manifest, manifest["spec"].get("replicas", 1), size)
        case WriteStatus() if manifest["kind"] == "Job":
            return _of_job(before, after)
    return []


def failure(manifest: Manifest, why: str) -> Occurrence:
    """Return what is to be told of an object for which something could not be created."""
    about = reference_to(manifest)
    return Occurrence(about, "Warning", "FailedCreate", f"Error creating: {why}"[:1024])


def _owner(manifest: Manifest) -> dict[str, str] | None:
    owner = controller_of(manifest)
    if owner is None:
        return None
    reference = {name: owner.get(name, "") for name in ("apiVersion", "kind", "name", "uid")}
    return {**reference, "namespace": manifest["metadata"].get("namespace", "")}


def _of_pod(pod: Manifest, after: Manifest, *, created: bool) -> list[Occurrence]:
    owner = _owner(pod)
    if owner is None:
        return []
    name = (after.get("metadata") or {}).get("name") or pod["metadata"].get("name", "")
    reason = "SuccessfulCreate" if created else "SuccessfulDelete"
    if owner["kind"] == "StatefulSet":
        verb = "Create" if created else "Delete"
        message = f"{verb} Pod {name} in StatefulSet {owner['name']} successful"
    else:
        message = f"{'Created' if created else 'Deleted'} pod: {name}"
    return [Occurrence(owner, "Normal", reason, message)]


def _of_scaling(replica_set: Manifest, size: int, wanted: int) -> list[Occurrence]:
    owner = _owner(replica_set)
    if owner is None or size == wanted:
        return []
    way = "up" if wanted > size else "down"
    name = replica_set["metadata"]["name"]
    message = f"Scaled {way} replica set {name} from {size} to {wanted}"
    return [Occurrence(owner, "Normal", "ScalingReplicaSet", message)]


def _of_job(before: Manifest | None, after: Manifest) -> list[Occurrence]:
    had, has = _conditions(before), _conditions(after)
    about = reference_to(after)
    told = []
    for name, condition in has.items():
        status = condition.get("status")
        if had.get(name, {}).get("status") == status:
            continue
        match name, status:
            case "Complete", "True":
                told.append(Occurrence(about, "Normal", "Completed", "Job completed"))
            case "Failed", "True":
                reason, message = condition.get("reason", ""), condition.get("message", "")
                told.append(Occurrence(about, "Warning", reason, message))
            case "Suspended", "True":
                told.append(Occurrence(about, "Normal", "Suspended", "Job suspended"))
            case "Suspended", "False":
                told.append(Occurrence(about, "Normal", "Resumed", "Job resumed"))
    return told


def _conditions(manifest: Manifest | None) -> dict[str, dict[str, Any]]:
    conditions = ((manifest or {}).get("status") or {}).get("conditions") or ()
    return {condition["type"]: condition for condition in conditions}
