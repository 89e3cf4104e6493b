"""What the controller lets pass in manifests, with a warning, where the CLI refuses it.

Whoever runs ``tenter sync`` is there to mend a manifest; an Application that worked in Argo CD
must go on working. So a hook of an unknown type is left out (Argo CD drops it without a word), an
unreadable wave is none, an unknown option is ignored, and of two manifests of one object the last
counts. Nothing of this is silent: each is told, with its place, its object and the value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from tenter.argoproj import Condition, ConditionType, condition
from tenter.engine import object_options
from tenter.engine.option_reading import SYNC_OPTIONS
from tenter.engine.options import ObjectOptions
from tenter.errors import HookError, ManifestError, OptionError, WaveError
from tenter.hooks import SYNC_WAVE, read_hook, read_wave
from tenter.manifests import Document, GroupKind, Key, Manifest, comma_list, key_of

_OPTIONS = ObjectOptions()
_HELM_WEIGHT = "helm.sh/hook-weight"


def tolerated(
    documents: Iterable[Document],
    namespace: str,
    is_namespaced: Callable[[GroupKind], bool],
) -> tuple[list[Document], list[Condition]]:
    """Return the documents as they can be used, and what had to be let pass.

    ``namespace`` is that of objects which name none.
    """
    found: list[Condition] = []
    usable = [mended for document in documents if (mended := _mended(document, found)) is not None]
    return _distinct(usable, namespace, is_namespaced, found), found


def without_excluded(
    documents: Iterable[Document], excluded: Callable[[GroupKind], bool]
) -> tuple[list[Document], list[Condition]]:
    """Return the documents of kinds that settings do not leave out, and what to say of the rest."""
    kept, found = [], []
    for document in documents:
        key = key_of(document.manifest)
        if excluded(key.group_kind):
            found.append(
                condition(
                    ConditionType.EXCLUDED_RESOURCE,
                    f"{key.short} is of a kind that the settings exclude, and is left alone; see "
                    "resource.exclusions and resource.inclusions in argocd-cm",
                )
            )
        else:
            kept.append(document)
    return kept, found


def _mended(document: Document, found: list[Condition]) -> Document | None:
    origin = str(document.origin)
    try:
        read_hook(document.manifest, origin)
    except HookError as error:
        found.append(_warning(f"{error}; the object is left out"))
        return None
    if not _is_named(document.manifest) and read_hook(document.manifest, origin) is None:
        key = key_of(document.manifest)
        found.append(
            _warning(
                f"{document.origin}: {key.kind} has only a generateName, which would make another "
                "object with every sync, and is left out. Give it a name, or make it a hook"
            )
        )
        return None
    return _without_unknown_options(_without_bad_wave(document, found), found)


def _is_named(manifest: Manifest) -> bool:
    return bool((manifest.get("metadata") or {}).get("name"))


def _without_bad_wave(document: Document, found: list[Condition]) -> Document:
    try:
        read_wave(document.manifest, str(document.origin))
    except WaveError as error:
        found.append(_warning(f"{error}; it counts as wave 0"))
        return _annotated(document, {SYNC_WAVE: None, _HELM_WEIGHT: None})
    return document


def _without_unknown_options(document: Document, found: list[Condition]) -> Document:
    annotations = (document.manifest.get("metadata") or {}).get("annotations") or {}
    text = annotations.get(SYNC_OPTIONS)
    if not isinstance(text, str) or not text:
        return document
    kept = []
    for option in comma_list(text):
        one = {**document.manifest, "metadata": {**document.manifest["metadata"]}}
        one["metadata"]["annotations"] = {SYNC_OPTIONS: option}
        try:
            object_options(one, _OPTIONS, str(document.origin))
        except (OptionError, ManifestError) as error:
            found.append(_warning(f"{error}; it is ignored"))
        else:
            kept.append(option)
    if len(kept) == len(comma_list(text)):
        return document
    return _annotated(document, {SYNC_OPTIONS: ",".join(kept) or None})


def _distinct(
    documents: Sequence[Document],
    namespace: str,
    is_namespaced: Callable[[GroupKind], bool],
    found: list[Condition],
) -> list[Document]:
    """Return the documents without those whose object a later one names as well."""
    last: dict[Key, int] = {}
    dropped: dict[int, None] = {}
    for index, document in enumerate(documents):
        key = key_of(document.manifest)
        if not key.name:
            continue
        place = (key.namespace or namespace) if is_namespaced(key.group_kind) else ""
        key = Key(key.group, key.kind, place, key.name)
        if key in last:
            earlier = documents[last[key]].origin
            dropped[last[key]] = None
            found.append(
                condition(
                    ConditionType.REPEATED_RESOURCE,
                    f"{key} is defined at {earlier} and again at {document.origin}, which counts. "
                    "Remove or rename one of the two",
                )
            )
        last[key] = index
    return [document for index, document in enumerate(documents) if index not in dropped]


def _annotated(document: Document, changes: dict[str, str | None]) -> Document:
    metadata = document.manifest["metadata"]
    annotations = {**metadata["annotations"], **changes}
    kept = {name: value for name, value in annotations.items() if value is not None}
    manifest = {**document.manifest, "metadata": {**metadata, "annotations": kept}}
    return msgspec.structs.replace(document, manifest=manifest)


def _warning(message: str) -> Condition:
    return condition(ConditionType.INVALID_MANIFEST, message)
