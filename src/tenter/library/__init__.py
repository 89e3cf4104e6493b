"""What ``import tenter`` offers: clusters, syncing, planning, and the events of both."""

from tenter.library.advice import Advice, phase_reason
from tenter.library.cluster import Cluster
from tenter.library.events import (
    AttemptEnded,
    AttemptPlanned,
    GroupKind,
    Key,
    LogLine,
    OperationEnded,
    OperationPhase,
    OperationStarted,
    Phase,
    Plan,
    Progress,
    ResultStatus,
    Selected,
    Stage,
    StageEntered,
    StageKey,
    Task,
    TaskChanged,
    TaskKind,
    TaskPhase,
    Wait,
    WaitingFor,
    WaitKind,
    Warned,
)
from tenter.library.outcomes import SyncOutcome
from tenter.library.planned import ChangeKind, PlannedChange, SyncPlan
from tenter.library.selection import read_selected
from tenter.library.termination import Termination
from tenter.library.verdicts import Verdict, judge_file

__all__ = [
    "Advice",
    "AttemptEnded",
    "AttemptPlanned",
    "ChangeKind",
    "Cluster",
    "GroupKind",
    "Key",
    "LogLine",
    "OperationEnded",
    "OperationPhase",
    "OperationStarted",
    "Phase",
    "Plan",
    "PlannedChange",
    "Progress",
    "ResultStatus",
    "Selected",
    "Stage",
    "StageEntered",
    "StageKey",
    "SyncOutcome",
    "SyncPlan",
    "Task",
    "TaskChanged",
    "TaskKind",
    "TaskPhase",
    "Termination",
    "Verdict",
    "Wait",
    "WaitKind",
    "WaitingFor",
    "Warned",
    "judge_file",
    "phase_reason",
    "read_selected",
]
