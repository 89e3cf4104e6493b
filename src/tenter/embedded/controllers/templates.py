"""What tells one Pod template from another. Pure."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
"""No vowels, so that a hash never spells a word."""


def template_hash(template: dict[str, Any]) -> str:
    """Return the label value that tells one Pod template from another: ten safe characters."""
    digest = hashlib.sha256(msgspec.json.encode(template, order="deterministic")).digest()
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:10])
