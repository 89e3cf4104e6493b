"""Which resources are served just now: the built-in ones and those of established CRDs.

Discovery, routing and the type of each kind all read from here, so that a CRD is served
everywhere or nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable

from tenter.embedded.resources import BUILT_IN, ResourceType
from tenter.embedded.schema import StructType, Types


class Registry:
    """The served resources; ``generation`` grows whenever they change."""

    def __init__(self) -> None:
        self.types = Types.load()
        self.generation = 0
        self._served: dict[tuple[str, str], dict[str, ResourceType]] = {}
        self._by_kind: dict[tuple[str, str], ResourceType] = {}
        self._by_name: dict[str, ResourceType] = {}
        self._custom: dict[str, tuple[ResourceType, ...]] = {}
        self._build()

    def find(self, group: str, version: str, plural: str) -> ResourceType | None:
        """Return the resource at this place, or None."""
        return self._served.get((group, version), {}).get(plural)

    def of_kind(self, group: str, kind: str) -> ResourceType | None:
        """Return the resource of a kind in its storage version, or None."""
        return self._by_kind.get((group, kind))

    def named(self, name: str) -> ResourceType | None:
        """Return the resource of a name such as ``deployments.apps``, in its storage version."""
        return self._by_name.get(name)

    def is_built_in(self, group: str, version: str) -> bool:
        """Tell whether built-in kinds are served there, whatever CRDs come and go."""
        return any(not row.custom for row in self._served.get((group, version), {}).values())

    def resources(self) -> list[ResourceType]:
        """Return all that is served: by group as first seen, version, and plural."""
        return [resource for rows in self._served.values() for resource in rows.values()]

    def group_versions(self) -> list[tuple[str, str]]:
        """Return the served (group, version) pairs, the core group first."""
        return list(self._served)

    def stored(self) -> list[ResourceType]:
        """Return one row for each resource that has objects, in its storage version."""
        return [row for row in self._by_kind.values() if row.stored]

    def serve(self, definition: str, rows: Iterable[ResourceType]) -> None:
        """Serve the versions of one CRD in place of what it served before; none ends it."""
        fresh = tuple(rows)
        if self._custom.get(definition, ()) == fresh:
            return
        if fresh:
            self._custom[definition] = fresh
        else:
            self._custom.pop(definition, None)
        self._build()

    def type_of(self, resource: ResourceType) -> StructType:
        """Return the type of a resource's objects."""
        if resource.type is not None:
            return resource.type
        found = self.types.of(resource.group, resource.version, resource.kind)
        if found is None:
            raise LookupError(f"the packaged types know no {resource.api_version} {resource.kind}")
        return found

    def _build(self) -> None:
        self.generation += 1
        self._served = {}
        self._by_kind = {}
        self._by_name = {}
        for row in BUILT_IN:
            self._add(row)
        for definition in sorted(self._custom):
            for row in self._custom[definition]:
                self._add(row)

    def _add(self, row: ResourceType) -> None:
        if row.served:
            self._served.setdefault((row.group, row.version), {})[row.plural] = row
        if row.version == row.storage_version:
            self._by_kind[row.group, row.kind] = row
            self._by_name[row.name] = row
