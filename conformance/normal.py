"""Takes out of a cluster's answers what must differ between any two clusters, and nothing else.

Identifiers become ordinals, so that where two of them are the same is kept; a value that has not
the form of what it stands for stays as it is, and so shows as a difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from conformance.scripts import Answer

_UID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_ADDRESS = re.compile(r"10\.96\.\d+\.\d+")
_NODE_PORTS = range(30000, 32800)
"""Those of a real cluster, with the few beyond that a dry run is answered with."""
_TOKENS = re.compile(r"kube-api-access-[bcdfghjklmnpqrstvwxz2456789]{5}")
_SUFFIX = "[bcdfghjklmnpqrstvwxz2456789]{5}"
"""What the API server puts after a generateName: no vowels, no digits that look like them."""


class Normaliser:
    """Knows the identifiers of one cluster's answers to one script, all of them in advance.

    ``prefixes`` are those that the script has names generated from.
    """

    def __init__(
        self, answers: Sequence[Answer], namespace: str, prefixes: Sequence[str] = ()
    ) -> None:
        self._namespace = namespace
        self._uids: dict[str, str] = {}
        self._prefixes = prefixes
        self._names: dict[str, str] = {}
        self._created: dict[str, str] = {}
        versions: set[int] = set()
        for answer in answers:
            for found in _objects(answer.body):
                self._learn(found, versions)
        self._versions = {
            str(version): f"<version {place}>" for place, version in enumerate(sorted(versions))
        }

    def __call__(self, answer: Answer) -> Answer:
        """Return the answer without what must differ."""
        return Answer(status=answer.status, body=self._normal(answer.body, ""))

    def _learn(self, found: dict[str, Any], versions: set[int]) -> None:
        metadata = found.get("metadata")
        if not isinstance(metadata, dict):
            return
        uid = metadata.get("uid")
        if isinstance(uid, str) and _UID.fullmatch(uid):
            self._uids.setdefault(uid, f"<uid {len(self._uids)}>")
            created = str(metadata.get("creationTimestamp"))
            if self._created.setdefault(uid, created) != created:
                self._created[uid] = "changed"
        counted = not _is_list(found) and not _is_bookmark(found)
        if str(metadata.get("resourceVersion")).isdecimal() and counted:
            versions.add(int(metadata["resourceVersion"]))

    def _normal(self, value: Any, field: str) -> Any:
        if isinstance(value, dict):
            return self._normal_object(value)
        if isinstance(value, list):
            items = [self._normal(each, field) for each in value]
            # Their order is by time, in whole seconds.
            return sorted(items, key=_written) if field == "managedFields" else items
        if isinstance(value, str):
            return self._normal_text(value, field)
        if field == "nodePort" and value in _NODE_PORTS:
            return "<node port>"
        return value

    def _normal_object(self, value: dict[str, Any]) -> dict[str, Any]:
        if value.get("kind") == "Status" and value.get("status") == "Failure":
            value = _normal_failure(value)
        normal = {self._text(name): self._normal(each, name) for name, each in value.items()}
        metadata = value.get("metadata")
        if isinstance(metadata, dict):
            several = _is_list(value) or _is_bookmark(value)
            if several and str(metadata.get("resourceVersion")).isdecimal():
                # Other scripts' writes are counted in it.
                normal["metadata"]["resourceVersion"] = "<version of the list>"
            if self._created.get(str(metadata.get("uid"))) == "changed":
                normal["metadata"]["creationTimestamp"] = "<changed>"
        return normal

    def _normal_text(self, value: str, field: str) -> str:
        if field == "resourceVersion":
            return self._versions.get(value, value)
        if field == "continue" and value:
            return "<continue>"
        if _TIME.fullmatch(value):
            return "<time>" if "." not in value else "<time in fractions>"
        if _ADDRESS.fullmatch(value) and field.startswith("clusterIP"):
            return "<address>"
        if _TOKENS.fullmatch(value):
            return "kube-api-access-<suffix>"
        return self._text(value)

    def _text(self, value: str) -> str:
        value = value.replace(self._namespace, "{ns}")
        for uid, normal in self._uids.items():
            value = value.replace(uid, normal)
        for prefix in self._prefixes:
            # One that is too long is cut.
            if re.fullmatch(re.escape(prefix[:58]) + _SUFFIX, value):
                return self._names.setdefault(value, f"{prefix}<suffix {len(self._names)}>")
        return value


def _normal_failure(status: dict[str, Any]) -> dict[str, Any]:
    """Return what programs read of an error: people's words may differ, in order too."""
    normal = {name: each for name, each in status.items() if name != "message"}
    details = status.get("details")
    if isinstance(details, dict) and isinstance(details.get("causes"), list):
        # The same fault in the same words, told by every check that meets it, is one fault.
        told = {_written(cause): cause for cause in details["causes"]}
        causes = [_normal_cause(cause) for cause in told.values()]
        normal["details"] = {**details, "causes": sorted(causes, key=_written)}
    return normal


def _normal_cause(cause: Any) -> Any:
    if not isinstance(cause, dict):
        return cause
    return {name: cause[name] for name in sorted(cause) if name != "message"}


def _written(value: Any) -> bytes:
    return msgspec.json.encode(value, order="sorted")


def _is_list(value: dict[str, Any]) -> bool:
    return isinstance(value.get("items"), list) and str(value.get("kind")).endswith("List")


def _is_bookmark(value: dict[str, Any]) -> bool:
    """Tell whether it is the object of a bookmark, which says of nothing but how far a list is."""
    annotations = (value.get("metadata") or {}).get("annotations")
    return isinstance(annotations, dict) and "k8s.io/initial-events-end" in annotations


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from _objects(each)
    elif isinstance(value, list):
        for each in value:
            yield from _objects(each)
