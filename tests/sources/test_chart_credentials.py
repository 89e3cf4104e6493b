import pytest

from tenter.sources import ChartCredentials


@pytest.mark.parametrize(
    ("url", "address", "covered"),
    [
        ("https://charts.example.com", "https://charts.example.com", True),
        ("https://charts.example.com", "https://charts.example.com/team", True),
        ("https://charts.example.com/team", "https://charts.example.com/other", False),
        ("https://charts.example.com", "https://charts.example.com.elsewhere.org", False),
        ("https://charts.example.com", "https://charts.example.com@elsewhere.org", False),
        ("https://charts.example.com", "http://charts.example.com", False),
        ("https://charts.example.com", "https://charts.example.com:444", False),
        ("oci://registry.example.com/team", "oci://registry.example.com/team/shop", True),
        ("registry.example.com/team", "oci://registry.example.com/team", True),
        ("registry.example.com", "registry.example.com.elsewhere.org", False),
    ],
)
def test_a_password_is_for_the_same_host_alone(url: str, address: str, covered: bool) -> None:
    assert ChartCredentials(url=url, password="p").covers(address) is covered


def test_nothing_secret_is_in_its_text() -> None:
    assert "hunter2" not in repr(ChartCredentials(url="https://x", password="hunter2"))
