"""What may change in a Pod: hardly anything but its images, and who may still bear it."""

from __future__ import annotations

from typing import Any

from tenter.embedded.schema.causes import Cause, forbidden, invalid, required
from tenter.manifests import Manifest

_UPDATES = (
    "pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only"
    " additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set"
    " to 1 if it was previously negative)"
)


def pod_changes(old: Manifest, new: Manifest, *, binding: bool = False) -> list[Cause]:
    """Return what may not change in a Pod and did; a ``binding`` may name its node."""
    before, after = old.get("spec") or {}, new.get("spec") or {}
    if before == after:
        return []
    causes: list[Cause] = []
    for group in ("containers", "initContainers"):
        containers = after.get(group) or []
        if len(containers) != len(before.get(group) or ()):
            why = "pod updates may not add or remove containers"
            return [*causes, forbidden(f"spec.{group}", why)]
        causes += [
            required(f"spec.{group}[{index}].image")
            for index, container in enumerate(containers)
            if not container.get("image")
        ]
    deadline = _deadline_causes(before, after)
    causes += deadline
    if deadline and "activeDeadlineSeconds" in after:
        return causes
    causes += _toleration_causes(before, after) + _gate_causes(before, after)
    if _fixed(before, after, binding=binding) != before:
        causes.append(forbidden("spec", _UPDATES))
    return causes


def _deadline_causes(before: dict[str, Any], after: dict[str, Any]) -> list[Cause]:
    path = "spec.activeDeadlineSeconds"
    had, has = before.get("activeDeadlineSeconds"), after.get("activeDeadlineSeconds")
    if has is None:
        why = "must not update from a positive integer to nil value"
        return [] if had is None else [invalid(path, None, why)]
    if not 0 <= has < 2**31:
        return [invalid(path, has, f"must be between 0 and {2**31 - 1}, inclusive")]
    if had is not None and had < has:
        return [invalid(path, has, "must be less than or equal to previous value")]
    return []


def _toleration_causes(before: dict[str, Any], after: dict[str, Any]) -> list[Cause]:
    kept = [_untimed(each) for each in after.get("tolerations") or ()]
    if all(_untimed(each) in kept for each in before.get("tolerations") or ()):
        return []
    why = "existing toleration can not be modified except its tolerationSeconds"
    return [forbidden("spec.tolerations", why)]


def _untimed(toleration: dict[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in toleration.items() if field != "tolerationSeconds"}


def _gate_causes(before: dict[str, Any], after: dict[str, Any]) -> list[Cause]:
    had = [gate.get("name") for gate in before.get("schedulingGates") or ()]
    return [
        forbidden(
            f"spec.schedulingGates[{index}].name",
            f"only deletion is allowed, but found new scheduling gate '{gate.get('name')}'",
        )
        for index, gate in enumerate(after.get("schedulingGates") or ())
        if gate.get("name") not in had
    ]


def _fixed(before: dict[str, Any], after: dict[str, Any], *, binding: bool) -> dict[str, Any]:
    """Return ``after`` with what is judged by itself as it was ``before``."""
    fixed = dict(after)
    for group in ("containers", "initContainers"):
        if after.get(group):
            fixed[group] = [
                _with_image_of(old, new)
                for old, new in zip(before[group], after[group], strict=True)
            ]
    for field in ("activeDeadlineSeconds", "schedulingGates", "tolerations"):
        _restore(fixed, before, field)
    if after.get("terminationGracePeriodSeconds") == 1 and (
        (before.get("terminationGracePeriodSeconds") or 0) < 0
    ):
        _restore(fixed, before, "terminationGracePeriodSeconds")
    if binding and not before.get("nodeName"):
        _restore(fixed, before, "nodeName")
    return fixed


def _with_image_of(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    container = dict(new)
    _restore(container, old, "image")
    return container


def _restore(fixed: dict[str, Any], before: dict[str, Any], field: str) -> None:
    if field in before:
        fixed[field] = before[field]
    else:
        fixed.pop(field, None)
