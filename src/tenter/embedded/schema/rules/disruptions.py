"""PodDisruptionBudgets."""

from __future__ import annotations

from tenter.embedded.schema.causes import Cause, invalid
from tenter.embedded.schema.rules.selectors import selector_causes
from tenter.embedded.schema.rules.shares import share_causes
from tenter.manifests import Manifest


def budget_causes(obj: Manifest) -> list[Cause]:
    """Return what is wrong with a PodDisruptionBudget."""
    spec = obj.get("spec") or {}
    causes: list[Cause] = []
    if "minAvailable" in spec and "maxUnavailable" in spec:
        causes.append(invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set"))
    causes += share_causes(spec, "minAvailable", "spec")
    causes += share_causes(spec, "maxUnavailable", "spec")
    if "selector" in spec:
        causes += selector_causes(spec["selector"], "spec.selector")
    return causes
