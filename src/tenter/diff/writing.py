"""Values of built-in kinds that are written differently and mean the same.

Only what is certain belongs here, because nobody asks the server about it: an amount that the
server writes in its own form, an empty list or map that it does not keep. Whether two values of
another kind mean the same (a custom resource's ``1000m`` is a text like any other) the server says.
"""

from __future__ import annotations

import functools
import re
from decimal import Decimal
from typing import Any

from tenter.manifests import Manifest

_QUANTITY = re.compile(
    r"([+-]?(?:\d+\.?\d*|\.\d+))(?:(Ki|Mi|Gi|Ti|Pi|Ei)|([numkMGTPE]?)|[eE]([+-]?\d+))"
)
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_AMOUNTS = frozenset(
    (
        "capacity",
        "default",
        "defaultRequest",
        "hard",
        "limits",
        "max",
        "maxLimitRequestRatio",
        "min",
        "podFixed",
        "requests",
    )
)
"""Maps of built-in kinds whose values are quantities."""
_AMOUNT = frozenset(("averageValue", "capacity", "divisor", "maximumVolumeSize", "sizeLimit"))
_MAPS = frozenset(
    (
        "annotations",
        "binaryData",
        "data",
        "labels",
        "limits",
        "matchLabels",
        "metadata",
        "nodeSelector",
        "requests",
        "resources",
        "stringData",
    )
)
"""Maps of built-in kinds that the server does not keep when they are empty.

``metadata`` and ``resources`` are structs that are there, with or without anything in them.
"""


def is_built_in(manifest: Manifest) -> bool:
    """Tell whether the object is of a kind whose Go type the API server itself has.

    A definition's own schema is nobody's but its author's, so definitions do not count.
    """
    group = str(manifest.get("apiVersion") or "").rpartition("/")[0]
    if manifest.get("kind") == "CustomResourceDefinition":
        return False
    return "." not in group or group.endswith(".k8s.io")


def means_nothing(name: str, value: Any) -> bool:
    """Tell whether a field of a built-in kind says the same as its absence.

    An empty struct may say much (``emptyDir: {}``), so of empty mappings only known maps count.
    """
    return value is None or value == [] or (value == {} and name in _MAPS)


def same_amount(parent: str, name: str, one: Any, other: Any) -> bool:
    """Tell whether the field ``name`` of ``parent`` is a quantity and both values say the same."""
    if parent not in _AMOUNTS and name not in _AMOUNT:
        return False
    if not (isinstance(one, str | int | float) and isinstance(other, str | int | float)):
        return False
    amount = _amount(str(one))
    return amount is not None and amount == _amount(str(other))


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are the same JSON: unlike Python, 1 is neither true nor 1.0."""
    if isinstance(one, dict):
        return (
            isinstance(other, dict)
            and one.keys() == other.keys()
            and all(same(value, other[name]) for name, value in one.items())
        )
    if isinstance(one, list):
        return (
            isinstance(other, list)
            and len(one) == len(other)
            and all(same(a, b) for a, b in zip(one, other, strict=True))
        )
    return type(one) is type(other) and bool(one == other)


def means_same(parent: str, name: str, target: Any, live: Any) -> bool:
    """Tell whether the field ``name`` of ``parent`` is in live what the server makes of target.

    For built-in kinds, and values that are owned as a whole: besides amounts in another form, live
    may hold defaults that the target leaves out. They are the same whether left out or written, so
    it does not matter which of both the target did before.
    """
    if isinstance(target, dict) and isinstance(live, dict):
        defaults = _DEFAULTS.get(name, {})
        return all(
            means_same(name, field, value, live[field])
            if field in live
            else means_nothing(field, value)
            for field, value in target.items()
        ) and all(
            field in target or means_nothing(field, value) or same(defaults.get(field), value)
            for field, value in live.items()
        )
    if isinstance(target, list) and isinstance(live, list):
        return len(target) == len(live) and all(
            means_same(parent, name, one, other) for one, other in zip(target, live, strict=True)
        )
    return same(target, live) or same_amount(parent, name, target, live)


_MATCHING = {"matchPolicy": "Equivalent", "namespaceSelector": {}, "objectSelector": {}}
_DEFAULTS: dict[str, dict[str, Any]] = {
    "exactly": {"allocationMode": "ExactCount", "count": 1},
    "excludeResourceRules": {"scope": "*"},
    "fieldRef": {"apiVersion": "v1"},
    "matchConstraints": _MATCHING,
    "matchResources": _MATCHING,
    "ports": {"protocol": "TCP"},
    "resourceFieldRef": {"divisor": "0"},
    "resourceRules": {"scope": "*"},
    "rules": {"scope": "*"},
    "serviceAccountToken": {"expirationSeconds": 3600},
    "spec": {"volumeMode": "Filesystem"},
    "subjects": {"apiGroup": "rbac.authorization.k8s.io"},
    "volumeClaimTemplates": {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "status": {"phase": "Pending"},
    },
}
"""What the server writes into lists and structs of built-in kinds that are owned as a whole.

By the name of the field that holds it, or the list of it; a ``spec`` is a claim template's there.
"""


@functools.lru_cache(maxsize=1024)
def _amount(text: str) -> Decimal | None:
    """Return the number that a quantity stands for (resource.Quantity's serialization format)."""
    match = _QUANTITY.fullmatch(text)
    if match is None:
        return None
    number, binary, decimal, exponent = match.groups()
    amount = Decimal(number)
    if binary:
        return amount * Decimal(1024 ** _BINARY[binary])
    return amount.scaleb(int(exponent) if exponent else _DECIMAL[decimal or ""])
