"""Applications without any CRD: what they are, what they own, what happened to them."""

from tenter.applications.application import Application, ReadApplication, read_application
from tenter.applications.outcome import Outcome
from tenter.applications.requests import SyncRequest
from tenter.applications.syncing import Preview, preview, sync, sync_prepared
from tenter.applications.workplace import Workplace

__all__ = [
    "Application",
    "Outcome",
    "Preview",
    "ReadApplication",
    "SyncRequest",
    "Workplace",
    "preview",
    "read_application",
    "sync",
    "sync_prepared",
]
