"""CustomResourceDefinitions, and the objects of the kinds they define."""

from __future__ import annotations

from typing import Any

from conformance.catalogue.steps import CRDS, post, script


def _definition(**version: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "boats.{ns}.example"},
        "spec": {
            "group": "{ns}.example",
            "scope": "Namespaced",
            "names": {"plural": "boats", "singular": "boat", "kind": "Boat"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": {"type": "object"}},
                    **version,
                }
            ],
        },
    }


DEFINING = (
    script(
        "definitions that are refused",
        post(CRDS, {**_definition(), "metadata": {"name": "boats"}}),
        post(CRDS, _definition(schema=None)),
        post(CRDS, _definition(storage=False)),
        post(CRDS, _definition(schema={"openAPIV3Schema": {"type": "array"}})),
        post(CRDS, _definition(name="Version 1")),
        post(CRDS, _definition(), dryRun="All"),
    ),
)
