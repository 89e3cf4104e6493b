from typing import Any

import pytest

from tenter.argoproj import (
    Destination,
    Project,
    application_refusals,
    destination_refusal,
    integrity_refusal,
    kind_refusal,
    missing_project,
    namespace_refusal,
    object_refusal,
    project_faults,
    read_application,
    read_project,
    source_refusal,
)
from tenter.manifests import GroupKind, Key

HERE = Destination(server="https://kubernetes.default.svc", name="in-cluster", namespace="shop")


def project(**spec: Any) -> Project:
    return read_project({"kind": "AppProject", "metadata": {"name": "team"}, "spec": spec})


@pytest.mark.parametrize(
    ("rules", "url", "permitted"),
    [
        (["*"], "https://github.com/team/shop.git", True),
        (["https://github.com/team/*"], "https://github.com/TEAM/shop.git", True),
        (["https://github.com/team/*"], "https://github.com/team/deep/shop", False),
        (["https://github.com/**"], "https://github.com/team/deep/shop", True),
        (["git@github.com:team/*"], "ssh://git@github.com/team/shop", True),
        (["https://github.com/team/*"], "https://github.com/team/../other/shop", False),
        (["*"], "https://github.com/team/../other/shop", False),
        (["*", "!https://github.com/team/secret"], "https://github.com/team/secret.git", False),
        (["*", "!https://github.com/team/secret"], "https://github.com/team/open", True),
        (["!https://github.com/team/secret"], "https://github.com/team/open", True),
        (["!https://github.com/team/secret"], "https://github.com/team/secret", False),
        (["*", "!https://github.com/[x"], "https://github.com/team/open", False),
        (["*", "!https://github.com/../x"], "https://github.com/team/open", False),
        (["https://github.com/[x"], "https://github.com/[x", False),
        ([], "https://github.com/team/shop", False),
    ],
)
def test_sources_are_permitted_by_patterns(rules: list[str], url: str, permitted: bool) -> None:
    assert (source_refusal(project(sourceRepos=rules), url) == "") is permitted


@pytest.mark.parametrize(
    ("rules", "permitted"),
    [
        ([{"server": "*", "namespace": "*"}], True),
        ([{"name": "in-cluster", "namespace": "shop"}], True),
        ([{"server": HERE.server, "namespace": "sho?"}], True),
        ([{"server": HERE.server, "namespace": "other"}], False),
        ([{"server": "https://other", "namespace": "shop"}], False),
        ([{"server": "*", "namespace": "!kube-system"}], True),
        ([{"server": "*", "namespace": "*"}, {"server": "*", "namespace": "!shop"}], False),
        ([{"server": "*", "namespace": "*"}, {"name": "!in-*", "namespace": "*"}], False),
        ([{"server": "*", "namespace": "*"}, {"server": "!https://x*", "namespace": "*"}], True),
        ([], False),
    ],
)
def test_destinations_are_permitted_by_patterns(rules: list[Any], permitted: bool) -> None:
    assert (destination_refusal(project(destinations=rules), HERE) == "") is permitted


def test_a_project_may_be_limited_to_its_own_clusters() -> None:
    limited = project(
        destinations=[{"server": "*", "namespace": "*"}], permitOnlyProjectScopedClusters=True
    )
    assert "does not belong to the project team" in destination_refusal(limited, HERE)
    assert destination_refusal(limited, HERE, ["in-cluster"]) == ""


@pytest.mark.parametrize(
    ("spec", "kind", "namespaced", "permitted"),
    [
        ({}, "batch/Job", True, True),
        ({"namespaceResourceWhitelist": []}, "batch/Job", True, False),
        (
            {"namespaceResourceWhitelist": [{"group": "batch", "kind": "*"}]},
            "batch/Job",
            True,
            True,
        ),
        (
            {"namespaceResourceWhitelist": [{"group": "apps", "kind": "*"}]},
            "batch/Job",
            True,
            False,
        ),
        ({"namespaceResourceBlacklist": [{"group": "*", "kind": "J*"}]}, "batch/Job", True, False),
        ({}, "/Namespace", False, False),
        ({"clusterResourceWhitelist": [{"group": "*", "kind": "*"}]}, "/Namespace", False, True),
        (
            {"clusterResourceWhitelist": [{"group": "", "kind": "Namespace", "name": "shop-*"}]},
            "/Namespace",
            False,
            True,
        ),
        (
            {"clusterResourceWhitelist": [{"group": "", "kind": "Namespace", "name": "other"}]},
            "/Namespace",
            False,
            False,
        ),
        (
            {
                "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
                "clusterResourceBlacklist": [{"group": "", "kind": "Namespace"}],
            },
            "/Namespace",
            False,
            False,
        ),
    ],
)
def test_kinds_are_permitted_by_lists(
    spec: dict[str, Any], kind: str, namespaced: bool, permitted: bool
) -> None:
    group, _, name = kind.partition("/")
    refusal = kind_refusal(project(**spec), GroupKind(group, name), "shop-a", namespaced=namespaced)
    assert (refusal == "") is permitted


def test_an_object_in_a_namespace_that_is_not_permitted_is_refused() -> None:
    here = project(destinations=[{"server": "*", "namespace": "shop"}])
    job = Key("batch", "Job", "kube-system", "migrate")
    refusal = object_refusal(here, job, namespaced=True, destination=HERE)
    assert refusal.startswith("namespace kube-system is not permitted in project team")
    assert "batch/Job/migrate" in refusal


def test_a_namespaced_object_without_a_namespace_is_judged_by_the_destination() -> None:
    here = project(destinations=[{"server": "*", "namespace": "shop"}])
    assert object_refusal(here, Key("", "Pod", "", "p"), namespaced=True, destination=HERE) == ""


def test_an_application_is_told_all_that_is_not_permitted() -> None:
    application = read_application(
        {
            "metadata": {"name": "shop", "namespace": "teams"},
            "spec": {"source": {"repoURL": "https://github.com/other/shop"}},
        }
    )
    refusals = application_refusals(project(), application, HERE, "argocd")
    assert [refusal.split("; ")[1] for refusal in refusals] == [
        "add the namespace to the project's sourceNamespaces",
        "add it to the project's sourceRepos",
        "add it to the project's destinations",
    ]
    assert (
        application_refusals(
            project(
                sourceNamespaces=["team*"],
                sourceRepos=["*"],
                destinations=[{"server": "*", "namespace": "*"}],
            ),
            application,
            HERE,
            "argocd",
        )
        == ()
    )


@pytest.mark.parametrize(
    ("rule", "namespace", "permitted"),
    [
        ("team-*", "team-a", True),
        ("team-*", "other", False),
        ("/^team-[ab]$/", "team-a", True),
        ("/^team-[ab]$/", "team-c", False),
        ("/^((?!kube).)*$/", "kube-system", False),
        ("/[/", "team-a", False),
    ],
)
def test_namespaces_of_applications_are_permitted_by_patterns(
    rule: str, namespace: str, permitted: bool
) -> None:
    found = namespace_refusal(project(sourceNamespaces=[rule]), namespace, "argocd")
    assert (found == "") is permitted
    assert namespace_refusal(project(), "argocd", "argocd") == ""


@pytest.mark.parametrize(
    "spec",
    [
        {"signatureKeys": [{"keyID": "4AEE18F83AFDEB23"}]},
        {"sourceIntegrity": {"git": {"policies": []}}},
    ],
)
def test_a_project_that_asks_for_signed_commits_permits_nothing(spec: dict[str, Any]) -> None:
    assert "does not verify" in integrity_refusal(project(**spec))
    assert integrity_refusal(project()) == ""


def test_a_project_that_does_not_exist_is_named() -> None:
    assert missing_project("team").startswith("the project team does not exist; create")


def test_patterns_that_cannot_be_read_are_told() -> None:
    faults = project_faults(project(sourceRepos=["[x"], destinations=[{"namespace": "!*"}]))
    assert ["spec.sourceRepos" in faults[0], "!* denies all" in faults[1]] == [True, True]
    assert project_faults(project(sourceRepos=["*"])) == ()
