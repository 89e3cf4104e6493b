"""The API server: a request in, an answer out, whether it came over HTTP or from memory.

It finds out who asks for what, asks ``access`` whether they may, and has ``calls`` do it. It knows
no sockets.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from tenter.embedded.access import Access, Attributes, Identity, known_as
from tenter.embedded.calls import Answer, Call
from tenter.embedded.discovery import discovery_answer
from tenter.embedded.establishing import Establishing
from tenter.embedded.garbage import GarbageCollector
from tenter.embedded.logs import LogSource
from tenter.embedded.machinery import Machinery
from tenter.embedded.namespaces import DEFAULT_NAMESPACES, NamespaceLifecycle
from tenter.embedded.objects import Objects
from tenter.embedded.openapi import OpenApi
from tenter.embedded.provisioning import Provisioning
from tenter.embedded.registry import Registry
from tenter.embedded.responses import document, refused
from tenter.embedded.routing import Place, find_place, verb_of
from tenter.embedded.service_accounts import ServiceAccounts
from tenter.embedded.statuses import Refusal, no_such_method, unauthorized
from tenter.embedded.storage_protection import StorageProtection
from tenter.embedded.store import Store
from tenter.embedded.tasks import task_group
from tenter.environment import Environment
from tenter.kube.requests import Request, Response, Stream
from tenter.manifests.keys import Manifest

VERSION = "v1.36.0+tenter"
"""The Kubernetes version whose behaviour this server has, as clients are told."""

_HEALTH = ("/healthz", "/livez", "/readyz")


class ApiServer:
    """One API server with its store, and the machinery behind it.

    Requests are answered from the start; ``async with`` runs the machinery (garbage collection,
    ending namespaces, CRDs, protecting storage) until the end of the block, after which every
    watch ends. ``logs`` is set by the node that runs the Pods. ``access.denials`` may forbid
    things. Watches without a time limit of their own end after ``watch_seconds``. ``provisions``
    False leaves claims without volumes, load balancers without addresses, and namespaces without
    the certificate that running Pods would trust.
    """

    def __init__(
        self,
        environment: Environment,
        *,
        store: Store | None = None,
        access: Access | None = None,
        watch_seconds: float = 3600.0,
        provisions: bool = True,
    ) -> None:
        self.environment = environment
        self.store = store if store is not None else Store()
        self.access = access if access is not None else Access()
        self.access.store = self.store
        self.logs: LogSource | None = None
        self.registry = Registry()
        self._openapi = OpenApi(self.registry)
        self.objects = Objects(self.store, self.registry, environment)
        self.namespaces = NamespaceLifecycle(self.objects)
        self.service_accounts = ServiceAccounts(self.objects, certificates=provisions)
        self.objects.furnish = self.service_accounts.look
        self.closed = False
        self.watch_seconds = watch_seconds
        self.machinery = Machinery(
            self.store,
            [
                Establishing(self.objects),
                GarbageCollector(self.objects),
                self.namespaces,
                self.service_accounts,
                *([Provisioning(self.objects)] if provisions else []),
                StorageProtection(self.objects),
            ],
        )
        self._stack = AsyncExitStack()
        self._add_namespaces()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            group = await stack.enter_async_context(task_group())
            running = group.create_task(self.machinery.run(), name="cluster machinery")
            stack.callback(running.cancel)
            stack.callback(self._close)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)

    def _close(self) -> None:
        self.closed = True
        self.store.close()

    def _add_namespaces(self) -> None:
        resource = self.registry.find("", "v1", "namespaces")
        if resource is None:
            raise LookupError("namespaces are always served")
        for name in DEFAULT_NAMESPACES:
            if self.store.get(resource.name, "", name) is None:
                self.objects.create(
                    Place(resource, "", "", ""),
                    {"metadata": {"name": name}},
                    self.objects.machine_options("kube-apiserver"),
                )

    async def handle(self, request: Request, identity: Identity | None = None) -> Response | Stream:
        """Return the answer to a request, whatever comes of it.

        ``identity`` is who asks where the caller knows that; otherwise the request's bearer token
        says it.
        """
        try:
            answer = self._answer(request, identity)
            return answer if isinstance(answer, Response | Stream) else await answer
        except Refusal as refusal:
            return refused(refusal)

    def _answer(self, request: Request, identity: Identity | None) -> Answer:
        path = request.path.rstrip("/") or "/"
        if path.startswith(_HEALTH):
            return Response(status=200, headers={"content-type": "text/plain"}, body=b"ok")
        headers = {name.lower(): value for name, value in request.headers}
        if identity is None:
            identity = self.access.identify(headers.get("authorization", ""))
            if identity is None:
                raise unauthorized()
        if "impersonate-user" in headers:
            identity = self._impersonated(request, identity, headers["impersonate-user"])
        if request.method not in ("GET", "HEAD") and _is_document(path):
            raise no_such_method()
        if path == "/version":
            return document(200, _version())
        if path.startswith("/openapi/"):
            body, media = self._openapi.answer(path, request.accept)
            return Response(status=200, headers={"content-type": media}, body=body)
        query = dict(request.query)
        if request.method == "GET" and path.count("/") <= (2 if path.startswith("/api/") else 3):
            steps = path.count("/")
            if path in ("/api", "/apis") or steps == 2 or path.startswith("/apis/"):
                served, content_type = discovery_answer(path, request.accept, self.registry)
                return document(200, served, content_type)
        place = find_place(path, self.registry)
        verb = verb_of(request.method, place, query)
        resource = place.resource
        if resource.plural == "namespaces" and not resource.group:
            namespace = place.name
        else:
            namespace = place.namespace
        if resource.stored or not identity.is_trusted:
            wanted = Attributes(
                verb=verb,
                group=resource.group,
                resource=resource.plural,
                subresource=place.subresource,
                namespace=namespace,
                name=place.name,
            )
            self.access.check(identity, wanted)
        call = Call(self, request, place=place, query=query, headers=headers, identity=identity)
        return call.answer(verb)

    def _impersonated(self, request: Request, identity: Identity, user: str) -> Identity:
        """Return whom a request is to be answered as; raises ``Refusal`` (403)."""
        groups = [value for name, value in request.headers if name.lower() == "impersonate-group"]
        asked = [("users", user), *(("groups", group) for group in groups)]
        for resource, name in asked:
            wanted = Attributes(verb="impersonate", group="", resource=resource, name=name)
            self.access.check(identity, wanted)
        return known_as(user, groups)


def _is_document(path: str) -> bool:
    """Tell whether a path is one of those that can only be read."""
    steps = path.strip("/").split("/")
    if path == "/version" or steps[0] == "openapi":
        return True
    return len(steps) <= {"api": 2, "apis": 3}.get(steps[0], 0)


def _version() -> Manifest:
    major, minor = VERSION.removeprefix("v").split(".")[:2]
    return {
        "major": major,
        "minor": minor,
        "gitVersion": VERSION,
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": "",
        "platform": "python",
    }
