"""Answers questions about access and identity, which are asked by creating a review."""

from __future__ import annotations

from typing import Any

from tenter.embedded.access import Access, Attributes, Identity
from tenter.embedded.resources import ResourceType
from tenter.manifests.keys import Manifest


def answer_review(
    resource: ResourceType,
    review: Manifest,
    access: Access,
    identity: Identity,
    namespace: str,
) -> Manifest:
    """Return the review with its ``status``."""
    spec = review.get("spec") or {}
    status: dict[str, Any]
    match resource.kind:
        case "SelfSubjectReview":
            status = {"userInfo": {"username": identity.user, "groups": list(identity.groups)}}
        case "SelfSubjectRulesReview":
            rules = access.rules(identity, spec.get("namespace") or namespace)
            status = {
                "resourceRules": [rule for rule in rules if "resources" in rule],
                "nonResourceRules": [rule for rule in rules if "nonResourceURLs" in rule],
                "incomplete": bool(access.denials),
            }
        case "SelfSubjectAccessReview":
            status = _verdict(spec, access, identity, namespace)
        case _:
            user = Identity(spec.get("user") or "", tuple(spec.get("groups") or ()))
            status = _verdict(spec, access, user, namespace)
    return {
        "kind": resource.kind,
        "apiVersion": resource.api_version,
        "metadata": {},
        "spec": spec,
        "status": status,
    }


def _verdict(
    spec: dict[str, Any], access: Access, identity: Identity, namespace: str
) -> dict[str, Any]:
    asked = spec.get("resourceAttributes")
    if not asked:
        path = spec.get("nonResourceAttributes") or {}
        verb, where = path.get("verb", ""), path.get("path", "")
        return {"allowed": access.allows_path(identity, verb, where)}
    wanted = Attributes(
        verb=asked.get("verb", ""),
        group=asked.get("group", ""),
        resource=asked.get("resource", ""),
        subresource=asked.get("subresource", ""),
        namespace=asked.get("namespace", "") or namespace,
        name=asked.get("name", ""),
    )
    if access.allows(identity, wanted):
        return {"allowed": True}
    if any(denial.covers(identity, wanted) for denial in access.denials):
        return {"allowed": False, "reason": "a rule of the embedded cluster forbids it"}
    return {"allowed": False}
