"""Is a live object as its target wants it? Decided from the two alone, wherever that is certain.

In sync means: every field of the target equals the live one, and live holds no field of ours that
the target lacks. Lists are walked by the keys that ``managedFields`` names, so no schema is needed.
What the two alone cannot settle (a value that may only be written differently, a list that nobody
owns) is left to the server, which is asked by a dry run; so a wrong "in sync" is impossible, and a
wrong "differs" costs one request. Nothing here sends one.
"""

from __future__ import annotations

import enum
from typing import Any

import msgspec

from tenter.diff.field_trees import DEFAULT_KEYS, FieldTree, items_of, matches
from tenter.diff.ownership import Ownership
from tenter.diff.writing import is_built_in, means_nothing, means_same, same, same_amount
from tenter.manifests import Manifest
from tenter.manifests.masking import LAST_APPLIED

_ZEROS: tuple[Any, ...] = ("", 0, False)


class Verdict(enum.StrEnum):
    """What target and live alone tell."""

    SYNCED = "Synced"
    DIFFERS = "OutOfSync"
    """Live holds a field of ours that the target lacks and that a dry run would not remove."""
    UNDECIDED = "Unknown"
    """They differ, perhaps only in writing: the server decides."""


class Comparison(msgspec.Struct, frozen=True):
    """``fields`` are the paths that differ (``spec.template.spec.containers[name=web].image``).

    ``settled`` says that an apply would change nothing, not even who owns what (empty maps and
    lists aside); only then it may be left out.
    """

    verdict: Verdict
    fields: tuple[str, ...] = ()
    settled: bool = False


_NOT_COMPARED = frozenset(("apiVersion", "kind", "metadata", "status"))
_SCALARS = frozenset((str, int, float, bool))
_STRUCTS = frozenset(("metadata", "resources", "spec"))
"""Fields of built-in kinds whose content is merged, also where the target leaves them empty."""
_SERVERS_OWN = frozenset(
    (
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "generation",
        "managedFields",
        "name",
        "namespace",
        "resourceVersion",
        "selfLink",
        "uid",
    )
)
"""Fields of an object's own metadata that no manifest decides."""


def compare(target: Manifest, live: Manifest, ownership: Ownership) -> Comparison:
    """Compare ``target`` with ``live``, whose fields ``ownership`` tells of.

    Both without what is to be ignored (``ignoring``). Status, and metadata that the server
    writes, are never compared.
    """
    walk = _Walk(built_in=is_built_in(target))
    if target.get("apiVersion") != live.get("apiVersion"):
        walk.differs.append("apiVersion")
    elif not ownership.certain:
        walk.differs.append("metadata.managedFields")
    else:
        nodes = _Nodes(ownership.structure, ownership.applied, ownership.inherited)
        for name in _names(target, nodes):
            if name not in _NOT_COMPARED:
                walk.field(target, live, nodes, name, path=name)
        walk.metadata(
            target.get("metadata") or {}, live.get("metadata") or {}, nodes.below("f:metadata")
        )
    fields = tuple(dict.fromkeys((*walk.left_behind, *walk.differs)))
    if walk.left_behind:
        return Comparison(Verdict.DIFFERS, fields)
    if walk.differs:
        return Comparison(Verdict.UNDECIDED, fields)
    going = bool((live.get("metadata") or {}).get("deletionTimestamp"))
    settled = walk.settled and not ownership.due and not going and "status" not in target
    return Comparison(Verdict.SYNCED, settled=settled)


class _Nodes(msgspec.Struct, frozen=True, eq=False):
    """What each kind of owner has at one place; None where nothing."""

    structure: FieldTree | None
    applied: FieldTree | None
    inherited: FieldTree | None

    def below(self, element: str) -> _Nodes:
        """Return what each has under ``element``."""
        return _Nodes(
            self.structure.get(element) if self.structure else None,
            self.applied.get(element) if self.applied else None,
            self.inherited.get(element) if self.inherited else None,
        )

    @property
    def whole(self) -> bool:
        """Whether the value here is owned as a whole: a scalar, an atomic list or map."""
        return self.structure is not None and not self.structure


class _Walk:
    """One comparison under way: what was found so far."""

    def __init__(self, *, built_in: bool) -> None:
        self.built_in = built_in
        self.differs: list[str] = []
        self.left_behind: list[str] = []
        self.settled = True

    def metadata(self, target: Manifest, live: Manifest, nodes: _Nodes) -> None:
        """Compare an object's own metadata, without what only the server writes."""
        for name in _names(target, nodes):
            if name not in _SERVERS_OWN:
                self.field(target, live, nodes, name, path=f"metadata.{name}")

    def field(
        self,
        target: dict[str, Any],
        live: dict[str, Any],
        nodes: _Nodes,
        name: str,
        *,
        path: str,
        parent: str = "",
    ) -> None:
        """Compare the field ``name`` of ``parent``, which the target or our ownership names."""
        below = nodes.below(f"f:{name}")
        if name not in target:
            if name in live and name != LAST_APPLIED:
                self._lacked(below, path)
            return
        wanted = target[name]
        if name not in live:
            # What the server does not keep is as good as there. An empty text, 0 or false it may
            # keep or not: where it is ours and not there it was not kept, since whoever took it
            # away would have taken it from us as well.
            if self.built_in and (
                means_nothing(name, wanted)
                or (below.applied is not None and any(same(wanted, zero) for zero in _ZEROS))
            ):
                return
            self.differs.append(path)
            return
        found = live[name]
        if wanted.__class__ in _SCALARS and wanted.__class__ is found.__class__ and wanted == found:
            self._owned(below)  # nearly every field of an object that was applied before
        elif self.built_in and means_nothing(name, wanted) and means_nothing(name, found):
            return
        elif self.built_in and not same(wanted, found) and same_amount(parent, name, wanted, found):
            self._owned(below)
        else:
            self.value(wanted, found, below, name=name, parent=parent, path=path)

    def value(
        self, target: Any, live: Any, nodes: _Nodes, *, name: str, parent: str, path: str
    ) -> None:
        """Compare what stands in the field ``name`` of ``parent`` in both."""
        both_maps = isinstance(target, dict) and isinstance(live, dict)
        if both_maps and (target or live) and (not nodes.whole or self._merges(name, target)):
            if not target and not means_nothing(name, target):
                self._owned(nodes)
            for each in _names(target, nodes):
                self.field(target, live, nodes, each, path=joined(path, each), parent=name)
        elif isinstance(target, list) and isinstance(live, list) and _is_keyed(nodes):
            self._items(target, live, nodes, name=name, parent=parent, path=path)
        elif same(target, live) or (
            self.built_in and nodes.whole and means_same(parent, name, target, live)
        ):
            self._owned(nodes)
        else:
            self.differs.append(path)

    def _merges(self, name: str, target: dict[str, Any]) -> bool:
        """Tell whether an empty ``target`` that is owned as a leaf is a struct all the same."""
        return not target and self.built_in and name in _STRUCTS

    def _items(
        self,
        target: list[Any],
        live: list[Any],
        nodes: _Nodes,
        *,
        name: str,
        parent: str,
        path: str,
    ) -> None:
        """Compare lists by the keys of their items; the target's order must hold in live."""
        elements = list(items_of(nodes.structure or {}))
        places = {element: _places(element, live) for element in elements}
        wanted: dict[str, None] = {}
        last = -1
        for item in target:
            element = next((each for each in elements if matches(each, item)), None)
            shown = f"{path}{_shown(element, item)}"
            if element is None or element in wanted or len(places[element]) != 1:
                # Unknown, or there twice: client-side writes let lists have duplicates.
                self.differs.append(shown)
                continue
            wanted[element] = None
            place = places[element][0]
            if place < last:
                self.differs.append(f"{path} (order)")
            last = place
            below = nodes.below(element)
            self._owned(below)
            if isinstance(item, dict) and not below.whole:
                for each in _names(item, below):
                    self.field(
                        item, live[place], below, each, path=joined(shown, each), parent=name
                    )
            else:
                self.value(item, live[place], below, name=name, parent=parent, path=shown)
        for element in elements:
            if element not in wanted and places[element]:
                self._lacked(nodes.below(element), f"{path}{_shown(element, None)}")

    def _lacked(self, nodes: _Nodes, path: str) -> None:
        """Note what live has and the target lacks, where it is ours."""
        if nodes.inherited is not None and _holds(nodes.inherited):
            self.left_behind.append(path)
        elif nodes.applied is not None and _holds(nodes.applied):
            self.differs.append(path)

    def _owned(self, nodes: _Nodes) -> None:
        if nodes.applied is None:
            self.settled = False


def _names(target: dict[str, Any], nodes: _Nodes) -> dict[str, None]:
    """Return the names of the target's fields, and of those that we own."""
    names = dict.fromkeys(target)
    for tree in (nodes.applied, nodes.inherited):
        for element in tree or ():
            if element.startswith("f:"):
                names[element[2:]] = None
    return names


def _is_keyed(nodes: _Nodes) -> bool:
    return bool(nodes.structure) and next(items_of(nodes.structure or {}), None) is not None


def _holds(tree: FieldTree) -> bool:
    """Tell whether anything in ``tree`` is owned, besides the maps that hold others' fields."""
    return not tree or any(element != "." and _holds(node) for element, node in tree.items())


def _places(element: str, items: list[Any]) -> list[int]:
    return [index for index, item in enumerate(items) if matches(element, item)]


def joined(path: str, name: str) -> str:
    """Return the path of the field ``name`` under ``path``, as ``kubectl explain`` writes it."""
    if "." in name or "/" in name:
        return f'{path}["{name}"]'
    return f"{path}.{name}" if path else name


def _shown(element: str | None, item: Any) -> str:
    if element is not None and element.startswith("k:"):
        keys = msgspec.json.decode(element[2:], type=dict[str, Any])
        keys = {key: value for key, value in keys.items() if DEFAULT_KEYS.get(key) != value} or keys
        return "[" + ",".join(f"{key}={value}" for key, value in keys.items()) + "]"
    if isinstance(item, dict) and isinstance(item.get("name"), str):
        return f"[name={item['name']}]"
    return "[]"
