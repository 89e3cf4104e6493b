"""Which container images an object runs, for its result.

A Pod template sits at a place that depends on the kind; only the built-in places are known, as in
the ``images`` of an Application's results. An object of any other shape has none.
"""

from __future__ import annotations

from typing import Any

from tenter.manifests import Manifest

_POD_SPECS: tuple[tuple[str, ...], ...] = (
    ("spec",),
    ("spec", "template", "spec"),
    ("spec", "jobTemplate", "spec", "template", "spec"),
)


def images_of(manifest: Manifest) -> tuple[str, ...]:
    """Return the images of ``manifest``'s containers, in order, each once.

    Init containers come first. Whatever does not have the expected shape is passed over: the API
    server is the judge of shapes, not this module.
    """
    found: dict[str, None] = {}
    for path in _POD_SPECS:
        spec = _at(manifest, path)
        for field in ("initContainers", "containers"):
            containers = spec.get(field)
            if not isinstance(containers, list):
                continue
            for container in containers:
                image = container.get("image") if isinstance(container, dict) else None
                if isinstance(image, str) and image:
                    found[image] = None
    return tuple(found)


def _at(manifest: Manifest, path: tuple[str, ...]) -> dict[str, Any]:
    place: Any = manifest
    for step in path:
        place = place.get(step) if isinstance(place, dict) else None
    return place if isinstance(place, dict) else {}
