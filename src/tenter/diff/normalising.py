"""Targets as they are sent and compared: without what the cluster itself fills in.

A manifest may hold a place for what others write: an aggregated role's empty ``rules``, a webhook's
``caBundle`` that a certificate controller puts in. To apply such a place would take away what they
wrote, at every sync, and they would write it again. So it is left out, as if it had not been
written.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any

from tenter.manifests import GroupKind, Manifest, group_kind_of

_BUNDLE = "caBundle"


def normalised(target: Manifest) -> Manifest:
    """Return ``target`` as it is sent; the same object where there is nothing to leave out.

    A Secret's ``stringData`` is in ``data``, an aggregated ClusterRole has no ``rules``, and a CA
    bundle that holds no certificate is not there. Sources: Kubernetes' documentation, "Using RBAC
    Authorization", section "Aggregated ClusterRoles"; cert-manager's, "CA Injector".
    """
    change = _CHANGES.get(group_kind_of(target))
    return change(target) if change is not None else target


def plain_secret(manifest: Manifest) -> Manifest:
    """Return a Secret with its ``stringData`` in ``data``, as the server stores it.

    Server-side apply owns what was sent: a text that was sent as ``stringData`` and then dropped
    would stay in ``data`` for ever. Other objects are returned as they are.
    """
    if manifest.get("kind") != "Secret" or manifest.get("apiVersion") != "v1":
        return manifest
    data, texts = manifest.get("data"), manifest.get("stringData")
    if not isinstance(data, dict | None) or not isinstance(texts, dict | None):
        return manifest  # the server says best what is wrong with it
    if not all(isinstance(value, str | None) for value in (*(data or {}).values(),)):
        return manifest
    if not all(isinstance(text, str) for text in (texts or {}).values()):
        return manifest
    # Line breaks in base64, as in a folded YAML text, are not kept.
    plain = {name: "".join((value or "").split()) for name, value in (data or {}).items()}
    for name, text in (texts or {}).items():
        plain[name] = base64.b64encode(text.encode()).decode()
    if plain == data and "stringData" not in manifest:
        return manifest
    rest = {name: value for name, value in manifest.items() if name != "stringData"}
    return {**rest, "data": plain} if plain or "data" in rest else rest


def _without_aggregated_rules(role: Manifest) -> Manifest:
    if not role.get("aggregationRule") or "rules" not in role:
        return role
    return {name: value for name, value in role.items() if name != "rules"}


def _without_webhook_bundles(configuration: Manifest) -> Manifest:
    webhooks = configuration.get("webhooks")
    if not isinstance(webhooks, list):
        return configuration
    changed = [_without_bundle(webhook, ("clientConfig",)) for webhook in webhooks]
    if all(new is old for new, old in zip(changed, webhooks, strict=True)):
        return configuration
    return {**configuration, "webhooks": changed}


def _without_bundle(value: Any, place: tuple[str, ...]) -> Any:
    """Return ``value`` without an empty CA bundle in the mapping at ``place`` in it."""
    if not isinstance(value, dict):
        return value
    if place:
        below = value.get(place[0])
        changed = _without_bundle(below, place[1:])
        return value if changed is below else {**value, place[0]: changed}
    if _BUNDLE not in value or _certifies(value[_BUNDLE]):
        return value
    return {name: item for name, item in value.items() if name != _BUNDLE}


def _certifies(bundle: Any) -> bool:
    """Tell whether a CA bundle holds anything: ``Cg==``, a line's end, is a usual placeholder."""
    if not isinstance(bundle, str):
        return bundle is not None  # the server says best what is wrong with it
    try:
        return bool(base64.b64decode("".join(bundle.split()), validate=True).strip())
    except (binascii.Error, ValueError):
        return True


_CHANGES: dict[GroupKind, Callable[[Manifest], Manifest]] = {
    GroupKind("", "Secret"): plain_secret,
    GroupKind("rbac.authorization.k8s.io", "ClusterRole"): _without_aggregated_rules,
    GroupKind("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): (
        _without_webhook_bundles
    ),
    GroupKind("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): (
        _without_webhook_bundles
    ),
    GroupKind("apiextensions.k8s.io", "CustomResourceDefinition"): lambda definition: (
        _without_bundle(definition, ("spec", "conversion", "webhook", "clientConfig"))
    ),
    GroupKind("apiregistration.k8s.io", "APIService"): lambda service: _without_bundle(
        service, ("spec",)
    ),
}
