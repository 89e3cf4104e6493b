import pytest

from tenter.errors import SourceError
from tenter.sources.repositories import is_remote, read_repository


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/shop.git",
        "https://example.com:8443/team/shop",
        "ssh://git@example.com:22/shop.git",
        "git@example.com:team/shop.git",
        "example.com:shop.git",
        "git@[2001:db8::1]:shop.git",
    ],
)
def test_a_remote_repository_is_left_to_git(address: str) -> None:
    assert read_repository(address).url == address
    assert is_remote(address)


@pytest.mark.parametrize("address", ["/srv/shop.git", "./shop", "../shop", "shop", "a/b:c"])
def test_a_path_is_local(address: str) -> None:
    assert read_repository(address).path == address
    assert not is_remote(address)


def test_a_file_url_is_a_path() -> None:
    assert read_repository("file:///srv/my%20shop").path == "/srv/my shop"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "empty"),
        ("-uevil", "starts with '-'"),
        ("http://example.com/shop", "use https or ssh"),
        ("git://example.com/shop", "use https or ssh"),
        ("ext::sh -c touch% /tmp/x", "remote helper"),
        ("https://user@example.com/shop", "credential helper"),
        ("https://user:hush@example.com/shop", "credential helper"),
        ("ssh://git:hush@example.com/shop", "credential helper"),
        ("ssh://-oProxyCommand=evil/shop", "starts with '-'"),
        ("-oProxyCommand=evil:shop", "starts with '-'"),
        ("git@-oProxyCommand=evil:shop", "starts with '-'"),
        ("git@example.com:-shop", "starts with '-'"),
        ("https:///shop", "no host"),
        ("https://example.com:port/shop", "malformed"),
        ("https://example.com/shop?ref=main", "query"),
        ("https://169.254.169.254/latest", "link-local"),
        ("https://[fe80::1]/shop", "link-local"),
        ("git@169.254.169.254:shop", "link-local"),
        ("file://server/share", "another machine"),
        ("https://example.com/a\nb", "control characters"),
    ],
)
def test_an_unsafe_address_is_refused(address: str, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        read_repository(address)


def test_a_refused_password_is_not_repeated() -> None:
    with pytest.raises(SourceError) as caught:
        read_repository("https://user:hush@example.com/shop")
    assert "hush" not in str(caught.value)
