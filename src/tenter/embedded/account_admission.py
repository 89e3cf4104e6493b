"""Which ServiceAccount a new Pod runs as, and how its token comes into the Pod's containers.

Pure. Source: the Kubernetes documentation, "Managing Service Accounts", ServiceAccount admission
controller.
"""

from __future__ import annotations

import hashlib
from typing import Any

from tenter.embedded.statuses import forbidden
from tenter.embedded.store import Store
from tenter.manifests.keys import Manifest

ACCOUNTS = "serviceaccounts"
DEFAULT_ACCOUNT = "default"
ROOT_CERTIFICATE = "kube-root-ca.crt"
"""The ConfigMap of every namespace that holds the API server's certificate authority."""
_MOUNTED_AT = "/var/run/secrets/kubernetes.io/serviceaccount"
_MIRROR = "kubernetes.io/config.mirror"
_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_TOKEN_SECONDS = 3607


def with_account(pod: Manifest, store: Store) -> Manifest:
    """Return a new Pod with its account, that account's pull secrets, and its token mounted.

    Raises ``Refusal`` (403) where the account does not exist.
    """
    metadata, spec = pod["metadata"], {**(pod.get("spec") or {})}
    if _MIRROR in (metadata.get("annotations") or {}):
        return pod
    name = spec.get("serviceAccountName") or DEFAULT_ACCOUNT
    spec["serviceAccountName"] = spec["serviceAccount"] = name
    namespace = metadata["namespace"]
    found = store.get(ACCOUNTS, namespace, name)
    if found is None:
        raise forbidden(
            metadata["name"],
            "",
            "pods",
            f"error looking up service account {namespace}/{name}: "
            f'serviceaccount "{name}" not found',
        )
    account = found.object
    if not spec.get("imagePullSecrets") and account.get("imagePullSecrets"):
        spec["imagePullSecrets"] = account["imagePullSecrets"]
    if spec.get("automountServiceAccountToken", account.get("automountServiceAccountToken", True)):
        _mount_token(spec, metadata["uid"])
    return {**pod, "spec": spec}


def _mount_token(spec: dict[str, Any], uid: str) -> None:
    volumes = spec.get("volumes") or []
    there = [each["name"] for each in volumes if each["name"].startswith("kube-api-access-")]
    name = there[0] if there else f"kube-api-access-{_suffix(uid)}"
    used = False
    for kind in ("initContainers", "containers"):
        containers = []
        for container in spec.get(kind) or ():
            mounts = container.get("volumeMounts") or []
            if all(mount.get("mountPath") != _MOUNTED_AT for mount in mounts):
                used = True
                mount = {"name": name, "readOnly": True, "mountPath": _MOUNTED_AT}
                container = {**container, "volumeMounts": [*mounts, mount]}  # noqa: PLW2901 - the filled one
            containers.append(container)
        if containers:
            spec[kind] = containers
    if used and not there:
        spec["volumes"] = [*volumes, _token_volume(name)]


def _suffix(uid: str) -> str:
    """Return the five letters after a volume's name; from the Pod's uid, which is chance enough."""
    digest = hashlib.sha256(uid.encode()).digest()
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:5])


def _token_volume(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "projected": {
            "sources": [
                {"serviceAccountToken": {"expirationSeconds": _TOKEN_SECONDS, "path": "token"}},
                {
                    "configMap": {
                        "name": ROOT_CERTIFICATE,
                        "items": [{"key": "ca.crt", "path": "ca.crt"}],
                    }
                },
                {
                    "downwardAPI": {
                        "items": [
                            {
                                "path": "namespace",
                                "fieldRef": {
                                    "apiVersion": "v1",
                                    "fieldPath": "metadata.namespace",
                                },
                            }
                        ]
                    }
                },
            ],
            "defaultMode": 0o644,
        },
    }
