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
            every = ["*"]
            rule = {"verbs": every, "apiGroups": every, "resources": every}
            status = {
                "resourceRules": [rule],
                "nonResourceRules": [{"verbs": every, "nonResourceURLs": every}],
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
        return {"allowed": True}
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
    return {"allowed": False, "reason": "a rule of the embedded cluster forbids it"}
