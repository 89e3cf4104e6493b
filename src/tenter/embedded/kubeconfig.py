"""The kubeconfig that leads a client to an embedded cluster."""

from __future__ import annotations

import base64

import msgspec

NAME = "tenter"


def kubeconfig_text(*, url: str, token: str, certificate_authority: bytes) -> str:
    """Return a kubeconfig, as JSON (which is YAML as well): one cluster, user and context.

    ``certificate_authority`` is the CA's certificate in PEM.
    """
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": NAME,
                "cluster": {
                    "server": url,
                    "certificate-authority-data": base64.b64encode(certificate_authority).decode(),
                },
            }
        ],
        "users": [{"name": NAME, "user": {"token": token}}],
        "contexts": [
            {"name": NAME, "context": {"cluster": NAME, "user": NAME, "namespace": "default"}}
        ],
        "current-context": NAME,
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"
