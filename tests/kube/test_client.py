import asyncio
from contextlib import aclosing

import msgspec
import pytest
from tests.kube.scripted import (
    CONFIG_MAPS,
    JOBS,
    NAMESPACES,
    Script,
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
from tenter.kube import Access, FieldValidation, Response

WEB = config_map("web", "1")


def test_a_list_is_read_page_by_page() -> None:
    transport = ScriptedTransport(
        list_of("5", config_map("a", "1"), token="next"), list_of("5", config_map("b", "2"))
    )
    listed = run(client_of(transport).list(CONFIG_MAPS, "shop", page_size=1))
    assert listed.items == [config_map("a", "1"), config_map("b", "2")]
    assert listed.resource_version == "5"
    assert query_of(transport.requests[1])["continue"] == "next"


def test_a_list_whose_first_page_is_refused_as_expired_says_so() -> None:
    with pytest.raises(errors.Expired):
        run(client_of(ScriptedTransport(refusal(410, "Expired"))).list(CONFIG_MAPS))


def test_an_object_is_created_where_its_manifest_says() -> None:
    transport = ScriptedTransport(ok(WEB, status=201))
    run(client_of(transport).create(CONFIG_MAPS, WEB))
    assert transport.requests[0].path == "/api/v1/namespaces/shop/configmaps"


def test_the_callers_namespace_goes_before_the_manifests() -> None:
    transport = ScriptedTransport(ok(WEB))
    run(client_of(transport).replace(CONFIG_MAPS, WEB, namespace="other"))
    assert transport.requests[0].path == "/api/v1/namespaces/other/configmaps/web"


@pytest.mark.parametrize(("status", "created"), [(201, True), (200, False)])
def test_an_apply_tells_whether_it_created_the_object(status: int, created: bool) -> None:
    answer = run(client_of(ScriptedTransport(ok(WEB, status=status))).apply(CONFIG_MAPS, WEB))
    assert (answer.object, answer.created) == (WEB, created)


def test_an_apply_passes_validation_and_manager_on() -> None:
    transport = ScriptedTransport(ok(WEB))
    run(
        client_of(transport).apply(
            CONFIG_MAPS, WEB, field_manager="me", field_validation=FieldValidation.IGNORE
        )
    )
    assert query_of(transport.requests[0]) == {
        "fieldManager": "me",
        "fieldValidation": "Ignore",
        "force": "true",
    }


def test_a_manifest_without_a_name_cannot_be_applied() -> None:
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "x"}}
    with pytest.raises(errors.ManifestError, match=r"without metadata\.name"):
        run(client_of(ScriptedTransport(ok(WEB))).apply(CONFIG_MAPS, manifest))


def test_a_deletion_that_meets_another_uid_is_a_conflict() -> None:
    transport = ScriptedTransport(refusal(409, "Conflict"))
    with pytest.raises(errors.Conflict):
        run(client_of(transport).delete(JOBS, "shop", "j", uid="u"))


def test_logs_come_as_text_whatever_their_bytes() -> None:
    transport = ScriptedTransport(Response(status=200, body=b"caf\xc3\xa9\n\xff\n"))
    assert run(client_of(transport).logs("shop", "p")) == "café\n�\n"


def test_logs_of_a_container_that_has_not_started_are_refused() -> None:
    transport = ScriptedTransport(refusal(400, "BadRequest", "waiting to start"))
    with pytest.raises(errors.BadRequest, match="waiting to start"):
        run(client_of(transport).logs("shop", "p"))


def test_followed_logs_come_line_by_line_however_the_bytes_are_cut() -> None:
    script = Script().say(b"one\ntw", b"o\r\nca", b"f\xc3", b"\xa9").end()
    transport = ScriptedTransport(streams=(script,))

    async def follow() -> list[str]:
        return [line async for line in client_of(transport).follow_logs("shop", "p")]

    assert run(follow()) == ["one", "two", "café"]
    assert query_of(transport.opened[0])["follow"] == "true"


def test_leaving_followed_logs_closes_their_stream() -> None:
    script = Script().say(b"one\n")

    async def follow() -> None:
        transport = ScriptedTransport(streams=(script,))
        async with aclosing(client_of(transport).follow_logs("shop", "p")) as lines:
            async for line in lines:
                assert line == "one"
                break

    run(follow())
    assert script.closed


def test_an_access_review_tells_the_servers_answer() -> None:
    transport = ScriptedTransport(
        ok({"status": {"allowed": False, "reason": "no role"}}, status=201)
    )
    assert run(client_of(transport).access_review("delete", JOBS, "shop")) == Access(
        False, "no role"
    )


def test_an_access_review_of_a_cluster_scoped_kind_names_no_namespace() -> None:
    transport = ScriptedTransport(ok({"status": {"allowed": True}}, status=201))
    assert run(client_of(transport).access_review("get", NAMESPACES, "shop")).allowed
    review = msgspec.json.decode(transport.requests[0].body or b"")
    assert "namespace" not in review["spec"]["resourceAttributes"]


def test_closing_the_client_closes_its_transport() -> None:
    transport = ScriptedTransport(ok(WEB))
    run(client_of(transport).aclose())
    assert transport.closed


def test_a_cancelled_call_gives_its_place_back() -> None:
    async def scene() -> None:
        client = client_of(ScriptedTransport(refusal(429, headers={"retry-after": "9"})))
        calls = [asyncio.create_task(client.get(CONFIG_MAPS, "shop", "web")) for _ in range(5)]
        await asyncio.sleep(0)
        for call in calls:
            call.cancel()
        await asyncio.wait(calls)
        assert client._sender.limiter.running == 0

    run(scene())
