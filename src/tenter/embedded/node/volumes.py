"""What a Pod's volumes hold, and where each container sees them, before anything is written. Pure.

Refused, with the reason in the container's status: hostPath, every kind that needs a real node or
network, and paths that would lead out of a volume (``..``, absolute).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import msgspec

from tenter.embedded.node.behaviour import CannotStart
from tenter.embedded.node.variables import Lookup, data_of, expand, field_of, resource_of
from tenter.manifests import Manifest

_DEFAULT_MODE = 0o644


class File(msgspec.Struct, frozen=True):
    """A file of a volume."""

    content: bytes
    mode: int = _DEFAULT_MODE


class Volume(msgspec.Struct, frozen=True):
    """A volume: made with ``files`` (path to file), or the lasting directory of ``claim``."""

    name: str
    files: dict[str, File] = {}
    claim: str = ""


def volumes_of(pod: Manifest, lookup: Lookup, addresses: Mapping[str, str]) -> list[Volume]:
    """Return the Pod's volumes with their contents. Raises CannotStart.

    ``lookup`` finds ConfigMaps and Secrets; ``addresses`` are ``podIP`` and ``hostIP``.
    """
    return [_volume(pod, volume, lookup, addresses) for volume in pod["spec"].get("volumes") or ()]


def safe_path(path: str, what: str) -> str:
    """Return a relative ``path`` that stays inside. Raises CannotStart naming ``what``."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or not path or "\0" in path:
        raise CannotStart(
            "CreateContainerConfigError", f"{what} {path!r} must be a relative path without '..'"
        )
    return str(pure)


def _volume(
    pod: Manifest, volume: dict[str, Any], lookup: Lookup, addresses: Mapping[str, str]
) -> Volume:
    name = volume["name"]
    for kind, source in volume.items():
        match kind:
            case "name":
                continue
            case "emptyDir" | "ephemeral":
                return Volume(name)
            case "persistentVolumeClaim":
                return Volume(name, claim=source["claimName"])
            case "configMap" | "secret" | "downwardAPI":
                mode = source.get("defaultMode", _DEFAULT_MODE)
                return Volume(
                    name, _files(pod, kind, source, mode=mode, lookup=lookup, addresses=addresses)
                )
            case "projected":
                mode = source.get("defaultMode", _DEFAULT_MODE)
                files: dict[str, File] = {}
                for part in source.get("sources") or ():
                    for inner, detail in part.items():
                        # Nobody could use a token here: Pods reach the API with no credentials.
                        if inner != "serviceAccountToken":
                            files |= _files(
                                pod, inner, detail, mode=mode, lookup=lookup, addresses=addresses
                            )
                return Volume(name, files)
            case _:
                raise CannotStart(
                    "CreateContainerConfigError",
                    f'volume "{name}": {kind} volumes are refused on a node that runs processes; '
                    "use emptyDir, configMap, secret, downwardAPI or persistentVolumeClaim",
                )
    return Volume(name)


def _files(
    pod: Manifest,
    kind: str,
    source: dict[str, Any],
    *,
    mode: int,
    lookup: Lookup,
    addresses: Mapping[str, str],
) -> dict[str, File]:
    items = source.get("items")
    if kind == "downwardAPI":
        files = {}
        for item in items or ():
            if "fieldRef" in item:
                text = field_of(pod, item["fieldRef"]["fieldPath"], addresses)
            else:
                text = resource_of(pod, {}, item["resourceFieldRef"])
            path = safe_path(item["path"], "the path")
            files[path] = File(text.encode(), item.get("mode", mode))
        return files
    if kind not in {"configMap", "secret"}:
        raise CannotStart("CreateContainerConfigError", f"projected {kind} is not supported")
    word = "ConfigMap" if kind == "configMap" else "Secret"
    name = source.get("name") or source.get("secretName", "")
    found = lookup(word, name)
    if found is None:
        if source.get("optional"):
            return {}
        raise CannotStart(
            "ContainerCreating",
            f'MountVolume.SetUp failed: {word.lower()} "{name}" not found',
        )
    data = data_of(found)
    if items is None:
        return {safe_path(key, "the key"): File(value, mode) for key, value in data.items()}
    files = {}
    for item in items:
        if item["key"] not in data:
            if source.get("optional"):
                continue
            raise CannotStart(
                "ContainerCreating",
                f'MountVolume.SetUp failed: {word.lower()} "{name}" has no key {item["key"]}',
            )
        path = safe_path(item["path"], "the path")
        files[path] = File(data[item["key"]], item.get("mode", mode))
    return files


def mounts_of(
    container: Manifest, directories: Mapping[str, str], variables: Mapping[str, str]
) -> dict[str, str]:
    """Return each mount path of ``container`` with the directory or file behind it.

    ``directories`` maps volume names to directories; ``variables`` serve ``subPathExpr``. Raises
    CannotStart.
    """
    result: dict[str, str] = {}
    for mount in container.get("volumeMounts") or ():
        directory = directories.get(mount["name"])
        if directory is None:
            raise CannotStart(
                "CreateContainerConfigError", f'there is no volume "{mount["name"]}" to mount'
            )
        path = mount["mountPath"].rstrip("/")
        if not path.startswith("/"):
            path = f"/{path}"
        if path == "/":
            raise CannotStart("CreateContainerConfigError", "nothing can be mounted at /")
        inner = mount.get("subPath") or expand(mount.get("subPathExpr") or "", variables)
        if inner:
            directory = f"{directory}/{safe_path(inner, 'subPath')}"
        result[path] = directory
    return result
