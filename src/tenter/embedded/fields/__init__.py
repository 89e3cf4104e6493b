"""Field ownership: ``metadata.managedFields``, server-side apply, conflicts.

PURE: the time comes in as an argument.
"""

from tenter.embedded.fields.errors import FieldConflict, FieldConflicts, TypedPatchError
from tenter.embedded.fields.last_applied import apply_as
from tenter.embedded.fields.ownership import apply, update

__all__ = ["FieldConflict", "FieldConflicts", "TypedPatchError", "apply", "apply_as", "update"]
