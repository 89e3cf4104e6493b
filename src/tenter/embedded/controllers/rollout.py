"""How many Pods of which ReplicaSet: the arithmetic of a Deployment's rolling update. Pure.

Source of the rule: the Deployment API (apps/v1): at most ``replicas + maxSurge`` Pods exist, at
least ``replicas - maxUnavailable`` are available; percentages round up for surge and down for
unavailable, and both cannot be zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import msgspec


class Size(msgspec.Struct, frozen=True):
    """One ReplicaSet in numbers: the Pods it is to have, has, and has available."""

    wanted: int
    existing: int
    available: int


def read_share(value: int | str | None, total: int, default: str, *, up: bool) -> int:
    """Return an absolute number or a percentage of ``total`` (``25%``) as Pods."""
    share = default if value is None else value
    if isinstance(share, int):
        return share
    if not share.endswith("%"):
        return int(share) if share.isdecimal() else 0
    part = total * float(share[:-1] or 0) / 100
    return math.ceil(part) if up else math.floor(part)


def read_bounds(strategy: dict[str, Any] | None, replicas: int) -> tuple[int, int]:
    """Return how many Pods above and below ``replicas`` a rolling update may have."""
    rolling = (strategy or {}).get("rollingUpdate") or {}
    surge = read_share(rolling.get("maxSurge"), replicas, "25%", up=True)
    unavailable = read_share(rolling.get("maxUnavailable"), replicas, "25%", up=False)
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return surge, min(unavailable, replicas)


def roll(
    replicas: int, bounds: tuple[int, int], new: Size, old: Sequence[Size]
) -> tuple[int, list[int]]:
    """Return the next size of the new ReplicaSet and of each of the ``old`` ones, oldest first.

    Grows the new one as far as the surge allows, then shrinks the old ones: first by what is not
    available anyway, then as far as enough stay available.
    """
    surge, unavailable = bounds
    total = new.wanted + sum(size.wanted for size in old)
    grown = new.wanted
    if grown > replicas:
        grown = replicas
    elif grown < replicas:
        grown += max(0, min(replicas + surge - total, replicas - grown))
    sizes = [size.wanted for size in old]
    if grown != new.wanted:
        # What the surge has room for is used first; shrinking follows once that is written.
        return grown, sizes
    least = replicas - unavailable
    not_yet = new.wanted - new.available
    spare = total - least - not_yet
    for number, size in enumerate(old):
        if spare <= 0:
            break
        broken = max(0, min(size.wanted - size.available, sizes[number]))
        dropped = min(spare, broken)
        sizes[number] -= dropped
        spare -= dropped
    available = new.available + sum(size.available for size in old)
    spare = min(spare, available - least)
    for number in range(len(sizes)):
        if spare <= 0:
            break
        dropped = min(spare, sizes[number])
        sizes[number] -= dropped
        spare -= dropped
    return grown, sizes
