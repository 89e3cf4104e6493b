"""Whose object is it: controller references and label selectors.

Source of the rules: the API conventions on ``metadata.ownerReferences`` (at most one reference has
``controller: true``) and on ``LabelSelector``.
"""

from __future__ import annotations

from typing import Any

from tenter.manifests import Manifest


def controller_reference(owner: Manifest) -> dict[str, Any]:
    """Return the reference that makes ``owner`` the controller of another object."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def controller_of(manifest: Manifest) -> dict[str, Any] | None:
    """Return the reference to the object's controller, or None for an orphan."""
    for reference in manifest["metadata"].get("ownerReferences") or ():
        if reference.get("controller"):
            found: dict[str, Any] = reference
            return found
    return None


def is_controlled_by(manifest: Manifest, owner: Manifest) -> bool:
    """Tell whether ``owner``, and not an earlier object of its name, controls ``manifest``."""
    reference = controller_of(manifest)
    return reference is not None and reference.get("uid") == owner["metadata"]["uid"]


def selects(selector: dict[str, Any] | None, labels: dict[str, str] | None) -> bool:
    """Tell whether a ``LabelSelector`` matches ``labels``; no selector matches nothing."""
    if selector is None:
        return False
    labels = labels or {}
    for name, value in (selector.get("matchLabels") or {}).items():
        if labels.get(name) != value:
            return False
    return all(_meets(term, labels) for term in selector.get("matchExpressions") or ())


def _meets(term: dict[str, Any], labels: dict[str, str]) -> bool:
    name = term["key"]
    values = term.get("values") or ()
    match term["operator"]:
        case "In":
            return labels.get(name) in values
        case "NotIn":
            return labels.get(name) not in values
        case "Exists":
            return name in labels
        case "DoesNotExist":
            return name not in labels
        case _:
            return False


def is_deleting(manifest: Manifest) -> bool:
    """Tell whether the object waits only for its finalizers or its grace period."""
    return bool(manifest["metadata"].get("deletionTimestamp"))
