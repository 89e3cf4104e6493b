"""PersistentVolumeClaims."""

from __future__ import annotations

from typing import Any

from tenter.embedded.schema.causes import Cause, forbidden, invalid, not_supported, required
from tenter.embedded.schema.quantities import quantity
from tenter.embedded.schema.rules import names
from tenter.embedded.schema.rules.bounds import unchanged
from tenter.embedded.schema.rules.selectors import selector_causes
from tenter.manifests import Manifest

_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")


def claim_causes(obj: Manifest) -> list[Cause]:
    """Return what is wrong with a PersistentVolumeClaim."""
    spec = obj.get("spec") or {}
    modes = spec.get("accessModes") or []
    strange = [mode for mode in modes if mode not in _MODES]
    causes = [not_supported("spec.accessModes", mode, _MODES) for mode in strange]
    if not modes:
        causes.append(required("spec.accessModes", "at least 1 access mode is required"))
    if "ReadWriteOncePod" in modes and len(modes) > 1:
        why = "may not use ReadWriteOncePod with other access modes"
        causes.append(forbidden("spec.accessModes", why))
    if "selector" in spec:
        causes += selector_causes(spec["selector"], "spec.selector")
    size = _size(spec)
    if size is None:
        causes.append(required("spec.resources[storage]"))
    elif (quantity(size) or 0) <= 0:
        causes.append(invalid("spec.resources[storage]", size, "must be greater than zero"))
    class_name = spec.get("storageClassName")
    if class_name:
        causes += [
            invalid("spec.storageClassName", class_name, why) for why in names.subdomain(class_name)
        ]
    return causes


def claim_changes(old: Manifest, new: Manifest) -> list[Cause]:
    """Return what may not change in a PersistentVolumeClaim and did.

    Its size may grow once it is bound; a class may be given to a claim that has none.
    """
    before, after = dict(old.get("spec") or {}), dict(new.get("spec") or {})
    had, has = _size(before), _size(after)
    if not before.get("volumeName"):
        before["volumeName"] = after.get("volumeName")
    if before.get("storageClassName") is None:
        before["storageClassName"] = after.get("storageClassName")
    if (new.get("status") or {}).get("phase") == "Bound":
        for field in ("resources", "volumeAttributesClassName"):
            before[field] = after.get(field)
    causes: list[Cause] = []
    if _stated(before) != _stated(after):
        why = (
            "spec is immutable after creation except resources.requests and"
            " volumeAttributesClassName for bound claims"
        )
        causes.append(forbidden("spec", why))
    if (quantity(has) or 0) < (quantity(had) or 0):
        capacity = ((old.get("status") or {}).get("capacity") or {}).get("storage")
        if (quantity(has) or 0) <= (quantity(capacity) or 0):
            why = "field can not be less than status.capacity"
            causes.append(forbidden("spec.resources.requests.storage", why))
    return causes + unchanged(before, after, "volumeMode", "")


def _stated(spec: dict[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in spec.items() if value is not None}


def _size(spec: dict[str, Any]) -> Any:
    return ((spec.get("resources") or {}).get("requests") or {}).get("storage")
