"""Kubernetes objects as text and as plain dicts."""

from tenter.manifests.keys import (
    GroupKind,
    Key,
    Manifest,
    group_kind_of,
    group_version,
    key_of,
)

__all__ = ["GroupKind", "Key", "Manifest", "group_kind_of", "group_version", "key_of"]
