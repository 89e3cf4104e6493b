"""What a kubeconfig says: files merged, a context chosen, and the connection that follows.

Pure: texts come in with the folder they were read from, and file names go out absolute.
``io_kubeconfig`` reads the files; ``io_credentials`` turns a user entry into credentials. Source:
the Kubernetes documentation, "Organizing Cluster Access Using kubeconfig Files", for the merge
rules: the first file to name an entry wins.
"""

from __future__ import annotations

import base64
import binascii
import os.path
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
import yaml

from tenter.errors import KubeconfigError

EXEC_VERSIONS = (
    "client.authentication.k8s.io/v1",
    "client.authentication.k8s.io/v1beta1",
)
_T = TypeVar("_T")
_EXEC_CONFIG = "client.authentication.k8s.io/exec"


class _Cluster(msgspec.Struct, rename="kebab"):
    server: str = ""
    tls_server_name: str = ""
    insecure_skip_tls_verify: bool = False
    certificate_authority: str = ""
    certificate_authority_data: str = ""
    proxy_url: str = ""
    extensions: list[dict[str, Any]] = []


class _ExecVariable(msgspec.Struct):
    name: str
    value: str = ""


class ExecPlugin(msgspec.Struct, rename="camel", kw_only=True):
    """A program that prints credentials; ``api_version`` is that of its ExecCredential.

    ``interactive_mode`` says whether it may or must have the terminal.
    """

    api_version: str = ""
    command: str = ""
    args: list[str] = []
    env: list[_ExecVariable] = []
    install_hint: str = ""
    provide_cluster_info: bool = False
    interactive_mode: str = ""

    @property
    def variables(self) -> dict[str, str]:
        """What is added to the program's environment."""
        return {variable.name: variable.value for variable in self.env}


class User(msgspec.Struct, rename="kebab"):
    """How a user of a kubeconfig proves who they are. File names are absolute."""

    client_certificate: str = ""
    client_certificate_data: str = ""
    client_key: str = ""
    client_key_data: str = ""
    token: str = ""
    token_file: str = msgspec.field(default="", name="tokenFile")
    impersonate: str = msgspec.field(default="", name="as")
    impersonate_uid: str = msgspec.field(default="", name="as-uid")
    impersonate_groups: list[str] = msgspec.field(default_factory=list, name="as-groups")
    impersonate_extra: dict[str, list[str]] = msgspec.field(
        default_factory=dict, name="as-user-extra"
    )
    username: str = ""
    password: str = ""
    exec: ExecPlugin | None = None
    auth_provider: dict[str, Any] | None = None


class _Context(msgspec.Struct):
    cluster: str = ""
    user: str = ""
    namespace: str = ""


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach one API server, and as whom.

    ``server`` is a URL without a trailing slash. ``ca_file`` or ``ca_data`` (PEM) say whom to
    trust, none of them the system's authorities. ``proxy`` is a URL, empty for none, None for
    what the environment says. ``context`` is for messages, ``namespace`` the default one,
    ``exec_config`` what the cluster entry keeps for exec plugins.
    """

    server: str
    user: User
    context: str = ""
    namespace: str = "default"
    ca_file: str = ""
    ca_data: str = ""
    insecure: bool = False
    tls_server_name: str = ""
    proxy: str | None = None
    exec_config: Any = None

    def __str__(self) -> str:
        return f"{self.server} (context {self.context})" if self.context else self.server


class Kubeconfig(msgspec.Struct, frozen=True):
    """The merge of some kubeconfig files; ``origin`` names them in messages."""

    origin: str
    clusters: dict[str, _Cluster]
    users: dict[str, User]
    contexts: dict[str, _Context]
    current_context: str = ""


class _NamedCluster(msgspec.Struct):
    name: str
    cluster: _Cluster = msgspec.field(default_factory=_Cluster)


class _NamedUser(msgspec.Struct):
    name: str
    user: User = msgspec.field(default_factory=User)


class _NamedContext(msgspec.Struct):
    name: str
    context: _Context = msgspec.field(default_factory=_Context)


class _File(msgspec.Struct, rename="kebab"):
    clusters: list[_NamedCluster] = []
    users: list[_NamedUser] = []
    contexts: list[_NamedContext] = []
    current_context: str = ""


class _Loader(yaml.CSafeLoader):
    """Reads every scalar but null as text: tokens and passwords may look like anything."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML's way to drop what the base resolves


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), [*"~nN", ""]
)


def merge(files: Sequence[tuple[str, str]]) -> Kubeconfig:
    """Merge kubeconfigs, each a file name and its text, in the order of KUBECONFIG.

    Raises KubeconfigError for a file that is no kubeconfig.
    """
    merged = Kubeconfig(" and ".join(file for file, _ in files), {}, {}, {})
    current = ""
    for file, text in files:
        read = _read(file, text)
        folder = os.path.dirname(file)  # noqa: PTH120 - text only, the file system is not asked
        for entry in read.clusters:
            merged.clusters.setdefault(entry.name, _located_cluster(entry.cluster, folder))
        for user in read.users:
            merged.users.setdefault(user.name, _located_user(user.user, folder))
        for context in read.contexts:
            merged.contexts.setdefault(context.name, context.context)
        current = current or read.current_context
    return msgspec.structs.replace(merged, current_context=current)


def connection(config: Kubeconfig, context: str | None = None) -> Connection:
    """Return the connection of ``context``, or of the current one where it is None.

    Raises KubeconfigError, naming the entry that is missing or wrong and what there is instead.
    """
    name = context or config.current_context
    if not name:
        raise KubeconfigError(
            f"{config.origin} has no current-context: choose one of "
            f"{_names(config.contexts)} with --context"
        )
    chosen = _entry(config, "context", config.contexts, name)
    cluster = _entry(config, "cluster", config.clusters, chosen.cluster, name)
    user = _entry(config, "user", config.users, chosen.user, name) if chosen.user else User()
    _check_user(config, chosen.user, user)
    return Connection(
        server=_server(config, chosen.cluster, cluster),
        user=user,
        context=name,
        namespace=chosen.namespace or "default",
        ca_file=cluster.certificate_authority,
        ca_data=decode_base64(
            cluster.certificate_authority_data,
            f"certificate-authority-data of cluster {chosen.cluster}",
        ),
        insecure=cluster.insecure_skip_tls_verify,
        tls_server_name=cluster.tls_server_name,
        proxy=_proxy(config, cluster),
        exec_config=next(
            (
                extension.get("extension")
                for extension in cluster.extensions
                if extension.get("name") == _EXEC_CONFIG
            ),
            None,
        ),
    )


def decode_base64(text: str, what: str) -> str:
    """Return the PEM text of a ``...-data`` field; raises KubeconfigError naming ``what``."""
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("ascii")
    except (binascii.Error, UnicodeError) as error:
        raise KubeconfigError(f"{what} is not base64 of a PEM text: {error}") from error


def _read(file: str, text: str) -> _File:
    try:
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 - a subclass of the safe loader
        return msgspec.convert(_without_nulls(document or {}), _File, strict=False)
    except yaml.YAMLError as error:
        raise KubeconfigError(f"{file} is not valid YAML: {error}") from error
    except msgspec.ValidationError as error:
        raise KubeconfigError(f"{file} is not a kubeconfig: {error}") from error


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value


def _located(path: str, folder: str) -> str:
    return os.path.join(folder, path) if path else ""  # noqa: PTH118 - text only


def _located_cluster(cluster: _Cluster, folder: str) -> _Cluster:
    path = _located(cluster.certificate_authority, folder)
    return msgspec.structs.replace(cluster, certificate_authority=path)


def _located_user(user: User, folder: str) -> User:
    plugin = user.exec
    if plugin is not None and "/" in plugin.command:
        # A bare name is looked up on the PATH, a path is relative to the file that names it.
        plugin = msgspec.structs.replace(plugin, command=_located(plugin.command, folder))
    return msgspec.structs.replace(
        user,
        client_certificate=_located(user.client_certificate, folder),
        client_key=_located(user.client_key, folder),
        token_file=_located(user.token_file, folder),
        exec=plugin,
    )


def _entry(
    config: Kubeconfig, what: str, entries: Mapping[str, _T], name: str, context: str = ""
) -> _T:
    if name in entries:
        return entries[name]
    by = f" that context {context} names" if context else ""
    raise KubeconfigError(f"{config.origin} has no {what} {name!r}{by}; it has {_names(entries)}")


def _names(entries: Mapping[str, object]) -> str:
    return ", ".join(entries) or "none"


def _server(config: Kubeconfig, name: str, cluster: _Cluster) -> str:
    server = cluster.server.rstrip("/")
    if server and "://" not in server:
        secure = (
            cluster.certificate_authority
            or cluster.certificate_authority_data
            or cluster.insecure_skip_tls_verify
        )
        server = f"{'https' if secure else 'http'}://{server}"
    parts = urlsplit(server)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise KubeconfigError(
            f"cluster {name!r} in {config.origin} has the server {cluster.server!r}, which is not "
            "an https:// or http:// address"
        )
    return server


def _proxy(config: Kubeconfig, cluster: _Cluster) -> str | None:
    if cluster.proxy_url and urlsplit(cluster.proxy_url).scheme not in {"http", "https"}:
        raise KubeconfigError(
            f"proxy-url {cluster.proxy_url} in {config.origin}: only http:// and https:// proxies "
            "are supported"
        )
    return cluster.proxy_url or None


def _check_user(config: Kubeconfig, name: str, user: User) -> None:
    where = f"user {name!r} in {config.origin}"
    if user.auth_provider is not None:
        raise KubeconfigError(
            f"{where} has an auth-provider, which Kubernetes removed in 1.26: log in again with "
            "the provider's current tool, which writes an exec plugin"
        )
    if user.exec is None:
        return
    if not user.exec.command:
        raise KubeconfigError(f"{where} has an exec plugin without a command")
    if user.exec.api_version not in EXEC_VERSIONS:
        raise KubeconfigError(
            f"{where} has an exec plugin of apiVersion {user.exec.api_version!r}; known are "
            f"{' and '.join(EXEC_VERSIONS)}: update the plugin and its entry"
        )
    if user.exec.interactive_mode not in {"", "Never", "IfAvailable", "Always"}:
        raise KubeconfigError(
            f"{where} has interactiveMode {user.exec.interactive_mode!r}; known are Never, "
            "IfAvailable and Always"
        )
