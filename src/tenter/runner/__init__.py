"""Runs one sync operation: performs the engine's actions and tells it what happened."""

from tenter.runner.journal import Journal, Requests, SavedOperation
from tenter.runner.operation import Control, InvalidTasks, Operation, Planner
from tenter.runner.progress import Progress
from tenter.runner.report import (
    AttemptReport,
    ContainerReport,
    HookReport,
    Report,
    TimelineEntry,
    encode_report,
)
from tenter.runner.running import run_operation
from tenter.runner.surroundings import Listener, Surroundings

__all__ = [
    "AttemptReport",
    "ContainerReport",
    "Control",
    "HookReport",
    "InvalidTasks",
    "Journal",
    "Listener",
    "Operation",
    "Planner",
    "Progress",
    "Report",
    "Requests",
    "SavedOperation",
    "Surroundings",
    "TimelineEntry",
    "encode_report",
    "run_operation",
]
