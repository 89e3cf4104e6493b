"""What is said of a task whose time is up: the last word of an object that was on its way."""

import pytest

from tenter.engine.sightings import Sighting
from tenter.engine.time_limits import last_word
from tenter.health import Health, HealthStatus
from tenter.manifests import Key


def seen(status: HealthStatus | None, message: str = "ImagePullBackOff") -> Sighting:
    health = Health(status, message) if status else None
    return Sighting(key=Key("batch", "Job", "shop", "migrate"), uid="1", version="1", health=health)


@pytest.mark.parametrize("status", [HealthStatus.PROGRESSING, HealthStatus.SUSPENDED])
def test_an_object_on_its_way_has_a_last_word(status: HealthStatus) -> None:
    assert last_word(seen(status)) == "ImagePullBackOff"


@pytest.mark.parametrize("status", [None, HealthStatus.HEALTHY, HealthStatus.DEGRADED])
def test_any_other_has_none(status: HealthStatus | None) -> None:
    assert last_word(seen(status)) == ""


def test_what_was_never_seen_has_none() -> None:
    assert last_word(None) == ""
