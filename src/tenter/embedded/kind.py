"""What a kind may need when its objects are written, beyond what all kinds have in common.

The base of the classes in ``kinds``: each method is one place where Kubernetes lets a registry
strategy or an admission plugin step in, and does nothing here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tenter.embedded.schema import Cause
from tenter.embedded.store import Store
from tenter.manifests.keys import Manifest


class Kind:
    """What happens to any object: nothing."""

    def unsettled(self, _new: Manifest) -> bool:
        """Tell whether the first update of a new object counts even if it changes nothing.

        Kubernetes stores a few new objects in another form than it reads them.
        """
        return False

    def status(self, _new: Manifest) -> Manifest:
        """Return the status of a new object."""
        return {}

    def created(self, new: Manifest, _store: Store) -> Manifest:
        """Return a new, defaulted object with what the server fills in."""
        return new

    def changed(
        self,
        _old: Manifest,
        new: Manifest,
        _store: Store,
    ) -> Manifest:
        """Return the new state of an object with what the server fills in or keeps."""
        return new

    def desired(self, object_: Manifest) -> Any:
        """Return what counts as desired state, whose changes ``metadata.generation`` counts."""
        apart = ("apiVersion", "kind", "metadata", "status")
        return {field: value for field, value in object_.items() if field not in apart}

    def check(self, _old: Manifest | None, _new: Manifest) -> Sequence[Cause]:
        """Return what is wrong beside the type's own rules; ``old`` is None for a new object."""
        return ()

    def is_graceful(self) -> bool:
        """Tell whether an object is marked as being deleted first, however short its grace."""
        return False

    def grace(self, _object: Manifest, _asked: int | None) -> int:
        """Return the seconds between the deletion of an object and its end."""
        return 0

    def deleting(self, object_: Manifest) -> Manifest:
        """Return an object as its deletion begins."""
        return object_

    def undeletable(self, _object: Manifest) -> str | None:
        """Return why an object may not be deleted at all, or None."""
        return None
