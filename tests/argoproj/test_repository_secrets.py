import base64
from typing import Any

import pytest

from tenter.argoproj import RepositorySecrets, read_repository_secrets


def secret(kind: str, name: str = "repo", **data: str) -> dict[str, Any]:
    return {
        "metadata": {
            "name": name,
            "namespace": "argocd",
            "labels": {"argocd.argoproj.io/secret-type": kind},
        },
        "data": {key: base64.b64encode(text.encode()).decode() for key, text in data.items()},
    }


def read(*secrets: dict[str, Any]) -> RepositorySecrets:
    found = read_repository_secrets(secrets)
    assert found.warnings == ()
    return found


SHOP = "https://git.example.com/team/shop"


def test_a_repository_is_found_however_its_url_is_written() -> None:
    found = read(secret("repository", url=f"{SHOP}.git", username="bot", password="p"))
    access = found.access("https://GIT.example.com/team/shop/", "default")
    assert (access.username, access.password) == ("bot", "p")


def test_a_repository_without_a_secret_has_no_credentials() -> None:
    assert not read().access(SHOP, "default").has_credentials


def test_credentials_are_borrowed_from_the_longest_template() -> None:
    found = read(
        secret("repo-creds", "host", url="https://git.example.com", password="wide"),
        secret("repo-creds", "team", url="https://git.example.com/team", password="narrow"),
        secret("repository", url=SHOP, insecure="true"),
    )
    access = found.access(SHOP, "default")
    assert (access.password, access.insecure) == ("narrow", True)
    assert found.access("https://git.example.com/other", "default").password == "wide"


def test_own_credentials_come_before_a_template() -> None:
    found = read(
        secret("repo-creds", url="https://git.example.com", password="wide"),
        secret("repository", url=SHOP, password="own"),
    )
    assert found.access(SHOP, "default").password == "own"


@pytest.mark.parametrize(
    "url",
    [
        "https://git.example.com.evil.org/team/shop",
        "https://git.example.community/team/shop",
        "http://git.example.com/team/shop",
        "https://git.example.com:444/team/shop",
        "https://git.example.com@evil.org/team/shop",
    ],
)
def test_a_template_gives_its_password_to_no_other_host(url: str) -> None:
    found = read(secret("repo-creds", url="https://git.example.com", password="wide"))
    assert not found.access(url, "default").has_credentials


def test_a_template_is_not_for_a_path_that_climbs_out_of_it() -> None:
    found = read(secret("repo-creds", url="https://git.example.com/team", password="narrow"))
    url = "https://git.example.com/team/../other/shop"
    assert not found.access(url, "default").has_credentials


def test_credentials_of_a_project_are_for_it_alone() -> None:
    found = read(
        secret("repository", "a", url=SHOP, password="of-team", project="team"),
        secret("repository", "b", url=SHOP, password="of-all"),
    )
    assert found.access(SHOP, "team").password == "of-team"
    assert found.access(SHOP, "other").password == "of-all"
    only = read(secret("repository", url=SHOP, password="of-team", project="team"))
    assert not only.access(SHOP, "other").has_credentials


def test_keys_and_certificates_are_read() -> None:
    found = read(
        secret(
            "repository",
            url="git@git.example.com:team/shop.git",
            sshPrivateKey="KEY",
            tlsClientCertData="CERT",
            tlsClientCertKey="PRIVATE",
            proxy="http://proxy:3128",
            noProxy=".local",
            insecureIgnoreHostKey="true",
            type="git",
        )
    )
    access = found.access("ssh://git@git.example.com/team/shop", "default")
    assert access.ssh_private_key == "KEY"
    assert (access.client_certificate, access.client_key) == ("CERT", "PRIVATE")
    assert (access.proxy, access.no_proxy, access.insecure) == ("http://proxy:3128", ".local", True)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "it has no url"),
        ({"url": SHOP, "type": "svn"}, "it is git, helm or oci"),
        ({"url": SHOP, "githubAppID": "1"}, "GitHub Apps are not supported"),
    ],
)
def test_a_secret_that_cannot_be_used_is_a_warning(fields: dict[str, str], told: str) -> None:
    (warning,) = read_repository_secrets([secret("repository", **fields)]).warnings
    assert warning.startswith("Secret argocd/repo: ")
    assert told in warning


def test_other_secrets_are_passed_over() -> None:
    plain = {"metadata": {"name": "x", "namespace": "argocd"}, "data": {"url": "!"}}
    assert read(plain, secret("cluster", url=SHOP)) == RepositorySecrets()


def test_nothing_secret_is_in_the_text_of_an_access() -> None:
    found = read(secret("repository", url=SHOP, username="bot", password="hunter2"))
    assert "hunter2" not in repr(found)
