"""Find manifests that name the same object, of which only one could win.

Keys are compared once the default namespace is known: an object without a namespace and one that
names it are the same. Objects with only ``generateName`` get a name each, and are never the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tenter.errors import DuplicateObject
from tenter.manifests.keys import GroupKind, Key, key_of
from tenter.manifests.origin import Document, Origin


def find_duplicates(
    documents: Iterable[Document],
    default_namespace: str,
    is_namespaced: Callable[[GroupKind], bool] | None = None,
) -> list[DuplicateObject]:
    """Return an error for every document whose object an earlier one names already.

    ``default_namespace`` is that of objects which name none. ``is_namespaced``, where given, tells
    the cluster-scoped kinds, whose namespace counts for nothing. Each error is placed at the later
    document and names the earlier.
    """
    first: dict[Key, Origin] = {}
    errors = []
    for document in documents:
        key = key_of(document.manifest)
        if not key.name:
            continue
        namespaced = is_namespaced is None or is_namespaced(key.group_kind)
        namespace = (key.namespace or default_namespace) if namespaced else ""
        key = Key(key.group, key.kind, namespace, key.name)
        earlier = first.setdefault(key, document.origin)
        if earlier is not document.origin:
            errors.append(_duplicate(key, earlier, document.origin))
    return errors


def _duplicate(key: Key, earlier: Origin, later: Origin) -> DuplicateObject:
    return DuplicateObject(
        f"{key} is already defined at {earlier}; remove or rename one of the two",
        file=later.file,
        document=later.document,
        line=later.line,
    )
