from __future__ import annotations

import pytest

from tenter.errors import UsageError
from tenter.library.naming import application_name
from tenter.sources import GitSource, LocalSource


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("deploy", "deploy"),
        ("apps/Shop_Front/", "shop-front"),
        (".", "work"),
        ("..", "home"),
        ("./a/../b", "b"),
        ("web.yaml", "web"),
        ("/srv/shop.v2", "shop.v2"),
    ],
)
def test_a_path_gives_the_name_of_its_folder_or_file(path: str, name: str) -> None:
    assert application_name(LocalSource(path=path), "/home/work") == name


@pytest.mark.parametrize(
    "address", ["https://git.example/acme/shop.git", "git@host:acme/shop", "git@host:shop.git/"]
)
def test_a_repository_gives_its_own_name(address: str) -> None:
    assert application_name(GitSource(repository=address, path="deploy"), "/") == "shop"


@pytest.mark.parametrize("path", ["-", "/", "___"])
def test_where_there_is_no_name_one_is_asked_for(path: str) -> None:
    with pytest.raises(UsageError, match="--app"):
        application_name(LocalSource(path=path), "/home")
