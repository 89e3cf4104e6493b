"""A process that was suspended for longer than its Lease looks before it saves."""

import random
import time
from dataclasses import dataclass

import pytest
from tests.applications.shop import Shop, config

from tenter.applications.session import Session, read_state
from tenter.applications.state import About, State
from tenter.environment import Environment
from tenter.errors import StoodDown


@dataclass
class Clock:
    """The time, and how much of it was slept through."""

    slept: float = 0.0

    def now(self) -> float:
        return time.time() + self.slept


def session(shop: Shop, clock: Clock) -> Session:
    environment = Environment(now=clock.now, random=random.Random(2))
    return Session(shop.client, environment, "shop", "default", "the sleeper")


def state() -> State:
    return State(about=About(application="shop", namespace="default", revision="the sleeper's"))


async def sleep_through_a_sync(shop: Shop, clock: Clock) -> None:
    """Take the Lease, sleep while another syncs, and only then load the state and begin."""
    async with session(shop, clock) as sleeping:
        clock.slept = 60.0
        lease = await shop.client.resource("coordination.k8s.io", "Lease")
        await shop.client.delete(lease, "default", "tenter.shop")
        await shop.sync()
        await sleeping._secrets.load()
        await sleeping.begin(state())


async def test_it_saves_nothing_over_what_another_did_meanwhile(shop: Shop) -> None:
    shop.write(config("settings"))
    with pytest.raises(StoodDown):
        await sleep_through_a_sync(shop, Clock())
    saved = await read_state(shop.client, "shop", "default")
    assert saved is not None
    assert saved.about.revision != "the sleeper's"


async def test_it_goes_on_where_nobody_took_its_lease(shop: Shop) -> None:
    clock = Clock()
    async with session(shop, clock) as sleeping:
        clock.slept = 60.0
        await sleeping.begin(state())
    saved = await read_state(shop.client, "shop", "default")
    assert saved is not None
    assert saved.about.revision == "the sleeper's"
