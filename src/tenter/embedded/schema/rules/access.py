"""Roles and role bindings."""

from __future__ import annotations

from tenter.embedded.schema.causes import Cause, invalid, not_supported, required
from tenter.manifests import Manifest

_GROUP = "rbac.authorization.k8s.io"


def role_causes(obj: Manifest) -> list[Cause]:
    """Return what is wrong with a Role or ClusterRole."""
    causes: list[Cause] = []
    for index, rule in enumerate(obj.get("rules") or ()):
        path = f"rules[{index}]"
        if rule.get("nonResourceURLs"):
            if obj.get("kind") == "Role":
                why = "namespaced rules cannot apply to non-resource URLs"
                causes.append(invalid(f"{path}.nonResourceURLs", rule["nonResourceURLs"], why))
            if any(rule.get(field) for field in ("apiGroups", "resources", "resourceNames")):
                why = "rules cannot apply to both regular resources and non-resource URLs"
                causes.append(invalid(f"{path}.nonResourceURLs", rule["nonResourceURLs"], why))
            continue
        if not rule.get("apiGroups"):
            why = "resource rules must supply at least one api group"
            causes.append(required(f"{path}.apiGroups", why))
        if not rule.get("resources"):
            why = "resource rules must supply at least one resource"
            causes.append(required(f"{path}.resources", why))
    return causes


def binding_causes(obj: Manifest) -> list[Cause]:
    """Return what is wrong with a RoleBinding or ClusterRoleBinding."""
    causes: list[Cause] = []
    allowed = ["ClusterRole"]
    if obj.get("kind") == "RoleBinding":
        allowed.append("Role")
    role = obj.get("roleRef") or {}
    if role.get("apiGroup") not in {None, _GROUP}:
        causes.append(not_supported("roleRef.apiGroup", role["apiGroup"], [_GROUP]))
    kind = role.get("kind") or ""
    if kind not in allowed:
        causes.append(not_supported("roleRef.kind", kind, allowed))
    for index, subject in enumerate(obj.get("subjects") or ()):
        account = subject.get("kind") == "ServiceAccount"
        if account and not subject.get("namespace"):
            causes.append(required(f"subjects[{index}].namespace"))
        group = subject.get("apiGroup") or ""
        wanted = "" if account else _GROUP
        if subject.get("kind") in {"Group", "ServiceAccount", "User"} and group != wanted:
            causes.append(not_supported(f"subjects[{index}].apiGroup", group, [wanted]))
    return causes


def binding_changes(old: Manifest, new: Manifest) -> list[Cause]:
    """Return the cause where a binding's role changed."""
    if old.get("roleRef") == new.get("roleRef"):
        return []
    return [invalid("roleRef", new.get("roleRef"), "cannot change roleRef")]
