"""What names an object: its group, kind, namespace and name.

A key has no version: ``apps/v1`` and ``apps/v1beta1`` Deployments of one name are one object.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

Manifest: TypeAlias = dict[str, Any]
"""An unstructured Kubernetes object, as parsed: never wrapped, never deep-copied on a hot path."""


class GroupKind(msgspec.Struct, frozen=True, order=True):
    """An API group (empty for the core group) and a kind in it."""

    group: str
    kind: str

    def __str__(self) -> str:
        return f"{self.group}/{self.kind}" if self.group else self.kind


class Key(msgspec.Struct, frozen=True, order=True):
    """An object's identity. ``namespace`` is empty for cluster-scoped objects."""

    group: str
    kind: str
    namespace: str
    name: str

    @property
    def group_kind(self) -> GroupKind:
        """The object's group and kind."""
        return GroupKind(self.group, self.kind)

    @property
    def short(self) -> str:
        """The name used in messages: ``batch/Job/migrate``, ``Service/web`` in the core group."""
        return f"{self.group_kind}/{self.name}"

    def __str__(self) -> str:
        where = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.group_kind} {where}"


def group_version(manifest: Manifest) -> tuple[str, str]:
    """Return the group (empty for core) and version of ``manifest``'s ``apiVersion``."""
    api_version = manifest.get("apiVersion", "")
    group, slash, version = api_version.partition("/")
    return (group, version) if slash else ("", group)


def group_kind_of(manifest: Manifest) -> GroupKind:
    """Return the group and kind of ``manifest``."""
    return GroupKind(group_version(manifest)[0], manifest.get("kind", ""))


def key_of(manifest: Manifest) -> Key:
    """Return the key of ``manifest`` as it stands; a missing name or namespace is empty."""
    metadata = manifest.get("metadata") or {}
    return Key(
        group_version(manifest)[0],
        manifest.get("kind", ""),
        metadata.get("namespace") or "",
        metadata.get("name") or "",
    )
