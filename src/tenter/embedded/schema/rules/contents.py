"""ConfigMaps and Secrets: what they hold, and when it is fixed."""

from __future__ import annotations

from tenter.embedded.schema.causes import Cause, forbidden, invalid, required, too_long
from tenter.embedded.schema.rules import names
from tenter.embedded.schema.rules.bounds import unchanged
from tenter.manifests import Manifest

_LIMIT = 1024 * 1024
_IMMUTABLE = "field is immutable when `immutable` is set"
_SECRET_KEYS = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}


def config_map_causes(obj: Manifest) -> list[Cause]:
    """Return what is wrong with a ConfigMap."""
    data, binary = obj.get("data") or {}, obj.get("binaryData") or {}
    causes: list[Cause] = []
    size = 0
    for field, entries, measure in (("data", data, _text_size), ("binaryData", binary, _raw_size)):
        for key, value in entries.items():
            causes += [invalid(f"{field}[{key}]", key, why) for why in names.config_key(key)]
            size += measure(value)
    causes += [
        invalid(f"data[{key}]", key, "duplicate of key present in binaryData")
        for key in data
        if key in binary
    ]
    if size > _LIMIT:
        causes.append(too_long("[]", _LIMIT))
    return causes


def _text_size(value: str) -> int:
    return len(value) if value.isascii() else len(value.encode())


def _raw_size(value: str) -> int:
    return len(value) * 3 // 4


def secret_causes(obj: Manifest) -> list[Cause]:
    """Return what is wrong with a Secret."""
    data = obj.get("data") or {}
    causes = [invalid(f"data[{key}]", key, why) for key in data for why in names.config_key(key)]
    if sum(_raw_size(value) for value in data.values()) > _LIMIT:
        causes.append(too_long("data", _LIMIT))
    causes += [
        required(f"data[{key}]")
        for key in _SECRET_KEYS.get(obj.get("type") or "", ())
        if key not in data
    ]
    return causes


def config_map_changes(old: Manifest, new: Manifest) -> list[Cause]:
    """Return what may not change in an immutable ConfigMap and did."""
    return _frozen(old, new, ("data", "binaryData"))


def secret_changes(old: Manifest, new: Manifest) -> list[Cause]:
    """Return what may not change in a Secret and did: its type, and all of an immutable one."""
    return unchanged(old, new, "type", "") + _frozen(old, new, ("data",))


def _frozen(old: Manifest, new: Manifest, fields: tuple[str, ...]) -> list[Cause]:
    if not old.get("immutable"):
        return []
    causes = [] if new.get("immutable") else [forbidden("immutable", _IMMUTABLE)]
    causes += [
        forbidden(field, _IMMUTABLE)
        for field in fields
        if (old.get(field) or {}) != (new.get(field) or {})
    ]
    return causes
