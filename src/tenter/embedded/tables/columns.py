"""The columns of the built-in kinds: those that people know from ``kubectl get``."""

from __future__ import annotations

from tenter.embedded.tables.governing import GOVERNING
from tenter.embedded.tables.networking import NETWORKING
from tenter.embedded.tables.printed import CREATED_AT, NAME, Printed
from tenter.embedded.tables.storage import STORAGE
from tenter.embedded.tables.workloads import WORKLOADS

PLAIN = (NAME, CREATED_AT)
"""The columns of a kind without an entry in ``TABLES``."""

TABLES: dict[str, tuple[Printed, ...]] = {**WORKLOADS, **NETWORKING, **STORAGE, **GOVERNING}
"""By resource."""
