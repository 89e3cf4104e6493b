"""From a source's documents to targets: each with its final namespace, tracked, and checked.

Whatever is wrong in the input is found here, before anything on the cluster is touched: duplicate
objects, unknown hooks, waves and options, names that are missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tenter.applications.tracking import DEFAULT_TRACKING, Tracking, is_tracked, stamped
from tenter.diff import normalised
from tenter.engine import AttemptFacts, SyncOptions, Target, plan, plan_deletion
from tenter.engine.planning import kind_of_crd
from tenter.errors import ManifestError, UnknownKind
from tenter.hooks import read_hook
from tenter.kube.discovery import Discovery
from tenter.manifests import (
    Document,
    GroupKind,
    Key,
    Manifest,
    Notice,
    find_duplicates,
    group_kind_of,
    key_of,
)

_CLUSTER_SCOPED = (
    "APIService",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "RuntimeClass",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
)
"""Kubernetes' own kinds that live in no namespace, for a plan that has no cluster to ask."""


class Scopes:
    """Which kinds are namespaced: those the cluster serves, and those the documents define.

    Without ``discovery`` the built-in kinds are known by name.
    """

    def __init__(self, discovery: Discovery | None, documents: Iterable[Document]) -> None:
        self._discovery = discovery
        self._defined: dict[GroupKind, bool] = {}
        for document in documents:
            manifest = document.manifest
            if manifest.get("kind") == "CustomResourceDefinition":
                scope = (manifest.get("spec") or {}).get("scope")
                self._defined[kind_of_crd(manifest)] = scope != "Cluster"

    def is_namespaced(self, kind: GroupKind) -> bool:
        """Tell whether objects of ``kind`` live in a namespace; of an unknown kind they do."""
        if kind in self._defined:
            return self._defined[kind]
        if self._discovery is None:
            return kind.kind not in _CLUSTER_SCOPED
        try:
            return self._discovery.find(kind.group, kind.kind).namespaced
        except UnknownKind:
            return True


def read_targets(
    documents: Sequence[Document],
    *,
    application: str,
    namespace: str,
    options: SyncOptions,
    discovery: Discovery | None,
    tracking: Tracking = DEFAULT_TRACKING,
) -> tuple[list[Target], list[Notice]]:
    """Return the targets of ``documents`` and what the user should know of them.

    ``namespace`` is that of objects which name none. Raises ``DuplicateObject``, ``HookError``,
    ``WaveError``, ``OptionError`` and ``ManifestError``. ``discovery`` must be loaded; it is None
    where there is no cluster to ask.
    """
    scopes = Scopes(discovery, documents)
    duplicates = find_duplicates(documents, namespace, scopes.is_namespaced)
    if duplicates:
        raise duplicates[0]
    targets: list[Target] = []
    notices: list[Notice] = []
    for document in documents:
        hook = read_hook(document.manifest, str(document.origin))
        if hook is not None and hook.unsupported:
            notices.append(
                Notice(
                    f"Helm hook type {', '.join(hook.unsupported)} is not supported and not run",
                    document.origin,
                )
            )
        manifest = normalised(_placed(document.manifest, namespace, scopes))
        key = key_of(manifest)
        if not key.name and hook is None:
            raise ManifestError(
                f"{key.kind} has only a generateName, which would make another object with every "
                "sync. Give it a name, or make it a hook",
                file=document.origin.file,
                document=document.origin.document,
                line=document.origin.line,
            )
        untouched = hook is not None and hook.skipped
        if key.name and is_tracked(key) and not untouched:
            manifest = stamped(manifest, application, key, namespace, tracking)
        targets.append(Target(manifest, str(document.origin)))
    _check(targets, options, namespace)
    return targets, notices


def wanted_keys(targets: Iterable[Target]) -> list[Key]:
    """Return the keys of the targets that are no hooks, in their order.

    Skipped ones are among them: they are left as they are, and so are not pruned either.
    """
    found = []
    for target in targets:
        hook = read_hook(target.manifest, target.origin)
        if hook is None or hook.skipped:
            found.append(key_of(target.manifest))
    return found


def delete_hooks(targets: Iterable[Target]) -> list[Target]:
    """Return the targets that are hooks of the application's deletion."""
    found = []
    for target in targets:
        hook = read_hook(target.manifest, target.origin)
        if hook is not None and hook.delete_types:
            found.append(target)
    return found


def _placed(manifest: Manifest, namespace: str, scopes: Scopes) -> Manifest:
    """Return ``manifest`` in the namespace where it will live, and with none if in none."""
    metadata = manifest.get("metadata") or {}
    if scopes.is_namespaced(group_kind_of(manifest)):
        if metadata.get("namespace"):
            return manifest
        return {**manifest, "metadata": {**metadata, "namespace": namespace}}
    if "namespace" not in metadata:
        return manifest
    metadata = {name: value for name, value in metadata.items() if name != "namespace"}
    return {**manifest, "metadata": metadata}


def _check(targets: Sequence[Target], options: SyncOptions, namespace: str) -> None:
    """Plan once for nothing but the errors, which planning raises."""
    facts = AttemptFacts(operation="check", number=0, started=0, destination_namespace=namespace)
    plan(targets, options, facts)
    plan_deletion(targets, (), options, facts)
