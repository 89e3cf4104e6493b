"""Argo CD's Secrets: which of them mean something, and what they hold as text. Pure."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from tenter.errors import SpecError
from tenter.manifests import Manifest

SECRET_TYPE = "argocd.argoproj.io/secret-type"  # noqa: S105 (the label's name)


def secret_type(secret: Manifest) -> str:
    """Return what Argo CD takes the Secret for: repository, repo-creds, cluster, or empty."""
    labels: dict[str, Any] = secret["metadata"].get("labels") or {}
    return str(labels.get(SECRET_TYPE) or "")


def secret_text(secret: Manifest) -> dict[str, str]:
    """Return the Secret's data, decoded. Raises ``SpecError`` for what is no text."""
    found = {}
    for name, encoded in (secret.get("data") or {}).items():
        try:
            found[name] = base64.b64decode(encoded or "", validate=True).decode()
        except (binascii.Error, UnicodeDecodeError, TypeError) as error:
            raise SpecError(
                f"{secret_name(secret)}: its {name} is no text in base64; write it anew with "
                "kubectl create secret, or in stringData",
                path=f"data.{name}",
            ) from error
    return found


def secret_name(secret: Manifest) -> str:
    """Return the Secret's name for messages, which never hold what is in it."""
    metadata = secret["metadata"]
    return f"Secret {metadata.get('namespace', '')}/{metadata['name']}"


def boolean(text: str) -> bool:
    """Return what a flag in a Secret says; all but ``true`` is no."""
    return text.strip().lower() == "true"
