"""Why a patch cannot be applied."""

from __future__ import annotations


class PatchError(Exception):
    """A patch that cannot be applied; ``code`` is the HTTP status the server answers with.

    400 (BadRequest) for a patch that is malformed, 422 (Invalid) for one that does not fit the
    object, such as a failed ``test``; 500 for what Kubernetes finds wrong with the lists and the
    directives of a strategic merge patch.
    """

    def __init__(self, message: str, *, code: int = 422) -> None:
        self.code = code
        super().__init__(message)
