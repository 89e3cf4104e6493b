"""Tolerations: which taints of a node a Pod bears."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tenter.embedded.schema.causes import Cause, invalid
from tenter.embedded.schema.rules import names


def toleration_causes(tolerations: Sequence[dict[str, Any]], path: str) -> list[Cause]:
    """Return what is wrong with tolerations; their closed sets are the schema's matter."""
    causes: list[Cause] = []
    for index, toleration in enumerate(tolerations):
        where = f"{path}[{index}]"
        key, operator = toleration.get("key") or "", toleration.get("operator") or ""
        value = toleration.get("value") or ""
        if key:
            causes += [invalid(f"{where}.key", key, why) for why in names.qualified_name(key)]
        elif operator != "Exists":
            why = (
                "operator must be Exists when `key` is empty, which means"
                ' "match all values and all keys"'
            )
            causes.append(invalid(f"{where}.operator", operator, why))
        if "tolerationSeconds" in toleration and toleration.get("effect") != "NoExecute":
            why = "effect must be 'NoExecute' when `tolerationSeconds` is set"
            causes.append(invalid(f"{where}.effect", toleration.get("effect") or "", why))
        if operator in {"", "Equal"} and (faults := names.label_value(value)):
            causes.append(invalid(f"{where}.operator", value, ";".join(faults)))
        if operator == "Exists" and value:
            why = "value must be empty when `operator` is 'Exists'"
            causes.append(invalid(f"{where}.operator", value, why))
    return causes
