import pytest

from tenter.argoproj import normalised_url, without_user

ONE_REPOSITORY = [
    "git@github.com:team/shop.git",
    "git@github.com:team/shop",
    "ssh://git@github.com/team/shop.git",
    "ssh://git@GitHub.com:22/team//shop/",
    " ssh://git@github.com/team/shop ",
]


@pytest.mark.parametrize("url", ONE_REPOSITORY)
def test_ways_to_write_an_ssh_repository_have_one_form(url: str) -> None:
    assert normalised_url(url) == "git@github.com/team/shop"


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("https://github.com/team/shop.git", "https://github.com/team/shop"),
        ("https://GitHub.com:443/Team/Shop/", "https://github.com/team/shop"),
        ("https://github.com/team/a%20b", "https://github.com/team/a b"),
        ("https://git.example.com:8443/a", "https://git.example.com:8443/a"),
        ("https://github.com/team/*", "https://github.com/team/*"),
        ("file:///srv/repos/shop.git", "file:///srv/repos/shop"),
        ("/srv/repos/shop.git", "/srv/repos/shop"),
        ("*", "*"),
    ],
)
def test_a_url_has_a_normal_form(url: str, normal: str) -> None:
    assert normalised_url(url) == normal


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/team/../other/shop",
        "https://github.com/team/%2e%2e/other/shop",
        "https://github.com/team%2f..%2fother",
        "https://github.com/%252e%252e/other",
        "git@github.com:team/../other",
        "/srv/../etc",
    ],
)
def test_a_url_that_climbs_has_no_normal_form(url: str) -> None:
    assert normalised_url(url) == ""


@pytest.mark.parametrize("url", [*ONE_REPOSITORY, "https://bot@github.com/team/shop.git"])
def test_without_its_user_a_repository_is_the_same_by_ssh_and_https(url: str) -> None:
    assert without_user(url) == "github.com/team/shop"
