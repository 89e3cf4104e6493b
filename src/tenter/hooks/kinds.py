"""The kinds of hooks and the policies by which they are deleted."""

from __future__ import annotations

import enum


class HookType(enum.StrEnum):
    """When a hook runs; the values of ``argocd.argoproj.io/hook``."""

    PRE_SYNC = "PreSync"
    SYNC = "Sync"
    POST_SYNC = "PostSync"
    SYNC_FAIL = "SyncFail"
    SKIP = "Skip"
    PRE_DELETE = "PreDelete"
    POST_DELETE = "PostDelete"


class DeletePolicy(enum.StrEnum):
    """When a hook is deleted; the values of ``argocd.argoproj.io/hook-delete-policy``."""

    HOOK_SUCCEEDED = "HookSucceeded"
    HOOK_FAILED = "HookFailed"
    BEFORE_HOOK_CREATION = "BeforeHookCreation"
