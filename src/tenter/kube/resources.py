"""A resource: how the cluster serves one kind, and so the paths of its objects.

A kind (``Deployment``) is what manifests say; a resource (``deployments`` of ``apps/v1``,
namespaced) is what requests need. Discovery leads from one to the other. This module knows paths
and nothing of requests.
"""

from __future__ import annotations

import msgspec

from tenter.manifests import GroupKind, Key, Manifest


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """One kind as one API version serves it; ``group`` is empty for the core group.

    ``verbs`` are those the server supports (``list``, ``watch``, ``create`` ...), whoever asks;
    ``subresources`` are names such as ``status``, ``scale`` and ``log``.
    """

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    verbs: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()

    @property
    def api_version(self) -> str:
        """What manifests have as ``apiVersion``: ``apps/v1``, ``v1`` in the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def group_kind(self) -> GroupKind:
        """The kind without its version."""
        return GroupKind(self.group, self.kind)

    @property
    def name(self) -> str:
        """The resource as RBAC rules and messages name it: ``deployments.apps``, ``pods``."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def key(self, namespace: str, name: str) -> Key:
        """Return the key of an object; ``namespace`` is ignored for cluster-scoped kinds."""
        return Key(self.group, self.kind, namespace if self.namespaced else "", name)

    def key_of(self, manifest: Manifest) -> Key:
        """Return the key of an object of this resource, whatever its ``apiVersion`` says."""
        metadata = manifest.get("metadata") or {}
        return self.key(metadata.get("namespace") or "", metadata.get("name") or "")

    def path(self, namespace: str = "", name: str = "", subresource: str = "") -> str:
        """Return the URL path of a collection, an object or its subresource.

        ``namespace`` is ignored for cluster-scoped kinds; for a namespaced kind an empty one means
        the collection over all namespaces. Source: the Kubernetes API conventions, "Resource URIs".
        """
        path = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        if self.namespaced and namespace:
            path += f"/namespaces/{namespace}"
        path += f"/{self.plural}"
        if name:
            path += f"/{name}"
        if subresource:
            path += f"/{subresource}"
        return path
