"""What is shown of volumes, and of what they are made by."""

from __future__ import annotations

from tenter.embedded.tables.cells import NONE, Cell, count, field
from tenter.embedded.tables.printed import AGE, NAME, Printed
from tenter.manifests.keys import Manifest

_MODES = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}


def _modes(path: str) -> Cell:
    read = field(path, ())

    def cell(manifest: Manifest, now: float) -> str:
        found = read(manifest, now)
        return ",".join(short for mode, short in _MODES.items() if mode in found)

    return cell


def _of_bound(shown: Cell) -> Cell:
    """Show something of a claim only once it has a volume."""
    return lambda claim, now: shown(claim, now) if claim["spec"].get("volumeName") else ""


def _phase(manifest: Manifest, _now: float) -> str:
    if manifest["metadata"].get("deletionTimestamp"):
        return "Terminating"
    return str(manifest.get("status", {}).get("phase", ""))


def _class_of(manifest: Manifest, _now: float) -> str:
    annotations = manifest["metadata"].get("annotations") or {}
    older = annotations.get("volume.beta.kubernetes.io/storage-class")
    return str(older or manifest["spec"].get("storageClassName") or "")


def _claim(volume: Manifest, _now: float) -> str:
    claim = volume["spec"].get("claimRef")
    return f"{claim.get('namespace', '')}/{claim.get('name', '')}" if claim else ""


def _storage_class_name(storage_class: Manifest, _now: float) -> str:
    metadata = storage_class["metadata"]
    annotations = metadata.get("annotations") or {}
    marks = (
        "storageclass.kubernetes.io/is-default-class",
        "storageclass.beta.kubernetes.io/is-default-class",
    )
    if any(annotations.get(mark) == "true" for mark in marks):
        return f"{metadata['name']} (default)"
    return str(metadata["name"])


def _audiences(driver: Manifest, _now: float) -> str:
    requests = driver["spec"].get("tokenRequests")
    if requests is None:
        return "<unset>"
    return ",".join(request.get("audience", "") for request in requests)


def _lifecycle_modes(driver: Manifest, _now: float) -> str:
    return ",".join(driver["spec"].get("volumeLifecycleModes") or ()) or NONE


_UNSET = "<unset>"
_SPEC_CLASS = Printed("VolumeAttributesClass", field("spec.volumeAttributesClassName", _UNSET))
_VOLUME_MODE = Printed("VolumeMode", field("spec.volumeMode", _UNSET), wide=True)

STORAGE: dict[str, tuple[Printed, ...]] = {
    "persistentvolumeclaims": (
        NAME,
        Printed("Status", _phase),
        Printed("Volume", field("spec.volumeName", "")),
        Printed("Capacity", _of_bound(field("status.capacity.storage", "0"))),
        Printed("Access Modes", _of_bound(_modes("status.accessModes"))),
        Printed("StorageClass", _class_of),
        _SPEC_CLASS,
        AGE,
        _VOLUME_MODE,
    ),
    "persistentvolumes": (
        NAME,
        Printed("Capacity", field("spec.capacity.storage", "0")),
        Printed("Access Modes", _modes("spec.accessModes")),
        Printed("Reclaim Policy", field("spec.persistentVolumeReclaimPolicy", "")),
        Printed("Status", _phase),
        Printed("Claim", _claim),
        Printed("StorageClass", _class_of),
        _SPEC_CLASS,
        Printed("Reason", field("status.reason", "")),
        AGE,
        _VOLUME_MODE,
    ),
    "storageclasses.storage.k8s.io": (
        Printed("Name", _storage_class_name, format="name"),
        Printed("Provisioner", field("provisioner", "")),
        Printed("ReclaimPolicy", field("reclaimPolicy", "Delete")),
        Printed("VolumeBindingMode", field("volumeBindingMode", "Immediate")),
        Printed("AllowVolumeExpansion", field("allowVolumeExpansion", missing=False)),
        AGE,
    ),
    "volumeattributesclasses.storage.k8s.io": (
        NAME,
        Printed("DriverName", field("driverName", "")),
        AGE,
    ),
    "volumeattachments.storage.k8s.io": (
        NAME,
        Printed("Attacher", field("spec.attacher", ""), format="name"),
        Printed("PV", field("spec.source.persistentVolumeName", "")),
        Printed("Node", field("spec.nodeName", "")),
        Printed("Attached", field("status.attached", missing=False), type="boolean"),
        AGE,
    ),
    "csinodes.storage.k8s.io": (
        NAME,
        Printed("Drivers", count("spec.drivers"), type="integer"),
        AGE,
    ),
    "csidrivers.storage.k8s.io": (
        NAME,
        Printed("AttachRequired", field("spec.attachRequired", missing=True), type="boolean"),
        Printed("PodInfoOnMount", field("spec.podInfoOnMount", missing=False), type="boolean"),
        Printed("StorageCapacity", field("spec.storageCapacity", missing=False), type="boolean"),
        Printed("TokenRequests", _audiences),
        Printed(
            "RequiresRepublish", field("spec.requiresRepublish", missing=False), type="boolean"
        ),
        Printed("Modes", _lifecycle_modes),
        AGE,
    ),
}
"""By resource."""
