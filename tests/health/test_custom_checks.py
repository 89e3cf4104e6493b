from tenter.errors import HealthCheckError
from tenter.health import Health, HealthStatus, judge
from tenter.manifests import Manifest

THING: Manifest = {"apiVersion": "example.com/v1", "kind": "Thing", "status": {"phase": "x"}}
POD: Manifest = {"apiVersion": "v1", "kind": "Pod", "status": {"phase": "Succeeded"}}
SAID = Health(HealthStatus.SUSPENDED, "said the script")


class OneAnswer:
    def __init__(self, answer: Health | None) -> None:
        self.answer = answer
        self.asked: list[Manifest] = []

    def covers(self, obj: Manifest) -> bool:
        return obj["kind"] in {"Thing", "Pod"}

    async def assess(self, obj: Manifest) -> Health | None:
        self.asked.append(obj)
        return self.answer


class Broken(OneAnswer):
    async def assess(self, obj: Manifest) -> Health | None:
        raise HealthCheckError(f"{obj['kind']}/health.lua:3: attempt to index a nil value")


async def test_a_custom_check_comes_before_the_built_in_one() -> None:
    assert await judge(POD, OneAnswer(SAID)) == (SAID, False)


async def test_a_custom_check_without_an_answer_leaves_it_to_the_built_in_one() -> None:
    assert await judge(POD, OneAnswer(None)) == (Health(HealthStatus.HEALTHY), False)


async def test_a_custom_check_that_fails_makes_its_object_unknown_and_says_why() -> None:
    health, _ = await judge(THING, Broken(None))
    assert health is not None
    assert health.status is HealthStatus.UNKNOWN
    assert "health.lua:3" in health.message


async def test_an_object_being_deleted_is_not_given_to_a_script() -> None:
    scripts = OneAnswer(SAID)
    going = {**THING, "metadata": {"deletionTimestamp": "2024-01-01T00:00:00Z"}}
    health, _ = await judge(going, scripts)
    assert health == Health(HealthStatus.PROGRESSING, "Pending deletion")
    assert scripts.asked == []


async def test_a_custom_verdict_that_nothing_vouches_for_is_provisional() -> None:
    healthy = Health(HealthStatus.HEALTHY)
    assert await judge(THING, OneAnswer(healthy)) == (healthy, True)
