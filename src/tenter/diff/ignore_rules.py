"""Rules of which differences are left alone, as Argo CD's users write them.

In an Application's ``spec.ignoreDifferences``, or for a whole installation in the data of the
ConfigMap ``argocd-cm``. What a rule does to an object is ``ignoring``'s.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from typing import Any

import msgspec
import yaml

from tenter.errors import OptionError
from tenter.manifests import Key

SETTINGS = "resource.customizations.ignoreDifferences."
"""What the keys of ``argocd-cm`` begin with: ``…<group>_<Kind>``, or ``…all``."""

_TEXTS = ("group", "kind", "name", "namespace")
_LISTS = ("jsonPointers", "managedFieldsManagers", "jqPathExpressions")


class IgnoreRule(msgspec.Struct, frozen=True, kw_only=True):
    """Which fields of which objects are ignored. ``group`` and ``kind`` may hold wildcards.

    An empty ``name`` or ``namespace`` is any. ``pointers`` are JSON pointers (RFC 6901),
    ``managers`` field managers whose fields are ignored, ``expressions`` jq path expressions.
    """

    group: str = ""
    kind: str
    name: str = ""
    namespace: str = ""
    pointers: tuple[str, ...] = ()
    managers: tuple[str, ...] = ()
    expressions: tuple[str, ...] = ()

    def covers(self, key: Key) -> bool:
        """Tell whether the rule is about the object ``key``."""
        return (
            fnmatch.fnmatchcase(key.group, self.group)
            and fnmatch.fnmatchcase(key.kind, self.kind)
            and self.name in {"", key.name}
            and self.namespace in {"", key.namespace}
        )


def read_ignore_rules(
    entries: Any, where: str = "spec.ignoreDifferences"
) -> tuple[IgnoreRule, ...]:
    """Return the rules of an Application's ``ignoreDifferences``; ``where`` is its place.

    Raises ``OptionError`` for entries that cannot be read.
    """
    if not isinstance(entries, list):
        raise OptionError(f"{where} must be a list of rules, each with a kind")
    rules = []
    for number, entry in enumerate(entries):
        place = f"{where}[{number}]"
        if not isinstance(entry, dict) or not entry.get("kind"):
            raise OptionError(f"{place} must be a mapping with a kind")
        rules.append(_rule(entry, place))
    return tuple(rules)


def read_ignore_settings(settings: Mapping[str, str]) -> tuple[IgnoreRule, ...]:
    """Return the rules in the data of an ``argocd-cm`` ConfigMap; there may be none.

    Raises ``OptionError`` for a key or a value that cannot be read. Source: Argo CD's
    documentation, "Diffing Customization", section "System-Level Configuration".
    """
    rules = []
    for key in sorted(settings):
        if not key.startswith(SETTINGS):
            continue
        try:
            entry = yaml.load(settings[key], Loader=yaml.CSafeLoader)
        except yaml.YAMLError as error:
            raise OptionError(f'setting "{key}" is not YAML: {error}') from error
        if not isinstance(entry, dict):
            raise OptionError(f'setting "{key}" must be a mapping, such as one with jsonPointers')
        group, _, kind = key.removeprefix(SETTINGS).rpartition("_")
        whom = {"group": "*", "kind": "*"} if kind == "all" else {"group": group, "kind": kind}
        rules.append(_rule({**entry, **whom}, f'setting "{key}"'))
    return tuple(rules)


def _rule(entry: dict[str, Any], where: str) -> IgnoreRule:
    for field in _TEXTS:
        if not isinstance(entry.get(field) or "", str):
            raise OptionError(f"{where}.{field} must be a text")
    for field in _LISTS:
        values = entry.get(field) or []
        if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
            raise OptionError(f"{where}.{field} must be a list of texts")
    pointers = tuple(entry.get("jsonPointers") or ())
    for pointer in pointers:
        if not pointer.startswith("/"):
            raise OptionError(
                f'{where}.jsonPointers: "{pointer}" does not begin with /. Write it as '
                "/spec/replicas"
            )
    return IgnoreRule(
        group=entry.get("group") or "",
        kind=entry["kind"],
        name=entry.get("name") or "",
        namespace=entry.get("namespace") or "",
        pointers=pointers,
        managers=tuple(entry.get("managedFieldsManagers") or ()),
        expressions=tuple(entry.get("jqPathExpressions") or ()),
    )
