import base64
from typing import Any

import msgspec
import pytest

from tenter.argoproj import Cluster, ClusterConfig
from tenter.controller.connections import connection_of
from tenter.errors import CredentialError, UsageError


def cluster(**config: Any) -> Cluster:
    return Cluster(
        name="far",
        server="https://far.example.com",
        config=msgspec.convert(config, ClusterConfig),
    )


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_a_token_and_an_authority_are_taken_over() -> None:
    found = connection_of(
        cluster(
            bearerToken="t",
            tlsClientConfig={"caData": encoded("PEM"), "serverName": "api.far"},
            proxyUrl="http://proxy:3128",
        )
    )
    assert (found.server, found.user.token) == ("https://far.example.com", "t")
    assert (found.ca_data, found.tls_server_name) == ("PEM", "api.far")
    assert found.proxy == "http://proxy:3128"


def test_a_certificate_stays_in_base64_as_in_a_kubeconfig() -> None:
    tls = {"certData": encoded("CERT"), "keyData": encoded("KEY")}
    user = connection_of(cluster(tlsClientConfig=tls)).user
    assert user.client_certificate_data == encoded("CERT")
    assert user.client_key_data == encoded("KEY")


def test_an_authority_that_is_no_base64_is_an_error() -> None:
    with pytest.raises(CredentialError, match="caData of the cluster far"):
        connection_of(cluster(tlsClientConfig={"caData": "-----BEGIN"}))


PLUGIN = {
    "command": "cloud-auth",
    "args": ["token"],
    "env": {"REGION": "eu"},
    "apiVersion": "client.authentication.k8s.io/v1",
}


def test_a_program_is_run_only_where_it_is_allowed() -> None:
    with pytest.raises(UsageError, match="--allow-exec-command=cloud-auth"):
        connection_of(cluster(execProviderConfig=PLUGIN))
    with pytest.raises(UsageError):
        connection_of(
            cluster(execProviderConfig={**PLUGIN, "command": "./cloud-auth"}), ["cloud-auth"]
        )
    plugin = connection_of(cluster(execProviderConfig=PLUGIN), ["cloud-auth"]).user.exec
    assert plugin is not None
    assert (plugin.command, plugin.args, plugin.variables) == (
        "cloud-auth",
        ["token"],
        {"REGION": "eu"},
    )
    assert plugin.interactive_mode == "Never"


def test_a_cluster_of_eks_asks_the_aws_program_if_that_is_allowed() -> None:
    eks = cluster(awsAuthConfig={"clusterName": "shop", "roleARN": "arn:role"})
    with pytest.raises(UsageError, match="--allow-exec-command=aws"):
        connection_of(eks)
    plugin = connection_of(eks, ["aws"]).user.exec
    assert plugin is not None
    assert plugin.args == ["eks", "get-token", "--cluster-name", "shop", "--role-arn", "arn:role"]
