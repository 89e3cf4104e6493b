"""Reads collections: lists in pages, and watches that go on from a version.

Source: the Kubernetes API documentation, "API Concepts": resource versions, efficient detection of
changes, retrieving large results in chunks, streaming lists.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import msgspec

from tenter.embedded.presentation import Presentation, encode
from tenter.embedded.routing import Place
from tenter.embedded.schema import Cause, forbidden, not_supported
from tenter.embedded.selectors import Test, exact_name, field_test, label_test
from tenter.embedded.statuses import (
    Refusal,
    bad_request,
    expired,
    invalid,
    plain_internal,
    too_large_version,
)
from tenter.embedded.store import Change, Store, Stored, TooOld, Verb

_BOOKMARK_EVERY = 60.0
_MATCH, _EXACT, _NOT_OLDER = "resourceVersionMatch", "Exact", "NotOlderThan"
_CHUNK = 256
"""How many events go out at once, at most."""


class _Token(msgspec.Struct, frozen=True, rename={"version": "rv"}):
    """Where a list goes on: the version it is of, -1 for the newest, and the last key it gave."""

    version: int
    namespace: str
    name: str


class Selection(msgspec.Struct, frozen=True):
    """Which objects of a resource a list or watch means."""

    place: Place
    name: str | None
    tests: tuple[Test, ...]

    @property
    def is_everything(self) -> bool:
        """Whether no selector narrows the collection."""
        return self.name is None and not self.tests

    def meets(self, stored: Stored) -> bool:
        """Tell whether an object is meant."""
        metadata = stored.object["metadata"]
        if self.place.namespace and metadata.get("namespace") != self.place.namespace:
            return False
        if self.name is not None and metadata["name"] != self.name:
            return False
        return all(test(stored.object) for test in self.tests)


def selection(place: Place, query: Mapping[str, str]) -> Selection:
    """Read the selectors of a request; raises ``Refusal`` (400) for those that cannot be read."""
    tests = (
        label_test(query.get("labelSelector", "")),
        field_test(
            query.get("fieldSelector", ""), place.resource.fields, plural=place.resource.plural
        ),
    )
    return Selection(
        place,
        exact_name(query.get("fieldSelector", "")),
        tuple(test for test in tests if test is not None),
    )


def matching(store: Store, wanted: Selection) -> list[Stored]:
    """Return the objects that are meant, as they are now."""
    place = wanted.place
    if wanted.name is not None and (place.namespace or not place.resource.namespaced):
        found = store.get(place.resource.name, place.namespace, wanted.name)
        return [found] if found is not None and wanted.meets(found) else []
    items = store.objects(place.resource.name, place.namespace or None)
    if wanted.is_everything:
        return items
    return [stored for stored in items if wanted.meets(stored)]


def list_page(
    store: Store, wanted: Selection, query: Mapping[str, str], shown: Presentation
) -> bytes:
    """Return one page of a collection, or all of it where no limit is asked for."""
    _check_list(query)
    # What is asked of any version at all comes as a whole.
    limit = 0 if query.get("resourceVersion") == "0" else _number(query, "limit") or 0
    token = query.get("continue", "")
    try:
        version = _version(query)
    except _UnreadableVersionError as error:
        raise bad_request(f"invalid resource version: {error}") from error
    if version > store.version:
        raise too_large_version(version, store.version)
    at = store.version
    after: tuple[str, str] | None = None
    if token and version:
        raise bad_request("specifying resource version is not allowed when using continue")
    if token:
        start = _read_token(token)
        after = (start.namespace, start.name)
        at = store.version if start.version < 0 else start.version
    elif query.get("resourceVersionMatch") == "Exact" and version:
        at = version
    items = (
        matching(store, wanted) if at >= store.version else _matching_at(store, wanted, at, after)
    )
    if after is not None:
        items = [stored for stored in items if _key(stored) > after]
    metadata: dict[str, Any] = {"resourceVersion": str(at)}
    if limit > 0 and len(items) > limit:
        if wanted.is_everything:
            metadata["remainingItemCount"] = len(items) - limit
        items = items[:limit]
        metadata["continue"] = _token(at, _key(items[-1]))
    return shown.many(items, metadata)


def _matching_at(
    store: Store, wanted: Selection, version: int, after: tuple[str, str] | None
) -> list[Stored]:
    try:
        items = store.objects_at(wanted.place.resource.name, version)
    except TooOld:
        raise _expired_list(version, after) from None
    return [stored for stored in items if wanted.meets(stored)]


def _expired_list(version: int, after: tuple[str, str] | None) -> Refusal:
    if after is None:
        return expired(f"The resourceVersion for the provided list is too old: {version}")
    return expired(
        "The provided continue parameter is too old to display a consistent list result. Start a "
        "new list without it, or go on with the continue token of this answer; the rest is then as "
        "it is now, with what was created, changed or deleted since the first page.",
        metadata={"continue": _token(-1, after)},
    )


def _token(version: int, after: tuple[str, str]) -> str:
    raw = msgspec.json.encode(_Token(version, *after))
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _read_token(text: str) -> _Token:
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return msgspec.json.decode(raw, type=_Token)
    except (ValueError, msgspec.MsgspecError) as error:
        raise bad_request("continue key is not valid: it is not one that this server gave") from (
            error
        )


def _key(stored: Stored) -> tuple[str, str]:
    metadata = stored.object["metadata"]
    return metadata.get("namespace", ""), metadata["name"]


def _number(query: Mapping[str, str], parameter: str) -> int | None:
    text = query.get(parameter, "")
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        raise bad_request(
            f'invalid value for {parameter}: strconv.ParseInt: parsing "{text}": invalid syntax'
        ) from None


class _UnreadableVersionError(ValueError):
    """A resource version that is no number."""


def _version(query: Mapping[str, str]) -> int:
    """Return the version that is asked for, 0 for none; raises ``_UnreadableVersionError``."""
    text = query.get("resourceVersion", "")
    if not text:
        return 0
    if not (text.isascii() and text.isdecimal()):
        raise _UnreadableVersionError(
            f'resourceVersion: Invalid value: "{text}": strconv.ParseUint: parsing "{text}": '
            "invalid syntax"
        )
    return int(text)


def _check_list(query: Mapping[str, str]) -> None:
    """Refuse options that a list cannot follow (422)."""
    match, version = query.get(_MATCH, ""), query.get("resourceVersion", "")
    causes: list[Cause] = []
    if match and not version:
        causes.append(
            forbidden(_MATCH, f"{_MATCH} is forbidden unless resourceVersion is provided")
        )
    if match and query.get("continue"):
        causes.append(forbidden(_MATCH, f"{_MATCH} is forbidden when continue is provided"))
    if match and match not in (_EXACT, _NOT_OLDER):
        causes.append(not_supported(_MATCH, match, (_EXACT, _NOT_OLDER)))
    if match == _EXACT and version == "0":
        why = f'{_MATCH} "exact" is forbidden for resourceVersion "0"'
        causes.append(forbidden(_MATCH, why))
    if "sendInitialEvents" in query:
        causes.append(forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"))
    _refuse(causes)


def _check_watch(query: Mapping[str, str]) -> None:
    """Refuse options that a watch cannot follow (422)."""
    match, initial = query.get(_MATCH, ""), "sendInitialEvents" in query
    causes: list[Cause] = []
    if initial and match != _NOT_OLDER:
        why = f"sendInitialEvents requires setting {_MATCH} to {_NOT_OLDER}"
        causes.append(forbidden(_MATCH, why))
    if match and not initial:
        why = f"{_MATCH} is forbidden for watch unless sendInitialEvents is provided"
        causes.append(forbidden(_MATCH, why))
    if match and match != _NOT_OLDER:
        causes.append(not_supported(_MATCH, match, (_NOT_OLDER,)))
    if match and query.get("continue"):
        causes.append(forbidden(_MATCH, f"{_MATCH} is forbidden when continue is provided"))
    _refuse(causes)


def _refuse(causes: list[Cause]) -> None:
    if causes:
        raise invalid("", "meta.k8s.io", "ListOptions", [cause.as_dict for cause in causes])


def watch(
    store: Store, wanted: Selection, query: Mapping[str, str], shown: Presentation, seconds: float
) -> AsyncGenerator[bytes]:
    """Return the lines of a watch, which ends after ``timeoutSeconds``, else after ``seconds``.

    Without a resourceVersion, and with ``sendInitialEvents``, it begins with what there is.
    """
    initial = query.get("sendInitialEvents", "") in ("true", "1")
    bookmarks = query.get("allowWatchBookmarks", "") in ("true", "1")
    _check_watch(query)
    try:
        version = _version(query)
    except _UnreadableVersionError as error:
        raise plain_internal(str(error)) from error
    if version > store.version:
        raise too_large_version(version, store.version)
    timeout = _number(query, "timeoutSeconds") or seconds
    # What a watch begins with is settled when it is asked for, not when it is first read.
    if initial or not version:
        items, since = matching(store, wanted), store.version
    else:
        items, since = [], version
    return _follow(
        store,
        wanted,
        shown,
        _Start(items, since, announce=initial and bookmarks),
        seconds=timeout,
        bookmarks=bookmarks,
    )


class _Start(msgspec.Struct, frozen=True):
    """What a watch begins with: objects to tell first, and the version they are of.

    ``announce``: the end of these objects is marked by a bookmark.
    """

    items: list[Stored]
    version: int
    announce: bool


async def _follow(
    store: Store,
    wanted: Selection,
    shown: Presentation,
    start: _Start,
    *,
    seconds: float,
    bookmarks: bool,
) -> AsyncGenerator[bytes]:
    resource = wanted.place.resource.name
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    since = start.version
    for first in range(0, len(start.items), _CHUNK):
        items = start.items[first : first + _CHUNK]
        yield b"".join(shown.event("ADDED", item) for item in items)
    if start.announce:
        yield shown.bookmark(since, initial=True)
    told = since
    next_bookmark = loop.time() + _BOOKMARK_EVERY
    while not store.closed:
        try:
            changes = store.changes(resource, since)
        except TooOld as error:
            yield _error(expired(f"too old resource version: {error.version} ({error.oldest})"))
            return
        if changes:
            changes = changes[:_CHUNK]
            since = changes[-1].version
            lines = b"".join(_lines(changes, wanted, shown))
            if lines:
                told = since
                yield lines
            continue
        if loop.time() >= end:
            break
        if bookmarks and loop.time() >= next_bookmark:
            # Only here, where nothing is untold: a change may come in the moment it falls due.
            next_bookmark = loop.time() + _BOOKMARK_EVERY
            since = told = store.version
            yield shown.bookmark(since)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(min(end, next_bookmark) if bookmarks else end):
                await store.changed(resource, since)
    if bookmarks and not store.closed and store.version > told:
        yield shown.bookmark(store.version)


def _lines(changes: Any, wanted: Selection, shown: Presentation) -> list[bytes]:
    lines = []
    for change in changes:
        word = _word(change, wanted)
        if word == "DELETED" and change.previous is not None:
            # What there is no more, to this watcher at least, it is shown as it was last.
            lines.append(shown.event(word, _at(change.previous, change.version)))
        elif word:
            lines.append(shown.event(word, change.stored))
    return lines


def _at(stored: Stored, version: int) -> Stored:
    metadata = {**stored.object["metadata"], "resourceVersion": str(version)}
    return Stored({**stored.object, "metadata": metadata}, version)


def _word(change: Change, wanted: Selection) -> str:
    """Return what a change means to a watcher that sees only its selection; empty: nothing."""
    saw = change.previous is not None and wanted.meets(change.previous)
    sees = change.verb is not Verb.DELETE and wanted.meets(change.stored)
    match saw, sees:
        case True, True:
            return "MODIFIED"
        case False, True:
            return "ADDED"
        case True, False:
            return "DELETED"
        case _:
            return ""


def _error(refusal: Refusal) -> bytes:
    return encode({"type": "ERROR", "object": refusal.status}) + b"\n"
