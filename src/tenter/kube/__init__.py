"""A cluster from outside: requests and answers, discovery, a client, informers, credentials.

``io_http`` and ``io_kubeconfig`` are imported by name where a real connection is made, so that
whoever uses the embedded cluster pays for neither.
"""

from tenter.kube.answers import Access, ApplyAnswer, ObjectList, error_of_status
from tenter.kube.building import FIELD_MANAGER, FieldValidation, PatchType
from tenter.kube.client import Client
from tenter.kube.discovery import Discovery
from tenter.kube.informers import Change, Informers, Scope
from tenter.kube.requests import Request, Response, Stream, Transport
from tenter.kube.resources import Resource
from tenter.kube.selectors import field_selector, label_selector
from tenter.kube.watching import WatchEvent

__all__ = [
    "FIELD_MANAGER",
    "Access",
    "ApplyAnswer",
    "Change",
    "Client",
    "Discovery",
    "FieldValidation",
    "Informers",
    "ObjectList",
    "PatchType",
    "Request",
    "Resource",
    "Response",
    "Scope",
    "Stream",
    "Transport",
    "WatchEvent",
    "error_of_status",
    "field_selector",
    "label_selector",
]
