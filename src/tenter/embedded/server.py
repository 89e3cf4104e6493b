"""The API server: a request in, an answer out, whether it came over HTTP or from memory.

It finds out who asks for what, asks ``access`` whether they may, and has the modules named after
the thing do it. It knows no sockets.
"""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self, TypeAlias

from tenter.embedded import patches
from tenter.embedded.access import Access, Attributes, Identity
from tenter.embedded.bodies import decode, media_type, read_body
from tenter.embedded.discovery import discovery_answer
from tenter.embedded.establishing import Establishing
from tenter.embedded.garbage import GarbageCollector
from tenter.embedded.logs import LogSource
from tenter.embedded.machinery import Machinery
from tenter.embedded.namespaces import DEFAULT_NAMESPACES, NamespaceLifecycle
from tenter.embedded.objects import Objects
from tenter.embedded.openapi import openapi_answer
from tenter.embedded.options import WriteOptions, deletion, write_options
from tenter.embedded.podaccess import bind, read_log
from tenter.embedded.presentation import Presentation, encode, presentation
from tenter.embedded.provisioning import Provisioning
from tenter.embedded.reading import list_page, matching, selection, watch
from tenter.embedded.registry import Registry
from tenter.embedded.reviews import answer_review
from tenter.embedded.routing import Place, find_place, verb_of
from tenter.embedded.scale import scale_of, write_scale
from tenter.embedded.statuses import (
    MODIFIED,
    Refusal,
    bad_request,
    conflict,
    method_not_allowed,
    no_such_path,
    success,
    unauthorized,
    unprocessable_patch,
    unsupported_media_type,
)
from tenter.embedded.store import Store, Stored
from tenter.embedded.tasks import task_group
from tenter.environment import Environment
from tenter.kube.requests import JSON, Request, Response, Stream
from tenter.manifests.keys import Manifest

VERSION = "v1.36.0+tenter"
"""The Kubernetes version whose behaviour this server has, as clients are told."""

_PATCHES = (
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
)
_CUSTOM_PATCHES = tuple(name for name in _PATCHES if "strategic" not in name)
_RETURNED_WHEN_DELETED = frozenset(
    ("pods", "services", "serviceaccounts", "persistentvolumeclaims", "persistentvolumes")
)
_HEALTH = ("/healthz", "/livez", "/readyz")


Answer: TypeAlias = Response | Stream | Coroutine[Any, Any, Response | Stream]


class ApiServer:
    """One API server with its store, and the machinery behind it.

    Requests are answered from the start; ``async with`` runs the machinery (garbage collection,
    ending namespaces, CRDs) until the end of the block, after which every watch ends. ``logs`` is
    set by the node that runs the Pods. ``access.denials`` may forbid things. Watches without a
    time limit of their own end after ``watch_seconds``.
    """

    def __init__(
        self,
        environment: Environment,
        *,
        store: Store | None = None,
        access: Access | None = None,
        watch_seconds: float = 3600.0,
    ) -> None:
        self.environment = environment
        self.store = store if store is not None else Store()
        self.access = access if access is not None else Access()
        self.logs: LogSource | None = None
        self.registry = Registry()
        self.objects = Objects(self.store, self.registry, environment)
        self.namespaces = NamespaceLifecycle(self.objects)
        self.closed = False
        self._watch_seconds = watch_seconds
        self.machinery = Machinery(
            self.store,
            [
                Establishing(self.objects),
                GarbageCollector(self.objects),
                self.namespaces,
                Provisioning(self.objects),
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

    # One request

    async def handle(self, request: Request, identity: Identity | None = None) -> Response | Stream:
        """Return the answer to a request, whatever comes of it.

        ``identity`` is who asks where the caller knows that; otherwise the request's bearer token
        says it.
        """
        try:
            answer = self._answer(request, identity)
            # Only a log has to be waited for.
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
        if path == "/version":
            return _json(200, _version())
        if path.startswith("/openapi/"):
            document = openapi_answer(path, self.registry)
            return _json(200, document)
        query = dict(request.query)
        if request.method == "GET" and path.count("/") <= (2 if path.startswith("/api/") else 3):
            steps = path.count("/")
            if path in ("/api", "/apis") or steps == 2 or path.startswith("/apis/"):
                document, content_type = discovery_answer(path, request.accept, self.registry)
                return _json(200, document, content_type)
        place = find_place(path, self.registry)
        verb = verb_of(request.method, place, query)
        resource = place.resource
        if resource.plural == "namespaces" and not resource.group:
            namespace = place.name
        else:
            namespace = place.namespace
        if resource.stored:
            wanted = Attributes(
                verb=verb,
                group=resource.group,
                resource=resource.plural,
                subresource=place.subresource,
                namespace=namespace,
                name=place.name,
            )
            self.access.check(identity, wanted)
        call = _Call(self, request, place=place, query=query, headers=headers, identity=identity)
        return call.answer(verb)


class _Call:
    """One request to a place, with all that is known about it."""

    def __init__(
        self,
        server: ApiServer,
        request: Request,
        *,
        place: Place,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        identity: Identity,
    ) -> None:
        self._server = server
        self._objects = server.objects
        self._request = request
        self._place = place
        self._query = query
        self._headers = headers
        self._identity = identity

    def answer(self, verb: str) -> Answer:
        place = self._place
        resource = place.resource
        if not resource.stored:
            return self._review(verb)
        if place.subresource:
            return self._subresource(verb)
        match verb:
            case "get":
                return self._shown(200, self._objects.get(place))
            case "list":
                body = list_page(
                    self._server.store, selection(place, self._query), self._query, self._form()
                )
                return self._body(200, body)
            case "watch":
                return self._watch()
            case "create":
                return self._create()
            case "update":
                return self._update()
            case "patch" if place.name:
                return self._patch()
            case "delete":
                return self._delete()
            case "deletecollection" if place.namespace or not resource.namespaced:
                return self._delete_collection()
            case _:
                raise method_not_allowed(resource.group, resource.plural, verb or "this method")

    # Answers

    def _form(self) -> Presentation:
        return presentation(
            self._place.resource,
            self._request.accept,
            include=self._query.get("includeObject", ""),
            now=self._server.environment.now(),
        )

    def _shown(self, status: int, stored: Stored, options: WriteOptions | None = None) -> Response:
        return self._body(status, self._form().one(stored), options.warnings if options else ())

    def _body(self, status: int, body: bytes, warnings: Sequence[str] = ()) -> Response:
        headers = {"content-type": JSON}
        told = [*warnings]
        if self._place.resource.warning:
            told.append(self._place.resource.warning)
        if told:
            headers["warning"] = ", ".join(f"299 - {_quoted(text)}" for text in told)
        return Response(status=status, headers=headers, body=body)

    # Reading

    def _watch(self) -> Stream:
        lines = watch(
            self._server.store,
            selection(self._place, self._query),
            self._query,
            self._form(),
            self._server._watch_seconds,  # noqa: SLF001  # the same module's own setting
        )
        return Stream(status=200, headers={"content-type": JSON}, chunks=lines)

    # Writing

    def _options(self) -> WriteOptions:
        return write_options(self._query, self._headers.get("user-agent", ""), self._objects.now())

    def _create(self) -> Response:
        if self._place.name:
            raise method_not_allowed(
                self._place.resource.group, self._place.resource.plural, "create"
            )
        options = self._options()
        body, duplicates = read_body(self._request, duplicates=options.validation != "Ignore")
        stored = self._objects.create(self._place, body, options, duplicates=duplicates)
        return self._shown(201, stored, options)

    def _update(self) -> Response:
        if not self._place.name:
            raise method_not_allowed(
                self._place.resource.group, self._place.resource.plural, "update"
            )
        options = self._options()
        body, duplicates = read_body(self._request, duplicates=options.validation != "Ignore")
        stored = self._objects.update(self._place, body, options, duplicates=duplicates)
        return self._shown(200, stored, options)

    def _patch(self) -> Response:
        options = self._options()
        strict = options.validation != "Ignore"
        body, duplicates = decode(self._request.body, duplicates=strict)
        if media_type(self._request) == "application/apply-patch+yaml":
            self._require_manager()
            stored, created = self._objects.apply(self._place, body, options, duplicates)
            return self._shown(201 if created else 200, stored, options)
        live = self._objects.in_version(self._place.resource, self._objects.get(self._place).object)
        patched = self._patched(live, body)
        stored = self._objects.update(
            self._place, patched, options, duplicates=duplicates, verb="patch"
        )
        return self._shown(200, stored, options)

    def _require_manager(self) -> None:
        if self._query.get("fieldManager"):
            return
        message = "Required value: is required for apply patch"
        cause = {"reason": "FieldValueRequired", "message": message, "field": "fieldManager"}
        raise Refusal(
            422,
            "Invalid",
            f'PatchOptions.meta.k8s.io "" is invalid: fieldManager: {message}',
            details={"group": "meta.k8s.io", "kind": "PatchOptions", "causes": [cause]},
        )

    def _patched(self, live: Manifest, body: Any) -> Manifest:
        resource = self._place.resource
        kind = media_type(self._request)
        accepted = _CUSTOM_PATCHES if resource.custom else _PATCHES
        if kind not in accepted:
            raise unsupported_media_type(accepted)
        try:
            if kind == "application/json-patch+json":
                return patches.json_patch.apply(live, body)
            if kind == "application/merge-patch+json":
                return patches.merge_patch.apply(live, body)
            type_ = self._server.registry.type_of(resource)
            return patches.strategic.apply(live, body, type_)
        except patches.PatchError as error:
            if error.code == 422:
                raise unprocessable_patch(str(error)) from error
            raise bad_request(str(error)) from error

    def _delete(self) -> Response:
        place = self._place
        resource = place.resource
        body, _ = read_body(self._request)
        how = deletion(self._query, body if isinstance(body, dict) else {})
        warnings: list[str] = []
        last, gone = self._objects.delete(place, how, warnings)
        if not gone or resource.name in _RETURNED_WHEN_DELETED:
            return self._body(200, self._form().one(last), warnings)
        status = success(
            name=place.name,
            group=resource.group,
            plural=resource.plural,
            uid=last.object["metadata"]["uid"],
        )
        return self._body(200, encode(status), warnings)

    def _delete_collection(self) -> Response:
        body, _ = read_body(self._request)
        how = deletion(self._query, body if isinstance(body, dict) else {})
        warnings: list[str] = []
        deleted = []
        for stored in matching(self._server.store, selection(self._place, self._query)):
            metadata = stored.object["metadata"]
            place = Place(self._place.resource, metadata.get("namespace", ""), metadata["name"], "")
            deleted.append(self._objects.delete(place, how, warnings)[0])
        page = self._form().many(deleted, {"resourceVersion": str(self._server.store.version)})
        return self._body(200, page, tuple(dict.fromkeys(warnings)))

    # Subresources and reviews

    def _subresource(self, verb: str) -> Answer:
        place = self._place
        resource = place.resource
        match place.subresource, verb:
            case "status", "get" if resource.status:
                return self._shown(200, self._objects.get(place))
            case "status", "update" if resource.status:
                return self._update()
            case "status", "patch" if resource.status:
                return self._patch()
            case "scale", _ if resource.scale:
                return self._scale(verb)
        known = [name for name, _, verbs in resource.subresources if verb in verbs]
        if place.subresource not in known:
            if place.subresource in [name for name, _, _ in resource.subresources]:
                raise method_not_allowed(resource.group, resource.plural, verb)
            raise no_such_path()
        match place.subresource:
            case "log":
                return read_log(
                    self._objects.get(place),
                    self._query,
                    self._server.logs,
                    self._server.environment.now(),
                )
            case "binding":
                body, _ = read_body(self._request)
                bind(self._objects, place, body, self._options())
                return _json(201, {"kind": "Status", "apiVersion": "v1", "status": "Success"})
            case "eviction":
                return self._evict()
            case _:
                return self._finalize()

    def _scale(self, verb: str) -> Response:
        place = self._place
        stored = self._objects.get(place)
        if verb == "get":
            return _json(200, scale_of(place, stored.object))
        options = self._options()
        body, _ = decode(self._request.body)
        if verb == "patch":
            body = self._patched_scale(scale_of(place, stored.object), body)
        elif verb != "update":
            raise method_not_allowed(place.resource.group, place.resource.plural, verb)
        stored = write_scale(self._objects, place, body, options)
        return _json(200, scale_of(place, stored.object))

    def _patched_scale(self, scale: Manifest, body: Any) -> Manifest:
        try:
            if media_type(self._request) == "application/json-patch+json":
                return patches.json_patch.apply(scale, body)
            return patches.merge_patch.apply(scale, body)
        except patches.PatchError as error:
            if error.code == 422:
                raise unprocessable_patch(str(error)) from error
            raise bad_request(str(error)) from error

    def _evict(self) -> Response:
        body, _ = read_body(self._request)
        options = (body or {}).get("deleteOptions") or {}
        main = Place(self._place.resource, self._place.namespace, self._place.name, "")
        self._objects.delete(main, deletion(self._query, options))
        return _json(201, {"kind": "Status", "apiVersion": "v1", "status": "Success"})

    def _finalize(self) -> Response:
        """Replace a namespace's ``spec.finalizers``, as whoever put them there does in the end."""
        body, _ = read_body(self._request)
        place = Place(self._place.resource, "", self._place.name, "")
        stored = self._objects.get(place)
        if not isinstance(body, dict):
            raise bad_request("the body must be a Namespace")
        version = (body.get("metadata") or {}).get("resourceVersion")
        if version and version != str(stored.version):
            raise conflict(place.name, "", "namespaces", MODIFIED)
        wanted = (body.get("spec") or {}).get("finalizers") or []
        fresh = {**stored.object, "spec": {**stored.object.get("spec", {}), "finalizers": wanted}}
        if not wanted and stored.object["metadata"].get("deletionTimestamp"):
            self._server.namespaces.finalize(place, fresh)
            return self._shown(200, Stored(fresh, stored.version))
        return self._shown(200, self._server.store.update("namespaces", fresh))

    def _review(self, verb: str) -> Response:
        resource = self._place.resource
        if verb != "create" or self._place.name:
            raise method_not_allowed(resource.group, resource.plural, verb)
        body, _ = read_body(self._request)
        if not isinstance(body, dict):
            raise bad_request("the body must be a review")
        answer = answer_review(
            resource, body, self._server.access, self._identity, self._place.namespace
        )
        return _json(201, answer)


def _json(status: int, document: Manifest, content_type: str = JSON) -> Response:
    return Response(
        status=status, headers={"content-type": content_type}, body=encode(document) + b"\n"
    )


def refused(refusal: Refusal) -> Response:
    """Return a refusal as an answer."""
    headers = {"content-type": JSON}
    if refusal.retry_after:
        headers["retry-after"] = str(refusal.retry_after)
    if refusal.code == 401:
        headers["www-authenticate"] = 'Bearer realm="kubernetes"'
    return Response(status=refusal.code, headers=headers, body=encode(refusal.status) + b"\n")


def _quoted(text: str) -> str:
    """Return a warning as a quoted string of HTTP; RFC 9110 has no line breaks in one."""
    return '"' + " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"') + '"'


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
