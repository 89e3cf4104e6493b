"""What a running operation reports, in the words of the engine: gathered for those who listen.

Only names from below; the definitions are ``runner.progress`` and the engine's.
"""

from tenter.applications import (
    Application,
    Asked,
    HistoryEntry,
    ObjectOverview,
    Overview,
    SyncStatus,
)
from tenter.engine import (
    OperationPhase,
    Phase,
    Plan,
    ResultStatus,
    Selected,
    Stage,
    StageKey,
    Task,
    TaskKind,
    TaskPhase,
    Wait,
    WaitKind,
)
from tenter.manifests import GroupKind, Key
from tenter.runner.operation import Control
from tenter.runner.progress import (
    AttemptEnded,
    AttemptPlanned,
    LogLine,
    OperationEnded,
    OperationStarted,
    Progress,
    SourceRendered,
    StageEntered,
    TaskChanged,
    WaitingFor,
    Warned,
)
from tenter.runner.report import AttemptReport, ContainerReport, HookReport, Report

__all__ = [
    "Application",
    "Asked",
    "AttemptEnded",
    "AttemptPlanned",
    "AttemptReport",
    "ContainerReport",
    "Control",
    "GroupKind",
    "HistoryEntry",
    "HookReport",
    "Key",
    "LogLine",
    "ObjectOverview",
    "OperationEnded",
    "OperationPhase",
    "OperationStarted",
    "Overview",
    "Phase",
    "Plan",
    "Progress",
    "Report",
    "ResultStatus",
    "Selected",
    "SourceRendered",
    "Stage",
    "StageEntered",
    "StageKey",
    "SyncStatus",
    "Task",
    "TaskChanged",
    "TaskKind",
    "TaskPhase",
    "Wait",
    "WaitKind",
    "WaitingFor",
    "Warned",
]
