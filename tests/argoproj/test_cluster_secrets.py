import base64
import json
from typing import Any

import pytest

from tenter.argoproj import Clusters, Destination, read_clusters
from tenter.errors import SpecError

HERE = "https://kubernetes.default.svc"
FAR = "https://far.example.com"


def secret(
    label: str = "far", config: dict[str, Any] | str | None = None, **data: str
) -> dict[str, Any]:
    text = config if isinstance(config, str) else json.dumps(config or {})
    fields = {"name": label, "server": FAR, "config": text, **data}
    return {
        "metadata": {
            "name": label,
            "namespace": "argocd",
            "labels": {"argocd.argoproj.io/secret-type": "cluster"},
        },
        "data": {key: base64.b64encode(value.encode()).decode() for key, value in fields.items()},
    }


def read(*secrets: dict[str, Any]) -> Clusters:
    found = read_clusters(secrets)
    assert found.warnings == ()
    return found


def test_a_cluster_is_found_by_url_and_by_name() -> None:
    clusters = read(secret(config={"bearerToken": "t"}))
    assert clusters.find(Destination(server=f"{FAR}/")).config.bearer_token == "t"
    assert clusters.find(Destination(name="far")).server == FAR
    assert clusters.full(Destination(name="far", namespace="n")) == Destination(
        server=FAR, name="far", namespace="n"
    )


def test_the_controllers_own_cluster_needs_no_secret() -> None:
    assert read().find(Destination(server=HERE)).is_own
    assert read().find(Destination(name="in-cluster")).is_own


def test_a_secret_may_name_the_controllers_own_cluster() -> None:
    clusters = read(secret("home", server=HERE))
    assert clusters.find(Destination(name="home")).is_own
    assert clusters.find(Destination(name="in-cluster")).is_own
    assert clusters.full(Destination(server=HERE)).name == "home"


def test_an_unknown_cluster_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(SpecError, match="no cluster near; .* Known are far, in-cluster"):
        read(secret()).find(Destination(name="near"))


def test_a_name_of_two_clusters_is_an_error() -> None:
    clusters = read(secret("a", name="twin"), secret("b", name="twin", server="https://b"))
    with pytest.raises(SpecError, match="2 clusters named twin"):
        clusters.find(Destination(name="twin"))


def test_a_cluster_may_be_limited_to_namespaces() -> None:
    (cluster, _) = read(secret(namespaces="a, b")).clusters
    assert cluster.may_use("a")
    assert not cluster.may_use("c")
    assert not cluster.may_use("")
    (wider, _) = read(secret(namespaces="a", clusterResources="true")).clusters
    assert wider.may_use("")


def test_clusters_of_a_project_are_named_both_ways() -> None:
    assert read(secret(project="team")).of_project("team") == (FAR, "far")


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (secret(server=""), "give the URL of the API server"),
        (secret(config="{"), "cannot be read as JSON"),
        (secret(config={"tlsClientConfig": {"insecure": True, "caData": "x"}}), "remove insecure"),
    ],
)
def test_a_secret_that_cannot_be_used_is_a_warning(made: dict[str, Any], told: str) -> None:
    found = read_clusters([made])
    assert told in found.warnings[0]
    assert [each.is_own for each in found.clusters] == [True]


def test_a_second_secret_for_one_cluster_is_a_warning() -> None:
    found = read_clusters([secret("a"), secret("b")])
    assert "has another Secret already (a)" in found.warnings[0]


def test_nothing_secret_is_in_the_text_of_a_cluster() -> None:
    assert "hunter2" not in repr(read(secret(config={"bearerToken": "hunter2"})))
