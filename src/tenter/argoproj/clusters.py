"""The clusters that Applications may go to, from Secrets of the type ``cluster``. Pure.

A destination names a cluster by the URL of its API server or by the name in its Secret. The
controller's own cluster needs no Secret; one with its URL may give it another name, or a project.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tenter.argoproj.secret_data import boolean, secret_name, secret_text, secret_type
from tenter.argoproj.status import Destination
from tenter.errors import SpecError
from tenter.manifests import Manifest

IN_CLUSTER_URL = "https://kubernetes.default.svc"
IN_CLUSTER_NAME = "in-cluster"


class TlsConfig(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Whom to trust and, with a certificate, who asks; data are PEM texts in base64."""

    insecure: bool = False
    server_name: str = ""
    ca_data: str = ""
    cert_data: str = ""
    key_data: str = ""


class ExecConfig(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A program that prints credentials, as a kubeconfig's exec plugin."""

    command: str = ""
    args: tuple[str, ...] = ()
    env: dict[str, str] = msgspec.field(default_factory=dict)
    api_version: str = ""
    install_hint: str = ""


class AwsConfig(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A cluster of EKS, whose tokens AWS gives."""

    cluster_name: str = ""
    role_arn: str = msgspec.field(name="roleARN", default="")
    profile: str = ""


class ClusterConfig(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How to reach a cluster and as whom. Its text for people holds no secret."""

    username: str = ""
    password: str = ""
    bearer_token: str = ""
    tls_client_config: TlsConfig = TlsConfig()
    exec_provider_config: ExecConfig | None = None
    aws_auth_config: AwsConfig | None = None
    proxy_url: str = ""

    def __repr__(self) -> str:
        return "<how a cluster is reached>"


class Cluster(msgspec.Struct, frozen=True, kw_only=True):
    """One cluster. No ``namespaces`` are all of them; otherwise it is limited to those.

    ``cluster_resources`` says whether a limited one may have cluster-scoped objects too.
    """

    name: str
    server: str
    project: str = ""
    namespaces: tuple[str, ...] = ()
    cluster_resources: bool = False
    config: ClusterConfig = ClusterConfig()

    @property
    def is_own(self) -> bool:
        """Whether it is the cluster of the controller's own credentials."""
        return self.server == IN_CLUSTER_URL

    def may_use(self, namespace: str) -> bool:
        """Tell whether objects may be in ``namespace``; an empty one means cluster-scoped."""
        if not self.namespaces:
            return True
        return namespace in self.namespaces if namespace else self.cluster_resources


class Clusters(msgspec.Struct, frozen=True, kw_only=True):
    """All clusters, the controller's own among them; ``warnings`` of Secrets that were not read."""

    clusters: tuple[Cluster, ...] = (Cluster(name=IN_CLUSTER_NAME, server=IN_CLUSTER_URL),)
    warnings: tuple[str, ...] = ()

    def find(self, destination: Destination) -> Cluster:
        """Return the cluster of a destination.

        Raises ``SpecError`` where there is none, or a name is that of several.
        """
        if destination.server:
            found = [each for each in self.clusters if each.server == _url(destination.server)]
        else:
            found = [each for each in self.clusters if each.name == destination.name]
            if not found and destination.name == IN_CLUSTER_NAME:
                found = [each for each in self.clusters if each.is_own]
        if len(found) == 1:
            return found[0]
        named = destination.server or destination.name
        if found:
            raise SpecError(
                f"there are {len(found)} clusters named {named}; give spec.destination.server "
                "instead, or rename one of them in its Secret",
                path="spec.destination.name",
            )
        raise SpecError(
            f"there is no cluster {named}; correct spec.destination, or add a Secret of the type "
            f"cluster for it. Known are {', '.join(each.name for each in self.clusters)}",
            path="spec.destination",
        )

    def full(self, destination: Destination) -> Destination:
        """Return the destination with both its cluster's URL and name. Raises as ``find``."""
        cluster = self.find(destination)
        return msgspec.structs.replace(destination, server=cluster.server, name=cluster.name)

    def of_project(self, project: str) -> tuple[str, ...]:
        """Return the URLs and names of the clusters that belong to ``project``."""
        return tuple(
            text
            for each in self.clusters
            if each.project == project
            for text in (each.server, each.name)
        )


def read_clusters(secrets: Iterable[Manifest]) -> Clusters:
    """Return the clusters that Secrets name, and the controller's own."""
    found: dict[str, Cluster] = {}
    warnings = []
    for secret in secrets:
        if secret_type(secret) != "cluster":
            continue
        try:
            cluster = _read(secret)
        except SpecError as error:
            warnings.append(str(error))
            continue
        if cluster.server in found:
            warnings.append(
                f"{secret_name(secret)}: the cluster {cluster.server} has another Secret already "
                f"({found[cluster.server].name}); delete one of them"
            )
            continue
        found[cluster.server] = cluster
    found.setdefault(IN_CLUSTER_URL, Cluster(name=IN_CLUSTER_NAME, server=IN_CLUSTER_URL))
    return Clusters(clusters=tuple(found.values()), warnings=tuple(warnings))


def _read(secret: Manifest) -> Cluster:
    data = secret_text(secret)
    where = secret_name(secret)
    server = _url(data.get("server", ""))
    if not server.startswith(("https://", "http://")):
        raise SpecError(
            f'{where}: its server is "{server}"; give the URL of the API server, beginning with '
            "https://",
            path="data.server",
        )
    try:
        config = msgspec.json.decode(data.get("config") or "{}", type=ClusterConfig)
    except msgspec.DecodeError as error:
        raise SpecError(
            f"{where}: its config cannot be read as JSON: {error}; correct it", path="data.config"
        ) from error
    tls = config.tls_client_config
    if tls.insecure and tls.ca_data:
        raise SpecError(
            f"{where}: its tlsClientConfig is insecure and has caData; remove insecure, so that "
            "the certificate is checked",
            path="data.config",
        )
    namespaces = tuple(
        part.strip() for part in data.get("namespaces", "").split(",") if part.strip()
    )
    return Cluster(
        name=data.get("name") or server,
        server=server,
        project=data.get("project", ""),
        namespaces=namespaces,
        cluster_resources=boolean(data.get("clusterResources", "")),
        config=config,
    )


def _url(server: str) -> str:
    return server.strip().rstrip("/")
