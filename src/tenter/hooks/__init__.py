"""What a hook's annotations say: its types, wave, delete policies and name."""

from tenter.hooks.kinds import DeletePolicy, HookType

__all__ = ["DeletePolicy", "HookType"]
