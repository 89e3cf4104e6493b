"""A PATCH request's body applied to an object, by the format that its media type names."""

from __future__ import annotations

from typing import Any

from tenter.embedded import patches
from tenter.embedded.schema import StructType
from tenter.embedded.statuses import bad_request, plain_internal, unprocessable_patch
from tenter.manifests.keys import Manifest

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"

FORMATS = (JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH)
"""The formats that built-in kinds take."""

CUSTOM_FORMATS = (JSON_PATCH, MERGE_PATCH, APPLY_PATCH)
"""The formats that custom resources take: their schemas have no merge keys."""


def patched(live: Manifest, body: Any, format_: str, type_: StructType | None) -> Manifest:
    """Return ``live`` as the patch ``body`` wants it; without a ``type_`` nothing is strategic.

    Raises ``Refusal``: 400 or 500 for a broken patch, 422 for one that does not fit.
    """
    try:
        if format_ == JSON_PATCH:
            return patches.json_patch.apply(live, body)
        if format_ == STRATEGIC_PATCH and type_ is not None:
            return patches.strategic.apply(live, body, type_)
        return patches.merge_patch.apply(live, body)
    except patches.PatchError as error:
        if error.code == 422:
            raise unprocessable_patch() from error
        if error.code == 500:
            raise plain_internal(str(error)) from error
        raise bad_request(str(error)) from error
