"""An application's state in a Secret, ``tenter.<application>``: that of the CLI's applications."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

import msgspec

from tenter.applications.state_store import StateStore
from tenter.errors import StateError
from tenter.kube.client import Client
from tenter.manifests import Key, Manifest

PREFIX = "tenter."
APPLICATION_LABEL = "tenter.dev/application"
MANAGED_BY = "app.kubernetes.io/managed-by"
TERMINATE = "tenter.dev/terminate"
"""Annotation of the main Secret: why the running operation is to end."""
APPROVED = "argocd.argoproj.io/deletion-approved"
"""Annotation of the main Secret: when the user approved the prunes that ask for it (RFC 3339)."""

_TYPE = "tenter.dev/state"
_INDEX = "index"


def labels_of(application: str) -> dict[str, str]:
    """Return the labels of what is kept of an application."""
    return {MANAGED_BY: "tenter", APPLICATION_LABEL: application[:63]}


class SecretForm(msgspec.Struct, frozen=True):
    """A Secret as the main object of a state."""

    application: str
    namespace: str

    @property
    def key(self) -> Key:
        """The main Secret's key."""
        return Key("", "Secret", self.namespace, PREFIX + self.application)

    @property
    def version(self) -> str:
        """Secrets have but one version."""
        return "v1"

    @property
    def where(self) -> str:
        """The state's place, for messages."""
        return f"Secret {self.key.name} in namespace {self.namespace}"

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels by which the state is found again."""
        return labels_of(self.application)

    @property
    def secret_parts(self) -> tuple[str, ...]:
        """None: the main object is a Secret itself."""
        return ()

    def write(self, index: bytes, inline: Mapping[str, str]) -> Manifest:
        """Return the Secret without its metadata."""
        data = {_INDEX: base64.b64encode(index).decode(), **inline}
        return {"apiVersion": "v1", "kind": "Secret", "type": _TYPE, "data": data}

    def read(self, main: Manifest) -> tuple[bytes, Mapping[str, str]]:
        """Return what the Secret holds. Raises ``StateError`` where it is another's."""
        data: dict[str, str] = main.get("data") or {}
        if _INDEX not in data:
            raise StateError(
                f"{self.where} is not one of Tenter's. Choose another --app or --state-namespace"
            )
        try:
            index = base64.b64decode(data[_INDEX])
        except binascii.Error as error:
            raise StateError(f"{self.where} cannot be read ({error})") from error
        return index, {name: text for name, text in data.items() if name != _INDEX}


class StateSecrets(StateStore):
    """The Secrets of one application in one namespace."""

    def __init__(self, client: Client, application: str, namespace: str, holder: str) -> None:
        super().__init__(client, SecretForm(application, namespace), holder)
