"""The finalizers of an Application that hold up its deletion, and what each stands for. Pure.

``resources-finalizer.argocd.argoproj.io`` asks for the cascade; ``/background`` after it says how.
Those of delete hooks are the controller's own: they are there while the source has such hooks.
"""

from __future__ import annotations

from collections.abc import Sequence

from tenter.engine import Propagation, Target
from tenter.hooks import HookType, read_hook

RESOURCES = "resources-finalizer.argocd.argoproj.io"
PRE_DELETE = "pre-delete-finalizer.argocd.argoproj.io"
POST_DELETE = "post-delete-finalizer.argocd.argoproj.io"
_CLEANUP = "/cleanup"
_CASCADES = {
    RESOURCES: Propagation.FOREGROUND,
    f"{RESOURCES}/foreground": Propagation.FOREGROUND,
    f"{RESOURCES}/background": Propagation.BACKGROUND,
}
_HOOKS = {HookType.PRE_DELETE: PRE_DELETE, HookType.POST_DELETE: POST_DELETE}


def is_ours(finalizer: str) -> bool:
    """Tell whether the controller removes the finalizer when it is done."""
    return finalizer in _CASCADES or finalizer in _of_hooks(list(_HOOKS))


def cascade_of(finalizers: Sequence[str]) -> Propagation | None:
    """Return how the Application's objects are deleted with it; None where they stay."""
    found = [_CASCADES[each] for each in finalizers if each in _CASCADES]
    if Propagation.BACKGROUND in found:
        return Propagation.BACKGROUND
    return found[0] if found else None


def in_step(finalizers: Sequence[str], targets: Sequence[Target]) -> list[str]:
    """Return the finalizers with those for the delete hooks that ``targets`` have, and no others.

    All that are not for delete hooks stay as they are, in their order.
    """
    types = [
        hook_type
        for hook_type in _HOOKS
        if any(
            hook is not None and hook_type in hook.types
            for hook in (read_hook(target.manifest, target.origin) for target in targets)
        )
    ]
    wanted = _of_hooks(types)
    unwanted = [each for each in _of_hooks(list(_HOOKS)) if each not in wanted]
    kept = [each for each in finalizers if each not in unwanted]
    return [*kept, *(each for each in wanted if each not in kept)]


def without_ours(finalizers: Sequence[str]) -> list[str]:
    """Return the finalizers that are others' to remove."""
    return [each for each in finalizers if not is_ours(each)]


def _of_hooks(types: Sequence[HookType]) -> list[str]:
    return [_HOOKS[each] + ending for each in types for ending in ("", _CLEANUP)]
