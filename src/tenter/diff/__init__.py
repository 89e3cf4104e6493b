"""Does a live object match its target? What differs, who owns what, and what a patch would be."""

from tenter.diff.comparing import Comparison, Verdict, compare
from tenter.diff.ignore_rules import IgnoreRule, read_ignore_rules, read_ignore_settings
from tenter.diff.ignoring import (
    NOTHING,
    Ignored,
    Paths,
    check_expressions,
    ignored_of,
    located,
    with_live_values,
    without_ignored,
)
from tenter.diff.normalising import normalised, plain_secret
from tenter.diff.ownership import (
    PREDECESSORS,
    TENTER,
    Ownership,
    is_ours,
    predecessors_of,
    read_ownership,
)
from tenter.diff.takeover import taken_over
from tenter.diff.textual import DiffLine, Sign, changed_fields, content, textual
from tenter.diff.three_way import ClientPatch, annotated, client_patch

__all__ = [
    "NOTHING",
    "PREDECESSORS",
    "TENTER",
    "ClientPatch",
    "Comparison",
    "DiffLine",
    "IgnoreRule",
    "Ignored",
    "Ownership",
    "Paths",
    "Sign",
    "Verdict",
    "annotated",
    "changed_fields",
    "check_expressions",
    "client_patch",
    "compare",
    "content",
    "ignored_of",
    "is_ours",
    "located",
    "normalised",
    "plain_secret",
    "predecessors_of",
    "read_ignore_rules",
    "read_ignore_settings",
    "read_ownership",
    "taken_over",
    "textual",
    "with_live_values",
    "without_ignored",
]
