import asyncio
from typing import Any

import pytest
from tests.kube.scripted import (
    CONFIG_MAPS,
    Answer,
    ScriptedTransport,
    client_of,
    config_map,
    list_of,
    ok,
    query_of,
    refusal,
    run,
)

from tenter import errors
from tenter.kube import PatchType

BROKEN = errors.ClusterUnreachable("the connection broke")
WEB = config_map("web", "1")


async def _spent(transport: ScriptedTransport, call: str, *args: Any, **options: Any) -> float:
    """Make one call and return how long it took, in the loop's seconds."""
    before = asyncio.get_running_loop().time()
    await getattr(client_of(transport), call)(*args, **options)
    return asyncio.get_running_loop().time() - before


@pytest.mark.parametrize("fault", [BROKEN, refusal(500, "InternalError"), refusal(503)])
def test_a_read_is_repeated_after_a_passing_fault(fault: Answer) -> None:
    transport = ScriptedTransport(fault, fault, ok(WEB))
    assert run(client_of(transport).get(CONFIG_MAPS, "shop", "web")) == WEB
    assert len(transport.requests) == 3


def test_a_lasting_fault_is_told_after_five_tries() -> None:
    transport = ScriptedTransport(BROKEN)
    with pytest.raises(errors.ClusterUnreachable, match="the connection broke"):
        run(client_of(transport).get(CONFIG_MAPS, "shop", "web"))
    assert len(transport.requests) == 5


def test_a_lasting_refusal_by_load_is_told_after_five_tries() -> None:
    transport = ScriptedTransport(refusal(429))
    with pytest.raises(errors.TooManyRequests):
        run(client_of(transport).get(CONFIG_MAPS, "shop", "web"))
    assert len(transport.requests) == 5


def test_the_waits_between_tries_grow() -> None:
    transport = ScriptedTransport(BROKEN, BROKEN, BROKEN, ok(WEB))
    spent = run(_spent(transport, "get", CONFIG_MAPS, "shop", "web"))
    assert (0.2 + 0.4 + 0.8) / 2 <= spent <= 0.2 + 0.4 + 0.8


def test_the_wait_is_at_least_what_the_server_asked_for() -> None:
    transport = ScriptedTransport(refusal(429, headers={"retry-after": "7"}), ok(WEB))
    assert 7.0 <= run(_spent(transport, "get", CONFIG_MAPS, "shop", "web")) < 7.5


def test_a_server_that_asks_for_too_long_a_wait_has_refused() -> None:
    transport = ScriptedTransport(refusal(429, headers={"retry-after": "3600"}), ok(WEB))
    with pytest.raises(errors.TooManyRequests):
        run(client_of(transport).get(CONFIG_MAPS, "shop", "web"))


@pytest.mark.parametrize("code", [400, 401, 403, 404, 409, 410, 422, 501])
def test_a_refusal_that_will_not_change_is_told_at_once(code: int) -> None:
    transport = ScriptedTransport(refusal(code))
    with pytest.raises(errors.ApiError):
        run(client_of(transport).get(CONFIG_MAPS, "shop", "web"))
    assert len(transport.requests) == 1


def test_a_500_that_the_object_causes_is_told_at_once() -> None:
    transport = ScriptedTransport(refusal(500, "", ".spec.x: field not declared in schema"))
    with pytest.raises(errors.Invalid):
        run(client_of(transport).apply(CONFIG_MAPS, WEB))
    assert len(transport.requests) == 1


def test_a_creation_of_a_fixed_name_is_repeated_and_tells_what_it_finds() -> None:
    transport = ScriptedTransport(BROKEN, refusal(409, "AlreadyExists"))
    with pytest.raises(errors.AlreadyExists):
        run(client_of(transport).create(CONFIG_MAPS, WEB))
    assert len(transport.requests) == 2


@pytest.mark.parametrize("fault", [BROKEN, refusal(500, "InternalError")])
def test_a_generated_name_is_never_created_twice(fault: Answer) -> None:
    transport = ScriptedTransport(fault, ok(WEB))
    manifest = {**WEB, "metadata": {"generateName": "web-", "namespace": "shop"}}
    with pytest.raises((errors.ClusterUnreachable, errors.ServerFault)):
        run(client_of(transport).create(CONFIG_MAPS, manifest))
    assert len(transport.requests) == 1


def test_a_generated_name_is_asked_for_again_after_a_refusal_by_load() -> None:
    transport = ScriptedTransport(refusal(429), ok(WEB, status=201))
    manifest = {**WEB, "metadata": {"generateName": "web-", "namespace": "shop"}}
    assert run(client_of(transport).create(CONFIG_MAPS, manifest)) == WEB


def test_a_dry_run_of_a_generated_name_may_be_repeated() -> None:
    transport = ScriptedTransport(BROKEN, ok(WEB, status=201))
    manifest = {**WEB, "metadata": {"generateName": "web-", "namespace": "shop"}}
    assert run(client_of(transport).create(CONFIG_MAPS, manifest, dry_run=True)) == WEB


def test_a_json_patch_that_tests_first_is_repeated() -> None:
    transport = ScriptedTransport(BROKEN, ok(WEB))
    body = [
        {"op": "test", "path": "/metadata/uid", "value": "u"},
        {"op": "remove", "path": "/data"},
    ]
    patch = client_of(transport).patch(CONFIG_MAPS, "shop", "web", body, patch_type=PatchType.JSON)
    assert run(patch) == WEB


def test_a_json_patch_without_a_test_is_not_repeated() -> None:
    transport = ScriptedTransport(BROKEN, ok(WEB))
    body = [{"op": "add", "path": "/data/x", "value": "1"}]
    with pytest.raises(errors.ClusterUnreachable):
        run(client_of(transport).patch(CONFIG_MAPS, "shop", "web", body, patch_type=PatchType.JSON))


def test_a_merge_patch_is_repeated() -> None:
    transport = ScriptedTransport(BROKEN, ok(WEB))
    assert run(client_of(transport).patch(CONFIG_MAPS, "shop", "web", {"data": {}})) == WEB


def test_a_repeated_request_is_the_same_request() -> None:
    transport = ScriptedTransport(BROKEN, ok(WEB))
    run(client_of(transport).apply(CONFIG_MAPS, WEB))
    first, second = transport.requests
    assert first == second


def test_a_list_that_the_server_forgot_between_pages_starts_over_without_pages() -> None:
    transport = ScriptedTransport(
        list_of("5", config_map("a", "1"), token="t"),
        refusal(410, "Expired"),
        list_of("9", config_map("b", "2"), config_map("c", "3")),
    )
    listed = run(client_of(transport).list(CONFIG_MAPS, "shop", page_size=1))
    assert [item["metadata"]["name"] for item in listed.items] == ["b", "c"]
    assert listed.resource_version == "9"
    assert query_of(transport.requests[2]) == {}
