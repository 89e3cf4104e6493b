"""What an Application consists of, over its whole tree: images, addresses, child Applications."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tenter.argoproj import Summary
from tenter.controller.comparison import APPLICATION
from tenter.controller.live import LiveObjects
from tenter.manifests import Key, Manifest
from tenter.runner.images import images_of

_LINK = "link.argocd.argoproj.io/"


def summary_of(live: LiveObjects, keys: Iterable[Key]) -> Summary:
    """Return the summary of the objects of ``keys`` and of all that they own."""
    images: dict[str, None] = {}
    urls: dict[str, None] = {}
    has_applications = False
    for key in keys:
        found = live.informers.get(key)
        has_applications = has_applications or key.group_kind == APPLICATION
        if found is None:
            continue
        for each in (found, *live.descendants(found)):
            images.update(dict.fromkeys(images_of(each)))
            urls.update(dict.fromkeys(_addresses(each)))
    return Summary(
        images=tuple(sorted(images)),
        external_urls=tuple(sorted(urls)),
        is_app_of_apps=has_applications,
    )


def _addresses(live: Manifest) -> Iterator[str]:
    annotations: dict[str, Any] = live["metadata"].get("annotations") or {}
    for name, value in annotations.items():
        if name.startswith(_LINK):
            # "title|url" gives the link a title.
            yield str(value).rpartition("|")[2]
    if live.get("kind") == "Ingress":
        yield from _ingress_addresses(live.get("spec") or {}, live.get("status") or {})


def _ingress_addresses(spec: dict[str, Any], status: dict[str, Any]) -> Iterator[str]:
    points = ((status.get("loadBalancer") or {}).get("ingress")) or ()
    if not points:
        return  # not yet reachable
    secured = [host for entry in spec.get("tls") or () for host in entry.get("hosts") or ()]
    for rule in spec.get("rules") or ():
        host = rule.get("host")
        if not host:
            continue
        scheme = "https" if host in secured else "http"
        paths: list[dict[str, Any]] = (rule.get("http") or {}).get("paths") or [{}]
        for path in paths:
            place = str(path.get("path") or "/").rstrip("*")
            yield f"{scheme}://{host}{'' if place == '/' else place}"
