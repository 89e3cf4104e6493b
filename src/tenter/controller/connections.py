"""How a cluster of a Secret is reached, as the cluster client takes it. Pure.

A Secret may name a program that gets credentials. It would run with the controller's rights, so
only the commands that whoever runs the controller has listed are run.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection

import msgspec

from tenter.argoproj import AwsConfig, Cluster, ExecConfig
from tenter.errors import CredentialError, UsageError
from tenter.kube.kubeconfig import Connection, ExecPlugin, User

_V1BETA1 = "client.authentication.k8s.io/v1beta1"


def connection_of(cluster: Cluster, allowed_commands: Collection[str] = ()) -> Connection:
    """Return how to reach ``cluster``; for the controller's own use its own connection.

    ``allowed_commands`` are the programs that Secrets may have run, exactly as Secrets name them.
    Raises ``CredentialError`` for certificates that are none, and ``UsageError`` for a program that
    is not allowed.
    """
    config, tls = cluster.config, cluster.config.tls_client_config
    plugin = config.exec_provider_config
    if plugin is None and config.aws_auth_config is not None:
        plugin = _aws(config.aws_auth_config)
    if plugin is not None and plugin.command not in allowed_commands:
        raise UsageError(
            f"the cluster {cluster.name} gets its credentials from the program "
            f'"{plugin.command}", which this controller may not run; start it with '
            f"--allow-exec-command={plugin.command}, or use a bearerToken"
        )
    return Connection(
        server=cluster.server,
        user=User(
            client_certificate_data=tls.cert_data,
            client_key_data=tls.key_data,
            token=config.bearer_token,
            username=config.username,
            password=config.password,
            exec=None if plugin is None else _plugin(plugin),
        ),
        context=f"the Secret of the cluster {cluster.name}",
        ca_data=_pem(cluster, tls.ca_data),
        insecure=tls.insecure,
        tls_server_name=tls.server_name,
        proxy=config.proxy_url or None,
    )


def _plugin(config: ExecConfig) -> ExecPlugin:
    fields = {
        "apiVersion": config.api_version or _V1BETA1,
        "command": config.command,
        "args": list(config.args),
        "env": [{"name": name, "value": value} for name, value in config.env.items()],
        "installHint": config.install_hint,
        "interactiveMode": "Never",
    }
    return msgspec.convert(fields, ExecPlugin)


def _aws(config: AwsConfig) -> ExecConfig:
    arguments = ["eks", "get-token", "--cluster-name", config.cluster_name]
    if config.role_arn:
        arguments += ["--role-arn", config.role_arn]
    return ExecConfig(
        command="aws",
        args=tuple(arguments),
        env={"AWS_PROFILE": config.profile} if config.profile else {},
        install_hint="install the AWS command line in the controller's image",
    )


def _pem(cluster: Cluster, data: str) -> str:
    try:
        return base64.b64decode(data, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise CredentialError(
            f"the caData of the cluster {cluster.name} is no PEM text in base64; correct the "
            "config in its Secret"
        ) from error
