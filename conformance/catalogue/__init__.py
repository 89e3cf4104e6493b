"""The scripts that are written by hand: each class of request and each class of refusal.

They are about the API server. Kinds that controllers write to are left to the behaviour suite.
"""

from conformance.catalogue.applying import APPLYING
from conformance.catalogue.defaulting import DEFAULTING
from conformance.catalogue.defining import DEFINING
from conformance.catalogue.deleting import DELETING
from conformance.catalogue.ending import ENDING
from conformance.catalogue.extending import EXTENDING
from conformance.catalogue.kinds import KINDS
from conformance.catalogue.patching import PATCHING
from conformance.catalogue.reading import READING
from conformance.catalogue.refusing import REFUSING
from conformance.catalogue.selecting import SELECTING
from conformance.catalogue.steps import apply, delete, get, patch, post, put
from conformance.catalogue.subresources import SUBRESOURCES
from conformance.catalogue.watching import WATCHING
from conformance.catalogue.writing import WRITING
from conformance.scripts import Script

RECORDED: tuple[Script, ...] = (
    *WRITING,
    *PATCHING,
    *APPLYING,
    *READING,
    *SELECTING,
    *WATCHING,
    *DELETING,
    *ENDING,
    *SUBRESOURCES,
    *DEFAULTING,
    *DEFINING,
    *EXTENDING,
    *KINDS,
    *REFUSING,
)

__all__ = [
    "APPLYING",
    "DEFAULTING",
    "DEFINING",
    "DELETING",
    "ENDING",
    "EXTENDING",
    "KINDS",
    "PATCHING",
    "READING",
    "RECORDED",
    "REFUSING",
    "SELECTING",
    "SUBRESOURCES",
    "WATCHING",
    "WRITING",
    "apply",
    "delete",
    "get",
    "patch",
    "post",
    "put",
]
