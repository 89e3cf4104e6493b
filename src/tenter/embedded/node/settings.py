"""How quick or patient the node is."""

from __future__ import annotations

import msgspec


class NodeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The node's times, all in seconds.

    A container that ended and is to run again waits ``restart_backoff``, doubled with each restart,
    at most ``restart_backoff_limit`` (Kubernetes: 10 and 300). What cannot be started, because its
    ConfigMap is missing say, is tried again after ``start_retry``, doubled up to
    ``start_retry_limit``.
    """

    restart_backoff: float = 0.2
    restart_backoff_limit: float = 30.0
    start_retry: float = 0.2
    start_retry_limit: float = 10.0
    grace: float = 30.0
