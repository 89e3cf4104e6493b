"""What a hook's annotations say: its types, wave, delete policies and name."""

from tenter.hooks.kinds import DeletePolicy, HookType
from tenter.hooks.naming import MAX_NAME, hook_name
from tenter.hooks.reading import (
    DELETE_TYPES,
    HELM_HOOK,
    HOOK,
    HOOK_DELETE_POLICY,
    SYNC_TYPES,
    SYNC_WAVE,
    Hook,
    read_hook,
    read_wave,
)

__all__ = [
    "DELETE_TYPES",
    "HELM_HOOK",
    "HOOK",
    "HOOK_DELETE_POLICY",
    "MAX_NAME",
    "SYNC_TYPES",
    "SYNC_WAVE",
    "DeletePolicy",
    "Hook",
    "HookType",
    "hook_name",
    "read_hook",
    "read_wave",
]
