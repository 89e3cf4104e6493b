"""Applications without any CRD: what they are, what they own, what happened to them."""

from tenter.applications.application import Application, ReadApplication, read_application
from tenter.applications.deletion import DeleteRequest, delete
from tenter.applications.history import history, require_state, rollback
from tenter.applications.outcome import Outcome
from tenter.applications.overview import ObjectOverview, Overview, SyncStatus, overview
from tenter.applications.preparing import Prepared, check_documents, prepare
from tenter.applications.requests import SyncRequest
from tenter.applications.session import read_state
from tenter.applications.state import HistoryEntry, State
from tenter.applications.syncing import Preview, preview, sync, sync_prepared
from tenter.applications.termination import Asked, terminate
from tenter.applications.workplace import Workplace

__all__ = [
    "Application",
    "Asked",
    "DeleteRequest",
    "HistoryEntry",
    "ObjectOverview",
    "Outcome",
    "Overview",
    "Prepared",
    "Preview",
    "ReadApplication",
    "State",
    "SyncRequest",
    "SyncStatus",
    "Workplace",
    "check_documents",
    "delete",
    "history",
    "overview",
    "prepare",
    "preview",
    "read_application",
    "read_state",
    "require_state",
    "rollback",
    "sync",
    "sync_prepared",
    "terminate",
]
