"""What the control plane's namespace says of the world outside: repositories, clusters, webhooks.

Argo CD's Secrets and ConfigMaps, followed as they change. Whoever asks gets what they say now; what
of them cannot be read is logged once and has no effect.
"""

from __future__ import annotations

import enum
from collections.abc import Callable

import structlog

from tenter.argoproj import (
    Clusters,
    RepositoryAccess,
    RepositorySecrets,
    WebhookSecrets,
    normalised_url,
    read_clusters,
    read_repository_secrets,
    read_webhook_secrets,
    secret_text,
    secret_type,
)
from tenter.errors import SpecError
from tenter.kube.client import Client
from tenter.kube.informers import Change, Informers
from tenter.manifests import Key, Manifest
from tenter.sources import ChartCredentials
from tenter.sources.access import GitAccess

log = structlog.get_logger(__name__)

WEBHOOKS = "argocd-secret"
KNOWN_HOSTS = "argocd-ssh-known-hosts-cm"
AUTHORITIES = "argocd-tls-certs-cm"


class Part(enum.StrEnum):
    """What may have changed."""

    REPOSITORIES = "repositories"
    CLUSTERS = "clusters"
    WEBHOOKS = "webhooks"


_PARTS = {
    "repository": Part.REPOSITORIES,
    "repo-creds": Part.REPOSITORIES,
    "cluster": Part.CLUSTERS,
}


class ControlPlane:
    """The Secrets and ConfigMaps of ``namespace``; ``changed`` is told what no longer is as before.

    Nothing is known before ``open``.
    """

    def __init__(
        self,
        client: Client,
        informers: Informers,
        namespace: str,
        changed: Callable[[Part], None],
    ) -> None:
        self._client = client
        self._informers = informers
        self._namespace = namespace
        self._tell = changed
        self.repositories = RepositorySecrets()
        self.clusters = Clusters()
        self.webhooks = WebhookSecrets()

    async def open(self) -> None:
        """Follow what counts. Raises what listing raises: the controller needs these rights."""
        secrets = await self._client.resource("", "Secret")
        config_maps = await self._client.resource("", "ConfigMap")
        await self._informers.watch(secrets, self._namespace)
        for name in (KNOWN_HOSTS, AUTHORITIES):
            await self._informers.watch(config_maps, self._namespace, name=name)
        for part in Part:
            self._read(part)
        self._informers.on_change(self._changed)

    def access(self, address: str, project: str) -> GitAccess:
        """Return how an Application of ``project`` reaches the Git repository at ``address``."""
        found = self.repositories.access(address, project)
        return GitAccess(
            username=found.username,
            password=found.password,
            bearer_token=found.bearer_token,
            ssh_private_key=found.ssh_private_key,
            known_hosts=self._config(KNOWN_HOSTS).get("ssh_known_hosts", ""),
            authorities=self._authorities(found),
            client_certificate=found.client_certificate,
            client_key=found.client_key,
            insecure=found.insecure,
            proxy=found.proxy,
            no_proxy=found.no_proxy,
        )

    def chart_credentials(self, address: str, project: str) -> tuple[ChartCredentials, ...]:
        """Return how Applications of ``project`` are let in to Helm repositories.

        The one at ``address`` comes first; the others may be those of its dependencies.
        """
        found = [self.repositories.access(address, project), *self.repositories.charts(project)]
        return tuple(
            ChartCredentials(url=each.url, username=each.username, password=each.password)
            for each in found
            if each.password
        )

    def _authorities(self, access: RepositoryAccess) -> str:
        host = normalised_url(access.url).partition("://")[2].partition("/")[0]
        name = host.rpartition("@")[2].partition(":")[0]
        return self._config(AUTHORITIES).get(name, "") if name else ""

    def _changed(self, change: Change) -> None:
        key = change.key
        if key.group or key.namespace != self._namespace:
            return
        if key.kind == "ConfigMap" and key.name in {KNOWN_HOSTS, AUTHORITIES}:
            self._tell(Part.REPOSITORIES)
        elif key.kind == "Secret":
            self._secret_changed(change)

    def _secret_changed(self, change: Change) -> None:
        before = (self.repositories, self.clusters, self.webhooks)
        # Its label may be what changed, so that what it is now does not tell what it was.
        named = _PARTS.get(secret_type(change.object))
        for part in [named] if named is not None else Part:
            self._read(part)
        after = (self.repositories, self.clusters, self.webhooks)
        for part, old, new in zip(Part, before, after, strict=True):
            if old != new:
                self._tell(part)

    def _read(self, part: Part) -> None:
        warnings: tuple[str, ...] = ()
        match part:
            case Part.REPOSITORIES:
                self.repositories = read_repository_secrets(self._secrets())
                warnings = self.repositories.warnings
            case Part.CLUSTERS:
                self.clusters = read_clusters(self._secrets())
                warnings = self.clusters.warnings
            case Part.WEBHOOKS:
                self.webhooks, warnings = self._webhooks()
        for warning in warnings:
            log.warning("a Secret has no effect", why=warning)

    def _webhooks(self) -> tuple[WebhookSecrets, tuple[str, ...]]:
        secret = self._informers.get(Key("", "Secret", self._namespace, WEBHOOKS))
        if secret is None:
            return WebhookSecrets(), ()
        try:
            return read_webhook_secrets(secret_text(secret)), ()
        except SpecError as error:
            return WebhookSecrets(), (str(error),)

    def _secrets(self) -> list[Manifest]:
        resource = self._client.discovery.find("", "Secret")
        found = self._informers.items(resource, self._namespace)
        return sorted(found, key=lambda secret: str(secret["metadata"]["name"]))

    def _config(self, name: str) -> dict[str, str]:
        found = self._informers.get(Key("", "ConfigMap", self._namespace, name)) or {}
        data: dict[str, str] = found.get("data") or {}
        return data
