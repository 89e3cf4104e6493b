"""Kubernetes objects as text and as plain dicts."""

from tenter.manifests.annotations import (
    annotation,
    annotation_integer,
    annotation_list,
    comma_list,
    label,
)
from tenter.manifests.cleaning import cleaned
from tenter.manifests.duplicates import find_duplicates
from tenter.manifests.keys import (
    GroupKind,
    Key,
    Manifest,
    group_kind_of,
    group_version,
    key_of,
)
from tenter.manifests.masking import masked
from tenter.manifests.ordering import kind_rank
from tenter.manifests.origin import Document, Notice, Origin
from tenter.manifests.reader import read_documents

__all__ = [
    "Document",
    "GroupKind",
    "Key",
    "Manifest",
    "Notice",
    "Origin",
    "annotation",
    "annotation_integer",
    "annotation_list",
    "cleaned",
    "comma_list",
    "find_duplicates",
    "group_kind_of",
    "group_version",
    "key_of",
    "kind_rank",
    "label",
    "masked",
    "read_documents",
]
