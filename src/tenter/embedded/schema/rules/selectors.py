"""Label selectors: whether they are well formed, and whether they match."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tenter.embedded.schema.causes import Cause, forbidden, invalid, required
from tenter.embedded.schema.rules import names
from tenter.embedded.schema.rules.metadata import label_causes


def selector_causes(selector: Mapping[str, Any], path: str) -> list[Cause]:
    """Return what is wrong with a label selector; its operators are the schema's matter."""
    causes = label_causes(dict(selector.get("matchLabels") or {}), f"{path}.matchLabels")
    for index, term in enumerate(selector.get("matchExpressions") or ()):
        where = f"{path}.matchExpressions[{index}]"
        operator, values = term.get("operator"), term.get("values") or ()
        if operator in {"In", "NotIn"} and not values:
            why = "must be specified when `operator` is 'In' or 'NotIn'"
            causes.append(required(f"{where}.values", why))
        if operator in {"DoesNotExist", "Exists"} and values:
            why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            causes.append(forbidden(f"{where}.values", why))
        causes += [
            invalid(f"{where}.key", term.get("key"), why)
            for why in names.qualified_name(term.get("key") or "")
        ]
        causes += [
            invalid(f"{where}.values[{place}]", value, why)
            for place, value in enumerate(values)
            for why in names.label_value(value)
        ]
    return causes


def is_readable(selector: Mapping[str, Any]) -> bool:
    """Tell whether a label selector is well formed, so that it can be matched with labels."""
    known = {"DoesNotExist", "Exists", "In", "NotIn"}
    terms = selector.get("matchExpressions") or ()
    return all(term.get("operator") in known for term in terms) and not selector_causes(
        selector, ""
    )


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Tell whether a label selector matches ``labels``."""
    if any(labels.get(k) != v for k, v in (selector.get("matchLabels") or {}).items()):
        return False
    return all(_term(term, labels) for term in selector.get("matchExpressions") or ())


def _term(term: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key: str = term.get("key") or ""
    values = term.get("values") or []
    match term.get("operator"):
        case "In":
            return key in labels and labels[key] in values
        case "NotIn":
            return key not in labels or labels[key] not in values
        case "Exists":
            return key in labels
    return key not in labels
