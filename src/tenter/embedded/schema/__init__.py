"""Types of Kubernetes objects as data, and what follows from them: pruning, defaults, validation.

PURE but for reading the one packaged data file.
"""

from tenter.embedded.schema.causes import (
    Cause,
    Fault,
    duplicate,
    forbidden,
    invalid,
    not_supported,
    required,
    summary,
    too_long,
)
from tenter.embedded.schema.decoding import decoding_message, type_errors
from tenter.embedded.schema.defaults import default
from tenter.embedded.schema.expressions import with_rules
from tenter.embedded.schema.fields import prune, unknown_fields
from tenter.embedded.schema.kinds import Types
from tenter.embedded.schema.openapi import document
from tenter.embedded.schema.quantities import canonical, quantity
from tenter.embedded.schema.types import Shape, StructType, Type
from tenter.embedded.schema.validation import validate, validate_update

__all__ = [
    "Cause",
    "Fault",
    "Shape",
    "StructType",
    "Type",
    "Types",
    "canonical",
    "decoding_message",
    "default",
    "document",
    "duplicate",
    "forbidden",
    "invalid",
    "not_supported",
    "prune",
    "quantity",
    "required",
    "summary",
    "too_long",
    "type_errors",
    "unknown_fields",
    "validate",
    "validate_update",
    "with_rules",
]
