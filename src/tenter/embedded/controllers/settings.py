"""How quick or patient the embedded cluster's controllers are."""

from __future__ import annotations

import msgspec


class ControllerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The controllers' times, all in seconds.

    A Job's failed Pod is replaced after ``job_backoff`` doubled with each failure in a row, at most
    ``job_backoff_limit``; Kubernetes takes 10 and 600. Every other time is the object's own.
    """

    job_backoff: float = 1.0
    job_backoff_limit: float = 600.0
    write_retry: float = 0.02
    write_retry_limit: float = 5.0
