"""What was asked of an Application: its ``operation``, and the retry strategy that it shares.

An operation on the resource asks for a sync; the controller moves it into ``status.operationState``
when it begins and removes it when it is over.
"""

from __future__ import annotations

from tenter.argoproj.shape import Shape
from tenter.argoproj.source import ApplicationSource


class NameValue(Shape, frozen=True, kw_only=True):
    """A note for people: a name and a value."""

    name: str
    value: str


class Backoff(Shape, frozen=True, kw_only=True):
    """How long to wait between retries; durations are texts such as ``5s``, or bare seconds."""

    duration: str = ""
    factor: int | None = None
    max_duration: str = ""


class RetryStrategy(Shape, frozen=True, kw_only=True):
    """How often a failed sync is tried again; a negative ``limit`` is for ever.

    With ``refresh`` a retry uses the newest revision rather than the one that failed.
    """

    limit: int = 0
    refresh: bool = False
    backoff: Backoff | None = None


class Initiator(Shape, frozen=True, kw_only=True):
    """Who asked: a user's name, or ``automated`` where the controller itself did."""

    username: str = ""
    automated: bool = False


class OperationResource(Shape, frozen=True, kw_only=True):
    """One resource of a selective sync; an empty namespace is any."""

    group: str = ""
    kind: str
    name: str
    namespace: str = ""


class StrategyApply(Shape, frozen=True, kw_only=True):
    """Sync without hooks."""

    force: bool = False


class StrategyHook(Shape, frozen=True, kw_only=True):
    """Sync with hooks, which is the default."""

    force: bool = False


class SyncStrategy(Shape, frozen=True, kw_only=True):
    """How objects are applied. Neither part given means with hooks."""

    apply: StrategyApply | None = None
    hook: StrategyHook | None = None


class SyncOperation(Shape, frozen=True, kw_only=True):
    """A sync. Empty fields are the Application's own; ``manifests`` replace the source.

    ``manifests`` are JSON or YAML texts. ``auto_heal_attempts_count`` counts the self-heals in a
    row that led to this one.
    """

    revision: str = ""
    revisions: tuple[str, ...] = ()
    source: ApplicationSource | None = None
    sources: tuple[ApplicationSource, ...] = ()
    manifests: tuple[str, ...] = ()
    sync_options: tuple[str, ...] = ()
    prune: bool = False
    dry_run: bool = False
    auto_heal_attempts_count: int = 0
    resources: tuple[OperationResource, ...] = ()
    sync_strategy: SyncStrategy | None = None

    @property
    def runs_hooks(self) -> bool:
        """Whether hooks run: not with the strategy ``apply``, nor for a selection of resources."""
        strategy = self.sync_strategy
        apply_only = strategy is not None and strategy.apply is not None and strategy.hook is None
        return not apply_only and not self.resources

    @property
    def force(self) -> bool:
        """Whether the strategy forces replacement of what cannot be changed in place."""
        strategy = self.sync_strategy
        if strategy is None:
            return False
        return bool(
            (strategy.hook and strategy.hook.force) or (strategy.apply and strategy.apply.force)
        )


class Operation(Shape, frozen=True, kw_only=True):
    """What is asked. ``info`` is only recorded."""

    info: tuple[NameValue, ...] = ()
    initiated_by: Initiator | None = None
    retry: RetryStrategy | None = None
    sync: SyncOperation | None = None

    @property
    def automated(self) -> bool:
        """Whether the controller itself asked for it."""
        return self.initiated_by is not None and self.initiated_by.automated
