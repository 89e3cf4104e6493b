"""Read what an object's annotations say of it as a hook.

Argo CD's own annotations win over Helm's; both are refused where they say something unknown,
because a hook that silently does not run is found out in production.
"""

from __future__ import annotations

import difflib
import enum
import re
from collections.abc import Iterable
from typing import TypeVar

import msgspec

from tenter.errors import HookError, WaveError
from tenter.hooks.kinds import DeletePolicy, HookType
from tenter.manifests import Manifest, key_of

HOOK = "argocd.argoproj.io/hook"
HOOK_DELETE_POLICY = "argocd.argoproj.io/hook-delete-policy"
SYNC_WAVE = "argocd.argoproj.io/sync-wave"
HELM_HOOK = "helm.sh/hook"
HELM_DELETE_POLICY = "helm.sh/hook-delete-policy"
HELM_WEIGHT = "helm.sh/hook-weight"

SYNC_TYPES = (HookType.PRE_SYNC, HookType.SYNC, HookType.POST_SYNC, HookType.SYNC_FAIL)
DELETE_TYPES = (HookType.PRE_DELETE, HookType.POST_DELETE)

_INTEGER = re.compile(r"[+-]?[0-9]+")

_HELM_TYPES = {
    "pre-install": HookType.PRE_SYNC,
    "pre-upgrade": HookType.PRE_SYNC,
    "post-install": HookType.POST_SYNC,
    "post-upgrade": HookType.POST_SYNC,
    "pre-delete": HookType.PRE_DELETE,
    "post-delete": HookType.POST_DELETE,
}
_HELM_ORDINARY = "crd-install"
_HELM_UNSUPPORTED = ("pre-rollback", "post-rollback", "test", "test-success", "test-failure")
_HELM_POLICIES = {
    "before-hook-creation": DeletePolicy.BEFORE_HOOK_CREATION,
    "hook-succeeded": DeletePolicy.HOOK_SUCCEEDED,
    "hook-failed": DeletePolicy.HOOK_FAILED,
}


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    """What an object is as a hook.

    ``types`` are in the order of the phases and without repetition; empty where all that the
    annotations name is unsupported. ``policies`` is never empty. ``unsupported`` names the Helm
    hook types that Tenter reports and does not run.
    """

    types: tuple[HookType, ...]
    policies: frozenset[DeletePolicy]
    unsupported: tuple[str, ...] = ()

    @property
    def skipped(self) -> bool:
        """Whether the object is neither applied nor compared nor pruned."""
        return self.types == (HookType.SKIP,)

    @property
    def sync_types(self) -> tuple[HookType, ...]:
        """The phases of a sync in which it runs."""
        return tuple(kind for kind in self.types if kind in SYNC_TYPES)

    @property
    def delete_types(self) -> tuple[HookType, ...]:
        """The phases of a deletion in which it runs."""
        return tuple(kind for kind in self.types if kind in DELETE_TYPES)


def read_hook(manifest: Manifest, origin: str = "") -> Hook | None:
    """Return what ``manifest`` is as a hook, or None for an ordinary resource.

    ``origin`` says where the manifest stands, for messages. Raises ``HookError`` for an empty hook
    annotation and for unknown types and policies, naming the nearest known one.
    """
    annotations = _annotations(manifest)
    argo_text, helm_text = annotations.get(HOOK), annotations.get(HELM_HOOK)
    if argo_text is None and helm_text in {None, _HELM_ORDINARY}:
        return None
    argo = _read_argo_types(argo_text, manifest, origin)
    helm, unsupported = _read_helm_types(helm_text, manifest, origin)
    if any(kind in SYNC_TYPES or kind is HookType.SKIP for kind in argo):
        helm = [kind for kind in helm if kind in DELETE_TYPES]
        unsupported = ()
    return Hook(
        types=_effective([kind for kind in HookType if kind in {*argo, *helm}]),
        policies=_read_policies(annotations, manifest, origin),
        unsupported=unsupported,
    )


def read_wave(manifest: Manifest, origin: str = "") -> int:
    """Return the sync wave of ``manifest``; a Helm hook's weight counts where it has none.

    Raises ``WaveError`` where the annotation is not an integer.
    """
    annotations = _annotations(manifest)
    for name in (SYNC_WAVE, HELM_WEIGHT):
        text = annotations.get(name)
        if text is None:
            continue
        # As Kubernetes' own programs read it: Python's int() would take "1_0" as well.
        if not _INTEGER.fullmatch(text.strip()):
            raise WaveError(
                f'{_named(manifest)}: annotation {name} is "{text}", which is not an integer. '
                'Write a whole number in quotes, such as "-1" or "5"',
                file=origin or None,
            )
        return int(text)
    return 0


def _effective(types: list[HookType]) -> tuple[HookType, ...]:
    """Return the types without Skip, unless that is all there is."""
    return tuple(kind for kind in types if kind is not HookType.SKIP) or tuple(types)


def _read_argo_types(text: str | None, manifest: Manifest, origin: str) -> list[HookType]:
    if text is None:
        return []
    names = _listed(text)
    if not names:
        raise _empty(HOOK, HookType, manifest, origin)
    return [_known(HookType, name, "hook type", manifest, origin) for name in names]


def _read_helm_types(
    text: str | None, manifest: Manifest, origin: str
) -> tuple[list[HookType], tuple[str, ...]]:
    types: list[HookType] = []
    unsupported: list[str] = []
    if text is not None and not _listed(text):
        raise _empty(HELM_HOOK, _HELM_TYPES, manifest, origin)
    for name in _listed(text or ""):
        if name in _HELM_TYPES:
            types.append(_HELM_TYPES[name])
        elif name in _HELM_UNSUPPORTED:
            unsupported.append(name)
        elif name != _HELM_ORDINARY:
            known = [*_HELM_TYPES, _HELM_ORDINARY, *_HELM_UNSUPPORTED]
            raise _unknown("Helm hook type", name, known, manifest, origin)
    return types, tuple(unsupported)


def _read_policies(
    annotations: dict[str, str], manifest: Manifest, origin: str
) -> frozenset[DeletePolicy]:
    found = {
        _known(DeletePolicy, name, "hook delete policy", manifest, origin)
        for name in _listed(annotations.get(HOOK_DELETE_POLICY, ""))
    }
    for name in _listed(annotations.get(HELM_DELETE_POLICY, "")):
        if name not in _HELM_POLICIES:
            raise _unknown("Helm hook delete policy", name, _HELM_POLICIES, manifest, origin)
        found.add(_HELM_POLICIES[name])
    return frozenset(found or {DeletePolicy.BEFORE_HOOK_CREATION})


_Word = TypeVar("_Word", bound=enum.StrEnum)


def _known(words: type[_Word], name: str, what: str, manifest: Manifest, origin: str) -> _Word:
    try:
        return words(name)
    except ValueError:
        raise _unknown(what, name, [word.value for word in words], manifest, origin) from None


def _unknown(
    what: str, name: str, known: Iterable[str], manifest: Manifest, origin: str
) -> HookError:
    names = list(known)
    lowered = {word.lower().replace("-", ""): word for word in names}
    near = difflib.get_close_matches(name.lower().replace("-", ""), lowered, n=1, cutoff=0.5)
    advice = f'Did you mean "{lowered[near[0]]}"?' if near else f"Known are {', '.join(names)}"
    return HookError(f'{_named(manifest)}: unknown {what} "{name}". {advice}', file=origin or None)


def _empty(annotation: str, known: Iterable[str], manifest: Manifest, origin: str) -> HookError:
    return HookError(
        f"{_named(manifest)}: annotation {annotation} is empty. "
        f"Name at least one hook type ({', '.join(known)}) or remove it",
        file=origin or None,
    )


def _listed(text: str) -> list[str]:
    return [word for word in (part.strip() for part in text.split(",")) if word]


def _annotations(manifest: Manifest) -> dict[str, str]:
    return (manifest.get("metadata") or {}).get("annotations") or {}


def _named(manifest: Manifest) -> str:
    key = key_of(manifest)
    return key.short if key.name else f"{key.short}{manifest['metadata'].get('generateName', '')}"
