"""Argo CD's resource hooks and sync, as a library.

    import tenter

    async with tenter.Cluster.from_kubeconfig() as cluster:
        outcome = await tenter.sync("./deploy", cluster=cluster, application="shop")

Names are loaded when they are first used, so that importing this package costs nothing.
"""

from typing import TYPE_CHECKING

from tenter.errors import TenterError

if TYPE_CHECKING:
    from tenter.library import (
        Advice,
        Application,
        Asked,
        AttemptEnded,
        AttemptPlanned,
        AttemptReport,
        ChangeKind,
        Cluster,
        ContainerReport,
        Control,
        Differences,
        GroupKind,
        HistoryEntry,
        HookReport,
        Key,
        LogLine,
        ObjectDifference,
        ObjectOverview,
        OperationEnded,
        OperationPhase,
        OperationStarted,
        Overview,
        Phase,
        PlaceKeywords,
        Plan,
        PlannedChange,
        Progress,
        Report,
        ResultStatus,
        Selected,
        SourceLike,
        SourceRendered,
        Stage,
        StageEntered,
        StageKey,
        SyncKeywords,
        SyncOutcome,
        SyncPlan,
        SyncStatus,
        Task,
        TaskChanged,
        TaskKind,
        TaskPhase,
        Verdict,
        Wait,
        WaitingFor,
        WaitKind,
        Warned,
        application_file,
        delete,
        differences,
        history,
        judge_file,
        logs,
        overview,
        phase_reason,
        plan,
        read_selected,
        rollback,
        stream,
        sync,
        terminate,
    )

__all__ = [
    "Advice",
    "Application",
    "Asked",
    "AttemptEnded",
    "AttemptPlanned",
    "AttemptReport",
    "ChangeKind",
    "Cluster",
    "ContainerReport",
    "Control",
    "Differences",
    "GroupKind",
    "HistoryEntry",
    "HookReport",
    "Key",
    "LogLine",
    "ObjectDifference",
    "ObjectOverview",
    "OperationEnded",
    "OperationPhase",
    "OperationStarted",
    "Overview",
    "Phase",
    "PlaceKeywords",
    "Plan",
    "PlannedChange",
    "Progress",
    "Report",
    "ResultStatus",
    "Selected",
    "SourceLike",
    "SourceRendered",
    "Stage",
    "StageEntered",
    "StageKey",
    "SyncKeywords",
    "SyncOutcome",
    "SyncPlan",
    "SyncStatus",
    "Task",
    "TaskChanged",
    "TaskKind",
    "TaskPhase",
    "TenterError",
    "Verdict",
    "Wait",
    "WaitKind",
    "WaitingFor",
    "Warned",
    "application_file",
    "delete",
    "differences",
    "history",
    "judge_file",
    "logs",
    "overview",
    "phase_reason",
    "plan",
    "read_selected",
    "rollback",
    "stream",
    "sync",
    "terminate",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from tenter import library  # noqa: PLC0415 - this is what makes the import cheap

    value: object = getattr(library, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
