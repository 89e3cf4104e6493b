"""Loopback addresses for Pods and Services: one each, out of 127.0.0.0/8. Pure.

The second and third octets start at a random place, so that two clusters on one machine seldom
meet. Where the machine has only 127.0.0.1 (macOS), all share it.
"""

from __future__ import annotations

import random

SHARED = "127.0.0.1"


class LoopbackAddresses:
    """Hands out addresses in order, those taken back last again."""

    def __init__(self, chance: random.Random, *, only_shared: bool = False) -> None:
        self._only_shared = only_shared
        self._net = 64 + chance.randrange(128)
        self._next = chance.randrange(1 << 16)
        self._taken: dict[str, None] = {}

    def take(self) -> str:
        """Return an address that nobody has."""
        if self._only_shared:
            return SHARED
        for _ in range(1 << 16):
            third, fourth = divmod(self._next, 256)
            self._next = (self._next + 1) % (1 << 16)
            address = f"127.{self._net}.{third}.{fourth}"
            # .0 and .255 are ordinary addresses here, but look like networks to people.
            if fourth not in {0, 255} and address not in self._taken:
                self._taken[address] = None
                return address
        raise RuntimeError("all 65,000 loopback addresses of the node are taken: delete some Pods")

    def give_back(self, address: str) -> None:
        """Take an address back."""
        self._taken.pop(address, None)
