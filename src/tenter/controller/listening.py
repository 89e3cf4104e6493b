"""The address on which the controller serves, as a flag gives it."""

from __future__ import annotations

import msgspec

from tenter.errors import UsageError

LOOPBACK = "127.0.0.1"
PORT = 8082


class Address(msgspec.Struct, frozen=True):
    """A host (a name or an IP address) and a port; port 0 is any that is free."""

    host: str = LOOPBACK
    port: int = PORT

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def read_address(text: str) -> Address:
    """Return the address ``HOST:PORT``, ``:PORT`` (the loopback interface) or ``[IPV6]:PORT``.

    Raises ``UsageError`` for anything else.
    """
    host, colon, port = text.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    bracketed = bare != host
    number = int(port) if port.isdecimal() and len(port) <= 5 else -1
    if not colon or not 0 <= number <= 65535 or (":" in bare and not bracketed):
        raise UsageError(
            f'"{text}" is no address to listen on; write it as 127.0.0.1:8082, or 0.0.0.0:8082 '
            "for all interfaces"
        )
    return Address(bare or LOOPBACK, number)
