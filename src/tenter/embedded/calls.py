"""One request to a place of the API: read, and answered by what does the work.

It knows bodies, options and the forms of answers; what a write does to an object is ``objects``'.
"""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from tenter.embedded.access import Identity
from tenter.embedded.bodies import decode, media_type, read_body
from tenter.embedded.components import component, component_list
from tenter.embedded.conversions import is_converted, shown_form, stored_form, stored_selector
from tenter.embedded.options import WriteOptions, deletion, refuse_force, write_options
from tenter.embedded.patching import APPLY_PATCH, CUSTOM_FORMATS, FORMATS, patched
from tenter.embedded.podaccess import bind, check_container, has_node, read_log
from tenter.embedded.presentation import Presentation, encode, presentation
from tenter.embedded.reading import Selection, list_page, matching, selection, watch
from tenter.embedded.resources import ResourceType
from tenter.embedded.responses import document, warning_header
from tenter.embedded.reviews import answer_review
from tenter.embedded.routing import Place
from tenter.embedded.scale import scale_of, write_scale
from tenter.embedded.statuses import (
    MODIFIED,
    NoSuchPath,
    Refusal,
    bad_request,
    conflict,
    done,
    method_not_allowed,
    no_such_resource,
    not_found,
    success,
    unsupported_media_type,
)
from tenter.embedded.store import Stored
from tenter.kube.requests import JSON, Request, Response, Stream
from tenter.manifests.keys import Manifest

if TYPE_CHECKING:
    from tenter.embedded.server import ApiServer

_OPTIONS = {"POST": "CreateOptions", "PUT": "UpdateOptions"}
"""What Kubernetes calls the parameters of a write, by its method; all others are PatchOptions."""

_RETURNED_WHEN_DELETED = frozenset(
    (
        "csidrivers.storage.k8s.io",
        "csinodes.storage.k8s.io",
        "namespaces",
        "persistentvolumeclaims",
        "persistentvolumes",
        "pods",
        "podtemplates",
        "resourcequotas",
        "serviceaccounts",
        "services",
        "storageclasses.storage.k8s.io",
        "volumeattachments.storage.k8s.io",
    )
)


def _stored(resource: ResourceType, server: ApiServer) -> ResourceType:
    """Return the resource that the objects of a converted one are stored as."""
    if resource.stored_as:
        return server.registry.named(resource.stored_as) or resource
    return server.registry.of_kind(resource.group, resource.kind) or resource


Answer: TypeAlias = Response | Stream | Coroutine[Any, Any, Response | Stream]
"""What a call is answered by; only a log has to be waited for."""


class Call:
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
        self._asked = place.resource
        if is_converted(place.resource):
            place = msgspec.structs.replace(place, resource=_stored(place.resource, server))
        self._place = place
        self._query = query
        self._headers = headers
        self._identity = identity

    def answer(self, verb: str) -> Answer:
        """Do what ``verb`` says, one of those access rules name; raises ``Refusal``."""
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
                body = list_page(self._server.store, self._selection(), self._query, self._form())
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
            case "deletecollection" if self._is_collection():
                return self._delete_collection()
            case _:
                raise method_not_allowed(resource.group, resource.plural, verb or "this method")

    def _is_collection(self) -> bool:
        """Tell whether what is at the place can be deleted as a whole."""
        resource = self._place.resource
        if "deletecollection" not in resource.verbs:
            return False
        return bool(self._place.namespace) or not resource.namespaced

    # Answers

    def _selection(self) -> Selection:
        query = self._query
        if is_converted(self._asked) and "fieldSelector" in query:
            text = stored_selector(self._asked, query["fieldSelector"])
            query = {**query, "fieldSelector": text}
        return selection(self._place, query)

    def _form(self) -> Presentation:
        return presentation(
            self._asked,
            self._request.accept,
            include=self._query.get("includeObject", ""),
            now=self._server.environment.now(),
        )

    def _shown(self, status: int, stored: Stored, options: WriteOptions | None = None) -> Response:
        return self._body(status, self._form().one(stored), options.warnings if options else ())

    def _body(self, status: int, body: bytes, warnings: Sequence[str] = ()) -> Response:
        headers = {"content-type": JSON}
        told = [*warnings]
        if self._asked.warning:
            told.append(self._asked.warning)
        if told:
            headers["warning"] = warning_header(told)
        return Response(status=status, headers=headers, body=body)

    # Reading

    def _watch(self) -> Stream:
        lines = watch(
            self._server.store,
            self._selection(),
            self._query,
            self._form(),
            self._server.watch_seconds,
        )
        return Stream(status=200, headers={"content-type": JSON}, chunks=lines)

    # Writing

    def _options(self) -> WriteOptions:
        kind = _OPTIONS.get(self._request.method, "PatchOptions")
        user_agent = self._headers.get("user-agent", "")
        return write_options(self._query, user_agent, self._objects.now(), kind)

    def _create(self) -> Response:
        resource = self._place.resource
        homeless = resource.namespaced and not self._place.namespace
        if homeless and resource.custom:
            raise NoSuchPath
        if self._place.name or homeless:
            raise method_not_allowed(resource.group, resource.plural, "create")
        options = self._options()
        body, duplicates = read_body(self._request, duplicates=options.validation != "Ignore")
        body = self._stored_form(body)
        stored = self._objects.create(self._place, body, options, duplicates=duplicates)
        return self._shown(201, stored, options)

    def _update(self) -> Response:
        if not self._place.name:
            raise method_not_allowed(
                self._place.resource.group, self._place.resource.plural, "update"
            )
        options = self._options()
        body, duplicates = read_body(self._request, duplicates=options.validation != "Ignore")
        body = self._stored_form(body)
        stored, created = self._objects.put(self._place, body, options, duplicates)
        return self._shown(201 if created else 200, stored, options)

    def _patch(self) -> Response:
        options = self._options()
        strict = options.validation != "Ignore"
        applies = media_type(self._request) == APPLY_PATCH
        body, duplicates = decode(self._request.body, duplicates=strict, yaml=applies)
        if applies:
            self._require_manager()
            body = self._stored_form(body)
            stored, created = self._objects.apply(self._place, body, options, duplicates)
            return self._shown(201 if created else 200, stored, options)
        refuse_force(self._query)
        live = shown_form(self._asked, self._objects.get(self._place).object)
        patched = self._stored_form(self._patched(live, body))
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
        format_ = media_type(self._request)
        accepted = CUSTOM_FORMATS if resource.custom else FORMATS
        if format_ not in accepted:
            raise unsupported_media_type(accepted, told=not resource.custom)
        return patched(live, body, format_, self._server.registry.type_of(self._asked))

    def _stored_form(self, body: Any) -> Any:
        if not is_converted(self._asked) or not isinstance(body, dict):
            return body
        place = self._place
        live = self._server.store.get(place.resource.name, place.namespace, place.name)
        return stored_form(self._asked, body, live.object if live else None)

    def _delete(self) -> Response:
        place = self._place
        resource = place.resource
        body, _ = read_body(self._request)
        how = deletion(self._query, body)
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
        how = deletion(self._query, body)
        warnings: list[str] = []
        deleted = []
        for stored in matching(self._server.store, self._selection()):
            metadata = stored.object["metadata"]
            place = Place(self._place.resource, metadata.get("namespace", ""), metadata["name"], "")
            self._objects.delete(place, how, warnings)
            deleted.append(stored)
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
            case "status", _ if resource.status:
                raise method_not_allowed(resource.group, resource.plural, verb)
            case "scale", _ if resource.scale:
                return self._scale(verb)
        known = [name for name, _, verbs in resource.subresources if verb in verbs]
        if place.subresource not in known:
            if place.subresource in [name for name, _, _ in resource.subresources]:
                raise method_not_allowed(resource.group, resource.plural, verb)
            if resource.custom:
                raise not_found(place.name, resource.group, resource.plural)
            raise no_such_resource()
        match place.subresource:
            case "log":
                return self._log()
            case "binding":
                body, _ = read_body(self._request)
                bind(self._objects, place, body, self._options())
                return document(201, done())
            case "eviction":
                return self._evict()
            case _:
                return self._finalize()

    def _scale(self, verb: str) -> Response:
        place = self._place
        stored = self._objects.get(place)
        if verb == "get":
            return document(200, scale_of(place, stored.object))
        options = self._options()
        body, _ = decode(self._request.body)
        if verb == "patch":
            body = patched(scale_of(place, stored.object), body, media_type(self._request), None)
        elif verb != "update":
            raise method_not_allowed(place.resource.group, place.resource.plural, verb)
        stored = write_scale(self._objects, place, body, options)
        return document(200, scale_of(place, stored.object))

    def _log(self) -> Answer:
        stored = self._objects.get(self._place)
        check_container(stored.object, self._query)
        if not has_node(stored.object, self._server.store):
            return Response(status=204, headers={}, body=b"")  # what runs nowhere says nothing
        now = self._server.environment.now()
        return read_log(stored, self._query, self._server.logs, now)

    def _evict(self) -> Response:
        body, _ = read_body(self._request)
        if not isinstance(body, dict):
            raise bad_request("the body must be an Eviction")
        name = (body.get("metadata") or {}).get("name") or self._place.name
        if name != self._place.name:
            raise bad_request("name in URL does not match name in Eviction object")
        how = deletion({}, body.get("deleteOptions") or {})
        if self._options().dry_run:
            how = msgspec.structs.replace(how, dry_run=True)
        main = Place(self._place.resource, self._place.namespace, self._place.name, "")
        self._objects.delete(main, how)
        return document(201, done())

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
        if verb in resource.readable:
            return self._component(verb)
        if verb != "create" or self._place.name or resource.readable:
            raise method_not_allowed(resource.group, resource.plural, verb)
        body, _ = read_body(self._request)
        if not isinstance(body, dict):
            raise bad_request("the body must be a review")
        if resource.kind == "Binding":
            name = (body.get("metadata") or {}).get("name", "")
            pods = self._server.registry.named("pods") or resource
            bind(self._objects, Place(pods, self._place.namespace, name, ""), body, self._options())
            return document(201, done())
        answer = answer_review(
            resource, body, self._server.access, self._identity, self._place.namespace
        )
        return document(201, answer)

    def _component(self, verb: str) -> Response:
        """Tell how a part of the control plane is; all of them are this process."""
        shown = component(self._place.name) if verb == "get" else component_list()
        return self._body(200, encode(shown))
