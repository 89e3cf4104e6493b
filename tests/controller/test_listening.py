import pytest

from tenter.controller.listening import Address, read_address
from tenter.errors import UsageError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8082", Address("127.0.0.1", 8082)),
        (":9000", Address("127.0.0.1", 9000)),
        ("10.0.0.1:0", Address("10.0.0.1", 0)),
        ("[::]:8082", Address("::", 8082)),
        ("localhost:80", Address("localhost", 80)),
    ],
)
def test_an_address_is_a_host_and_a_port(text: str, address: Address) -> None:
    assert read_address(text) == address


@pytest.mark.parametrize("text", ["", "8082", "localhost", "localhost:http", "::1:80", "a:70000"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="write it as 127"):
        read_address(text)


def test_an_address_is_written_as_it_is_read() -> None:
    for text in ("127.0.0.1:8082", "[::1]:80"):
        assert str(read_address(text)) == text
