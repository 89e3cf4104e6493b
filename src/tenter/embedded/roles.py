"""Who may do what by Roles and bindings, and which rules that comes to.

The rules of the RBAC API, read from the store at each question, so that a binding counts at once.
The roles that every cluster has from its start are known here and are no objects: those that let
everybody look around, and the four that are meant for people (``cluster-admin``, ``admin``,
``edit``, ``view``). Source: the Kubernetes documentation, "Using RBAC Authorization".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from tenter.embedded.store import Store
from tenter.manifests.keys import Manifest

_GROUP = "rbac.authorization.k8s.io"
ACCOUNT_PREFIX = "system:serviceaccount:"
MASTERS = "system:masters"
AUTHENTICATED = "system:authenticated"
_LOOKING = ["get", "list", "watch"]
_WRITING = [*_LOOKING, "create", "delete", "deletecollection", "patch", "update"]
_WORKLOADS = [
    {
        "apiGroups": [""],
        "resources": [
            *("configmaps", "endpoints", "events", "persistentvolumeclaims", "pods", "pods/log"),
            *("replicationcontrollers", "replicationcontrollers/scale", "serviceaccounts"),
            "services",
        ],
    },
    {"apiGroups": ["apps", "batch", "autoscaling", "policy"], "resources": ["*"]},
    {"apiGroups": ["networking.k8s.io", "discovery.k8s.io"], "resources": ["*"]},
]
_SECRETS = {"apiGroups": [""], "resources": ["secrets"], "verbs": _WRITING}
_ROLES = {"apiGroups": [_GROUP], "resources": ["roles", "rolebindings"], "verbs": _WRITING}


def _with_verbs(verbs: list[str]) -> list[dict[str, Any]]:
    return [{**rule, "verbs": verbs} for rule in _WORKLOADS]


def _paths(*paths: str) -> list[dict[str, Any]]:
    return [{"nonResourceURLs": list(paths), "verbs": ["get"]}]


_HEALTH = ("/healthz", "/livez", "/readyz", "/version", "/version/")
_KNOWN: dict[str, list[dict[str, Any]]] = {
    "cluster-admin": [
        {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},
        {"nonResourceURLs": ["*"], "verbs": ["*"]},
    ],
    "admin": [*_with_verbs(_WRITING), _SECRETS, _ROLES],
    "edit": [*_with_verbs(_WRITING), _SECRETS],
    "view": _with_verbs(_LOOKING),
    "system:basic-user": [
        {
            "apiGroups": ["authorization.k8s.io"],
            "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
            "verbs": ["create"],
        },
        {
            "apiGroups": ["authentication.k8s.io"],
            "resources": ["selfsubjectreviews"],
            "verbs": ["create"],
        },
    ],
    "system:discovery": _paths("/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*")
    + _paths(*_HEALTH),
    "system:public-info-viewer": _paths(*_HEALTH),
}
_GRANTED = (
    (MASTERS, "cluster-admin"),
    (AUTHENTICATED, "system:basic-user"),
    (AUTHENTICATED, "system:discovery"),
    (AUTHENTICATED, "system:public-info-viewer"),
)
"""Which group has which of the known roles from the start."""


class Subject(msgspec.Struct, frozen=True):
    """Who asks: a user's name, and the groups they belong to."""

    user: str
    groups: tuple[str, ...]

    def is_meant(self, subject: dict[str, Any], namespace: str) -> bool:
        """Tell whether a subject of a binding, one in ``namespace``, means this one."""
        match subject.get("kind"):
            case "User":
                return subject.get("name") == self.user
            case "Group":
                return subject.get("name") in self.groups
            case "ServiceAccount":
                place = subject.get("namespace") or namespace
                return self.user == f"{ACCOUNT_PREFIX}{place}:{subject.get('name')}"
            case _:
                return False


def rules_of(store: Store, subject: Subject, namespace: str = "") -> Iterator[dict[str, Any]]:
    """Yield the rules that a subject has in the cluster, and in ``namespace`` if one is given."""
    for group, role in _GRANTED:
        if group in subject.groups:
            yield from _KNOWN[role]
    for stored in store.objects(f"clusterrolebindings.{_GROUP}"):
        yield from _granted(store, stored.object, subject, "")
    if namespace:
        for stored in store.objects(f"rolebindings.{_GROUP}", namespace):
            yield from _granted(store, stored.object, subject, namespace)


def _granted(
    store: Store, binding: Manifest, subject: Subject, namespace: str
) -> Sequence[dict[str, Any]]:
    if not any(subject.is_meant(each, namespace) for each in binding.get("subjects") or ()):
        return ()
    reference = binding.get("roleRef") or {}
    name = reference.get("name", "")
    if reference.get("kind") == "Role":
        found = store.get(f"roles.{_GROUP}", namespace, name)
    else:
        found = store.get(f"clusterroles.{_GROUP}", "", name)
        if found is None:
            return _KNOWN.get(name, ())
    return (found.object.get("rules") or ()) if found is not None else ()


def covers(
    rule: dict[str, Any], *, verb: str, group: str, resource: str, subresource: str, name: str
) -> bool:
    """Tell whether a rule allows ``verb`` on a resource, or on one object of it."""
    if not _has(rule.get("verbs"), verb) or not _has(rule.get("apiGroups"), group):
        return False
    names = rule.get("resourceNames")
    if names and name not in names:
        return False
    resources = rule.get("resources") or ()
    if not subresource:
        return _has(resources, resource)
    wanted = (f"{resource}/{subresource}", f"*/{subresource}", "*")
    return any(each in resources for each in wanted)


def covers_path(rule: dict[str, Any], *, verb: str, path: str) -> bool:
    """Tell whether a rule allows ``verb`` on a path that is no resource."""
    return _has(rule.get("verbs"), verb) and any(
        path == each or (each.endswith("*") and path.startswith(each[:-1]))
        for each in rule.get("nonResourceURLs") or ()
    )


def _has(values: Sequence[str] | None, wanted: str) -> bool:
    return values is not None and ("*" in values or wanted in values)
