"""A Kubernetes API server, its controllers and a node in this process; knows nothing of syncing."""

from tenter.embedded.access import ADMIN, Access, Denial, Identity
from tenter.embedded.cluster import EmbeddedCluster
from tenter.embedded.memory_transport import MemoryTransport
from tenter.embedded.server import ApiServer
from tenter.embedded.store import Change, ObjectKey, Store, Verb

__all__ = [
    "ADMIN",
    "Access",
    "ApiServer",
    "Change",
    "Denial",
    "EmbeddedCluster",
    "Identity",
    "MemoryTransport",
    "ObjectKey",
    "Store",
    "Verb",
]
