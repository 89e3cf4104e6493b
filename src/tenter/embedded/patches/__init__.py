"""The patch formats of the API server but apply: JSON patch, merge patch, strategic merge patch.

PURE. Each module has one function, ``apply``. Server-side apply is ``tenter.embedded.fields``.
"""

from tenter.embedded.patches import json_patch, merge_patch, strategic
from tenter.embedded.patches.errors import PatchError

__all__ = ["PatchError", "json_patch", "merge_patch", "strategic"]
