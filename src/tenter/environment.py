"""What the world gives a program besides the network: the time and chance.

Both are passed in, never reached for, so that the simulator can give its own and one seed replays
one run exactly. Delays and timeouts are the event loop's and need nothing from here.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import msgspec


class Environment(msgspec.Struct, frozen=True):
    """The clock and the source of randomness of one running program.

    ``now`` returns Unix seconds (UTC, with fractions). ``random`` is used for jitter and for the
    random part of names and identifiers, never for secrets.
    """

    now: Callable[[], float]
    random: random.Random
