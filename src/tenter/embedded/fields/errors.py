"""Why an apply is refused."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tenter.embedded.schema import Cause, Fault


class FieldConflict(msgspec.Struct, frozen=True):
    """A field that another manager owns and the applied object would change.

    ``manager`` is written as in messages: ``"kubectl" using apps/v1``. ``path`` reads as
    ``.spec.replicas``.
    """

    manager: str
    path: str


class FieldConflicts(Exception):  # noqa: N818 - the field's own word
    """An apply without force met fields of other managers: 409 Conflict."""

    def __init__(self, conflicts: Sequence[FieldConflict]) -> None:
        self.conflicts = tuple(conflicts)
        super().__init__(self._message())

    @property
    def causes(self) -> list[Cause]:
        """The causes of the 409's details."""
        return [
            Cause(Fault.MANAGER_CONFLICT, f"conflict with {c.manager}", c.path)
            for c in self.conflicts
        ]

    def _message(self) -> str:
        if len(self.conflicts) == 1:
            only = self.conflicts[0]
            return f"Apply failed with 1 conflict: conflict with {only.manager}: {only.path}"
        by_manager: dict[str, list[str]] = {}
        for conflict in self.conflicts:
            by_manager.setdefault(conflict.manager, []).append(conflict.path)
        lines = []
        for manager in sorted(by_manager):
            lines.append(f"conflicts with {manager}:")
            lines += [f"- {path}" for path in by_manager[manager]]
        return f"Apply failed with {len(self.conflicts)} conflicts: " + "\n".join(lines)


class TypedPatchError(Exception):
    """An applied object that is not of its type: 500, as Kubernetes answers it."""

    code = 500
