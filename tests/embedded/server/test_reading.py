import pytest
from tests.embedded.server.api import (
    CONFIG_MAPS,
    MERGE,
    PODS,
    TABLE,
    Api,
    config_map,
    pod,
    running,
)

from tenter.embedded import Store


async def fill(api: Api, count: int) -> None:
    for number in range(count):
        await api.made(CONFIG_MAPS, config_map(f"c{number}"))


def names(answer_body: dict[str, list[dict[str, dict[str, str]]]]) -> list[str]:
    return [item["metadata"]["name"] for item in answer_body["items"]]


async def test_a_list_is_in_the_order_of_names_and_has_a_version() -> None:
    async with running() as api:
        for name in ("b", "c", "a"):
            await api.made(CONFIG_MAPS, config_map(name))
        answer = await api.get(CONFIG_MAPS)
        version = str(api.store.version)
    assert names(answer.body) == ["a", "b", "c"]
    assert answer.body["kind"] == "ConfigMapList"
    assert answer.version == version


async def test_items_of_built_in_lists_do_not_repeat_their_kind() -> None:
    async with running() as api:
        await fill(api, 1)
        answer = await api.get(CONFIG_MAPS)
    assert list(answer.body["items"][0]) == ["metadata", "data"]


async def test_pages_show_one_moment_whatever_is_written_between_them() -> None:
    async with running() as api:
        await fill(api, 4)
        first = await api.get(CONFIG_MAPS, limit="2")
        await api.delete(f"{CONFIG_MAPS}/c3")
        await api.made(CONFIG_MAPS, config_map("c4"))
        await api.patch(f"{CONFIG_MAPS}/c2", {"data": {"key": "new"}}, MERGE)
        token = first.body["metadata"]["continue"]
        second = await api.get(CONFIG_MAPS, **{"limit": "2", "continue": token})
    assert names(first.body) + names(second.body) == ["c0", "c1", "c2", "c3"]
    assert first.body["metadata"]["remainingItemCount"] == 2
    assert second.body["items"][0]["data"] == {"key": "value"}
    assert "continue" not in second.body["metadata"]
    assert first.version == second.version


async def test_a_page_whose_moment_is_forgotten_has_expired() -> None:
    async with running() as api:
        await fill(api, 3)
        first = await api.get(CONFIG_MAPS, limit="2")
        await api.made(CONFIG_MAPS, config_map("later"))
        api.store.compact()
        token = first.body["metadata"]["continue"]
        answer = await api.get(CONFIG_MAPS, **{"continue": token})
    assert (answer.status, answer.body["reason"]) == (410, "Expired")


async def test_a_continue_token_of_nobody_is_a_bad_request() -> None:
    async with running() as api:
        answer = await api.get(CONFIG_MAPS, **{"continue": "nonsense"})
    assert answer.status == 400


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("app=web", ["one", "two"]),
        ("app==web,tier!=back", ["one"]),
        ("tier in (back, middle)", ["two"]),
        ("tier notin (back)", ["one", "three"]),
        ("tier", ["one", "two"]),
        ("!app", ["three"]),
        ("app,!tier", []),
    ],
)
async def test_a_label_selector_chooses(selector: str, expected: list[str]) -> None:
    async with running() as api:
        await api.made(CONFIG_MAPS, config_map("one", labels={"app": "web", "tier": "front"}))
        await api.made(CONFIG_MAPS, config_map("two", labels={"app": "web", "tier": "back"}))
        await api.made(CONFIG_MAPS, config_map("three"))
        answer = await api.get(CONFIG_MAPS, labelSelector=selector)
    assert names(answer.body) == sorted(expected)


async def test_a_label_selector_that_cannot_be_read_is_a_bad_request() -> None:
    async with running() as api:
        answer = await api.get(CONFIG_MAPS, labelSelector="a in b")
    assert answer.status == 400


async def test_field_selectors_choose_by_name_and_by_the_kinds_own_fields() -> None:
    async with running() as api:
        await api.made(PODS, pod("one"))
        await api.made(PODS, pod("two", spec={"nodeName": "n"}))
        by_name = await api.get(PODS, fieldSelector="metadata.name=one")
        by_node = await api.get(PODS, fieldSelector="spec.nodeName!=,status.phase=Pending")
        unknown = await api.get(PODS, fieldSelector="spec.colour=red")
    assert names(by_name.body) == ["one"]
    assert names(by_node.body) == ["two"]
    assert unknown.status == 400
    assert "field label not supported: spec.colour" in unknown.body["message"]


async def test_a_list_can_be_of_metadata_alone() -> None:
    async with running() as api:
        await fill(api, 1)
        accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
        answer = await api.get(CONFIG_MAPS, accept=accept)
    assert answer.body["kind"] == "PartialObjectMetadataList"
    assert list(answer.body["items"][0]) == ["kind", "apiVersion", "metadata"]


async def test_a_table_has_the_columns_that_people_know() -> None:
    async with running() as api:
        await api.made(PODS, pod())
        api.clock.time += 200
        answer = await api.get(PODS, accept=TABLE)
    columns = [column["name"] for column in answer.body["columnDefinitions"]]
    assert columns == [
        *("Name", "Ready", "Status", "Restarts", "Age"),
        *("IP", "Node", "Nominated Node", "Readiness Gates"),
    ]
    row = answer.body["rows"][0]
    assert row["cells"] == ["p", "0/1", "Pending", "0", "3m20s", *4 * ["<none>"]]
    assert row["object"]["kind"] == "PartialObjectMetadata"


async def test_a_watch_goes_on_from_a_version() -> None:
    async with running() as api:
        await fill(api, 1)
        listed = await api.get(CONFIG_MAPS)
        await api.made(CONFIG_MAPS, config_map("new"))
        async with api.watching(CONFIG_MAPS, resourceVersion=listed.version) as watch:
            await api.patch(f"{CONFIG_MAPS}/new", {"data": {"key": "2"}}, MERGE)
            await api.delete(f"{CONFIG_MAPS}/new")
            assert await watch.names(3) == ["ADDED new", "MODIFIED new", "DELETED new"]


async def test_a_watch_without_a_version_begins_with_what_there_is() -> None:
    async with running() as api:
        await fill(api, 2)
        async with api.watching(CONFIG_MAPS) as watch:
            await api.delete(f"{CONFIG_MAPS}/c0")
            assert await watch.names(3) == ["ADDED c0", "ADDED c1", "DELETED c0"]


async def test_a_deletion_is_told_under_its_own_version() -> None:
    async with running() as api:
        made = await api.made(CONFIG_MAPS, config_map())
        version = made["metadata"]["resourceVersion"]
        async with api.watching(CONFIG_MAPS, resourceVersion=version) as watch:
            await api.delete(f"{CONFIG_MAPS}/a")
            _, object_ = await watch.next()
    assert int(object_["metadata"]["resourceVersion"]) == int(version) + 1


async def test_streamed_lists_end_with_a_marked_bookmark() -> None:
    async with running() as api:
        await fill(api, 1)
        query = {
            "sendInitialEvents": "true",
            "resourceVersionMatch": "NotOlderThan",
            "allowWatchBookmarks": "true",
        }
        async with api.watching(CONFIG_MAPS, **query) as watch:
            first, (word, mark) = await watch.names(1), await watch.next()
    assert (first, word) == (["ADDED c0"], "BOOKMARK")
    assert mark["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


async def test_an_object_that_leaves_the_selection_is_told_as_deleted() -> None:
    async with running() as api:
        await api.made(CONFIG_MAPS, config_map(labels={"app": "web"}))
        async with api.watching(CONFIG_MAPS, labelSelector="app=web") as watch:
            assert await watch.names(1) == ["ADDED a"]
            await api.patch(f"{CONFIG_MAPS}/a", {"metadata": {"labels": {"app": "x"}}}, MERGE)
            await api.patch(f"{CONFIG_MAPS}/a", {"metadata": {"labels": {"app": "y"}}}, MERGE)
            await api.patch(f"{CONFIG_MAPS}/a", {"metadata": {"labels": {"app": "web"}}}, MERGE)
            assert await watch.names(2) == ["DELETED a", "ADDED a"]


async def test_a_watch_of_one_namespace_sees_no_other() -> None:
    async with running() as api:
        version = str(api.store.version)
        async with api.watching(CONFIG_MAPS, resourceVersion=version) as watch:
            await api.made("/api/v1/namespaces/kube-system/configmaps", config_map("other"))
            await api.made(CONFIG_MAPS, config_map("mine"))
            assert await watch.names(1) == ["ADDED mine"]


async def test_a_watch_from_a_forgotten_version_ends_with_expired() -> None:
    async with running() as api:
        await fill(api, 1)
        api.store.compact()
        async with api.watching(CONFIG_MAPS, resourceVersion="1") as watch:
            word, status = await watch.next()
    assert (word, status["code"], status["reason"]) == ("ERROR", 410, "Expired")


async def test_a_watcher_that_falls_behind_the_history_is_told_so() -> None:
    async with running(store=Store(watch_limit=4)) as api:
        await fill(api, 1)
        async with api.watching(CONFIG_MAPS) as watch:
            await watch.next()
            for number in range(12):
                await api.made(CONFIG_MAPS, config_map(f"x{number}"))
            words = [(await watch.next())[0]]
    assert words == ["ERROR"]


async def test_a_watch_ends_after_its_time_with_a_bookmark() -> None:
    async with running() as api:
        await api.settled()
        query = {
            "resourceVersion": str(api.store.version),
            "timeoutSeconds": "1",
            "allowWatchBookmarks": "true",
        }
        async with api.watching(CONFIG_MAPS, **query) as watch:
            await api.made(PODS, pod())
            assert await watch.rest() == ["BOOKMARK"]


async def test_watches_end_when_the_server_does() -> None:
    async with running() as api, api.watching(CONFIG_MAPS) as watch:
        api.store.close()
        assert await watch.rest() == []


async def test_a_version_of_the_future_is_refused() -> None:
    async with running() as api:
        answer = await api.get(CONFIG_MAPS, resourceVersion="9999")
    assert (answer.status, answer.body["reason"]) == (504, "Timeout")
    assert answer.headers["retry-after"] == "1"
