"""Gives every namespace its ``default`` ServiceAccount and the API server's root certificate.

In Kubernetes two controllers do so a moment after the namespace is there, and the API server waits
up to a second for the account where a Pod comes first. Here the account is made when it is needed,
at the latest when the machinery comes to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tenter.embedded.account_admission import ACCOUNTS, DEFAULT_ACCOUNT, ROOT_CERTIFICATE
from tenter.embedded.objects import Objects
from tenter.embedded.routing import Place
from tenter.embedded.store import Change, Verb
from tenter.manifests.keys import Manifest

_NAMESPACES = "namespaces"
_CONFIG_MAPS = "configmaps"
_KEY = "ca.crt"
_ABOUT = "kubernetes.io/description"
_MEANING = "What Pods of this namespace verify the API server's certificate with."


class ServiceAccounts:
    """Keeps both objects in every namespace that is not ending.

    ``publish`` says which certificate authority, in PEM; before it is called, none.
    ``certificates`` False leaves the certificate out, which only Pods that run have a use for.
    """

    def __init__(self, objects: Objects, *, certificates: bool = True) -> None:
        self._objects = objects
        self._certificates = certificates
        self._authority = ""

    def observe(self, change: Change, note: Callable[[Any], None]) -> None:
        """Note new namespaces, and those that lost one of the two."""
        key = change.key
        if change.resource == _NAMESPACES:
            if change.verb is Verb.CREATE:
                note(key.name)
        elif (change.resource, key.name) == (ACCOUNTS, DEFAULT_ACCOUNT):
            if change.verb is Verb.DELETE:
                note(key.namespace)
        elif (change.resource, key.name) == (_CONFIG_MAPS, ROOT_CERTIFICATE) and (
            change.verb is Verb.DELETE or change.object.get("data") != self._data
        ):
            note(key.namespace)

    def look(self, namespace: str) -> None:
        """Make what is missing in a namespace, or differs from what it should be."""
        store = self._objects.store
        found = store.get(_NAMESPACES, "", namespace)
        if found is None or found.object["metadata"].get("deletionTimestamp"):
            return
        if store.get(ACCOUNTS, namespace, DEFAULT_ACCOUNT) is None:
            self._create(ACCOUNTS, namespace, {"metadata": {"name": DEFAULT_ACCOUNT}})
        if not self._certificates:
            return
        certificate = store.get(_CONFIG_MAPS, namespace, ROOT_CERTIFICATE)
        if certificate is None:
            metadata = {"name": ROOT_CERTIFICATE, "annotations": {_ABOUT: _MEANING}}
            self._create(_CONFIG_MAPS, namespace, {"metadata": metadata, "data": self._data})
        elif certificate.object.get("data") != self._data:
            self._objects.update(
                self._place(_CONFIG_MAPS, namespace, ROOT_CERTIFICATE),
                {**certificate.object, "data": self._data},
                self._objects.machine_options("kube-controller-manager"),
                verb="patch",
            )

    def publish(self, authority: str) -> None:
        """Give all namespaces the certificate authority that the cluster is served with."""
        self._authority = authority
        for stored in self._objects.store.objects(_NAMESPACES):
            self.look(stored.object["metadata"]["name"])

    @property
    def _data(self) -> dict[str, str]:
        return {_KEY: self._authority}

    def _create(self, resource: str, namespace: str, manifest: Manifest) -> None:
        options = self._objects.machine_options("kube-controller-manager")
        self._objects.create(self._place(resource, namespace, ""), manifest, options)

    def _place(self, name: str, namespace: str, object_name: str) -> Place:
        resource = self._objects.registry.named(name)
        if resource is None:
            raise LookupError(f"{name} are always served")
        return Place(resource, namespace, object_name, "")
