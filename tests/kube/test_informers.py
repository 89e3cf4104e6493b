import asyncio
from collections.abc import Awaitable, Callable

import pytest
from tests.kube.scripted import (
    CONFIG_MAPS,
    NAMESPACES,
    Answer,
    Held,
    Script,
    ScriptedTransport,
    client_of,
    config_map,
    environment,
    list_of,
    query_of,
    refusal,
    run,
)

from tenter import errors
from tenter.kube import Change, Informers, Response, Scope
from tenter.manifests import GroupKind, Key

EXPIRED = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"}


def key(name: str, namespace: str = "shop") -> Key:
    return Key("", "ConfigMap", namespace, name)


class Scene:
    """Informers over a scripted transport, and everything they told."""

    def __init__(self, transport: ScriptedTransport, informers: Informers) -> None:
        self.transport = transport
        self.informers = informers
        self.changes: list[Change] = []
        self.lists: list[Scope] = []
        informers.on_change(self.changes.append)
        informers.on_relisted(self.lists.append)

    @property
    def told(self) -> list[str]:
        """The changes in short: ``+a@1`` seen, ``-a@1`` gone."""
        return [
            f"{'-' if each.deleted else '+'}{each.key.name}@{each.resource_version}"
            for each in self.changes
        ]

    async def until_told(self, count: int) -> list[str]:
        async with asyncio.timeout(600):
            while len(self.changes) < count:
                await self._next_change()
        return self.told

    async def _next_change(self) -> None:
        changed = asyncio.Event()
        stop = self.informers.on_change(lambda _: changed.set())
        await changed.wait()
        stop()


def play(
    act: Callable[[Scene], Awaitable[None]],
    *answers: Answer,
    streams: tuple[Script | Answer, ...] = (),
    tries: int = 1,
) -> Scene:
    """Run ``act`` with informers whose lists and streams are as scripted."""
    transport = ScriptedTransport(*answers, streams=streams)

    async def main() -> Scene:
        async with Informers(client_of(transport, tries=tries), environment()) as informers:
            scene = Scene(transport, informers)
            await act(scene)
            return scene

    return run(main())


async def watch_shop(scene: Scene) -> None:
    await scene.informers.watch(CONFIG_MAPS, "shop")


def test_a_watch_returns_when_the_first_list_is_in() -> None:
    async def act(scene: Scene) -> None:
        await watch_shop(scene)
        assert scene.informers.get(key("a")) == config_map("a", "1")
        assert scene.told == ["+a@1", "+b@2"]

    play(act, list_of("5", config_map("a", "1"), config_map("b", "2")))


def test_what_is_not_there_is_none() -> None:
    async def act(scene: Scene) -> None:
        await watch_shop(scene)
        assert scene.informers.get(key("a")) is None
        assert scene.informers.covers(key("a"))
        assert not scene.informers.covers(key("a", "elsewhere"))

    play(act, list_of("5"))


def test_changes_are_told_in_the_order_of_the_stream() -> None:
    stream = (
        Script()
        .event("ADDED", config_map("b", "6"))
        .event("MODIFIED", config_map("a", "7"))
        .event("DELETED", config_map("b", "8"))
    )

    async def act(scene: Scene) -> None:
        await watch_shop(scene)
        assert await scene.until_told(4) == ["+a@1", "+b@6", "+a@7", "-b@8"]
        assert scene.informers.get(key("b")) is None
        assert scene.informers.items(CONFIG_MAPS, "shop") == [config_map("a", "7")]

    play(act, list_of("5", config_map("a", "1")), streams=(stream,))


def test_a_deletion_tells_the_last_state_and_its_uid() -> None:
    stream = Script().event("DELETED", config_map("a", "9", last="words"))

    async def act(scene: Scene) -> None:
        await watch_shop(scene)
        await scene.until_told(2)
        gone = scene.changes[-1]
        assert (gone.deleted, gone.uid) == (True, "uid-a")
        assert gone.object["data"] == {"last": "words"}

    play(act, list_of("5", config_map("a", "1")), streams=(stream,))


def test_the_stream_goes_on_where_the_list_ended() -> None:
    stream = Script().event("ADDED", config_map("a", "6"))

    async def act(scene: Scene) -> None:
        await watch_shop(scene)
        await scene.until_told(1)
        assert query_of(scene.transport.opened[0])["resourceVersion"] == "5"

    play(act, list_of("5"), streams=(stream,))


@pytest.mark.parametrize("end", ["ended", "broken"])
def test_a_stream_that_ends_is_resumed_from_the_last_version_seen(end: str) -> None:
    first = Script().event("ADDED", config_map("a", "6"))
    first = first.end() if end == "ended" else first.broken()
    second = Script().event("MODIFIED", config_map("a", "7"))

    async def act(scene: Scene) -> None:
        await watch_shop(scene)
        assert await scene.until_told(2) == ["+a@6", "+a@7"]
        assert query_of(scene.transport.opened[1])["resourceVersion"] == "6"
        assert len(scene.transport.requests) == 1

    play(act, list_of("5"), streams=(first, second))


def test_a_bookmark_moves_the_version_from_which_is_resumed() -> None:
    bookmark = {"kind": "ConfigMap", "metadata": {"resourceVersion": "90"}}
    streams = (
        Script().event("BOOKMARK", bookmark).end(),
        Script().event("ADDED", config_map("a", "91")),
    )

    async def act(scene: Scene) -> None:
        await watch_shop(scene)
        assert await scene.until_told(1) == ["+a@91"]
        assert query_of(scene.transport.opened[1])["resourceVersion"] == "90"

    play(act, list_of("5"), streams=streams)


@pytest.mark.parametrize("where", ["opening", "stream"])
def test_a_version_too_old_is_answered_by_a_new_list_whose_differences_are_told(
    where: str,
) -> None:
    expired: Script | Response = refusal(410, "Expired")
    if where == "stream":
        expired = Script().event("ERROR", EXPIRED)

    async def act(scene: Scene) -> None:
        await watch_shop(scene)
        first, then = ["+same@1", "+old@2", "+gone@3"], ["-gone@3", "+old@8", "+new@9"]
        assert await scene.until_told(6) == [*first, *then]
        assert "resourceVersion" not in query_of(scene.transport.requests[1])

    play(
        act,
        list_of("5", config_map("same", "1"), config_map("old", "2"), config_map("gone", "3")),
        list_of("9", config_map("same", "1"), config_map("old", "8"), config_map("new", "9")),
        streams=(expired,),
    )


def test_an_object_that_was_made_anew_meanwhile_is_told_as_gone_and_then_seen() -> None:
    async def act(scene: Scene) -> None:
        await watch_shop(scene)
        assert await scene.until_told(3) == ["+a@1", "-a@1", "+a@8"]
        assert [change.uid for change in scene.changes] == ["first", "first", "second"]

    play(
        act,
        list_of("5", config_map("a", "1", uid="first")),
        list_of("9", config_map("a", "8", uid="second")),
        streams=(refusal(410, "Expired"),),
    )


def test_each_whole_list_is_told_after_its_differences() -> None:
    async def act(scene: Scene) -> None:
        order: list[str] = []
        scene.informers.on_change(lambda change: order.append(change.key.name))
        scene.informers.on_relisted(lambda scope: order.append(str(scope)))
        await watch_shop(scene)
        await scene.until_told(2)
        await asyncio.sleep(0)
        assert order == ["a", "ConfigMap in namespace shop", "b", "ConfigMap in namespace shop"]

    play(
        act,
        list_of("5", config_map("a", "1")),
        list_of("9", config_map("a", "1"), config_map("b", "8")),
        streams=(refusal(410, "Expired"),),
    )


def test_a_stream_that_cannot_be_opened_is_tried_again_ever_more_slowly() -> None:
    broken = errors.ClusterUnreachable("connection refused")
    stream = Script().event("ADDED", config_map("a", "6"))

    async def act(scene: Scene) -> None:
        await watch_shop(scene)
        before = asyncio.get_running_loop().time()
        await scene.until_told(1)
        spent = asyncio.get_running_loop().time() - before
        bounds = 0.2 + 0.4 + 0.8 + 1.6
        assert bounds / 2 <= spent <= bounds

    play(act, list_of("5"), streams=(broken, broken, broken, broken, stream))


def test_the_waits_start_over_once_something_was_told() -> None:
    broken = errors.ClusterUnreachable("connection refused")
    told = Script().event("ADDED", config_map("a", "6")).broken()
    last = Script().event("ADDED", config_map("b", "7"))

    async def act(scene: Scene) -> None:
        await watch_shop(scene)
        await scene.until_told(1)
        before = asyncio.get_running_loop().time()
        await scene.until_told(2)
        assert asyncio.get_running_loop().time() - before <= 0.2

    play(act, list_of("5"), streams=(broken, broken, broken, broken, told, broken, last))


def test_a_quiet_stream_that_ends_in_its_time_is_resumed_at_once() -> None:
    quiet = [Script().say(60.0).end() for _ in range(3)]
    last = Script().event("ADDED", config_map("a", "6"))

    async def act(scene: Scene) -> None:
        await watch_shop(scene)
        before = asyncio.get_running_loop().time()
        await scene.until_told(1)
        assert asyncio.get_running_loop().time() - before == pytest.approx(180.0)

    play(act, list_of("5"), streams=(*quiet, last))


def test_a_stream_that_ends_at_once_again_and_again_is_not_reopened_in_a_rush() -> None:
    hasty = [Script().end() for _ in range(3)]
    last = Script().event("ADDED", config_map("a", "6"))

    async def act(scene: Scene) -> None:
        await watch_shop(scene)
        before = asyncio.get_running_loop().time()
        await scene.until_told(1)
        assert asyncio.get_running_loop().time() - before >= (0.2 + 0.4 + 0.8) / 2

    play(act, list_of("5"), streams=(*hasty, last))


def test_a_server_with_too_many_requests_is_given_the_time_it_asks_for() -> None:
    busy = refusal(429, headers={"retry-after": "20"})
    stream = Script().event("ADDED", config_map("a", "6"))

    async def act(scene: Scene) -> None:
        await watch_shop(scene)
        before = asyncio.get_running_loop().time()
        await scene.until_told(1)
        assert 20 <= asyncio.get_running_loop().time() - before <= 20.5

    play(act, list_of("5"), streams=(busy, stream))


def test_a_trouble_is_told_while_it_lasts() -> None:
    broken = errors.ClusterUnreachable("connection refused")
    stream = Script().event("ADDED", config_map("a", "6"))

    async def act(scene: Scene) -> None:
        await watch_shop(scene)
        await asyncio.sleep(0.01)
        (trouble,) = scene.informers.troubles
        assert "ConfigMap in namespace shop is not followed" in trouble
        assert "connection refused" in trouble
        await scene.until_told(1)
        assert scene.informers.troubles == ()

    play(act, list_of("5"), streams=(broken, stream))


def test_the_objects_of_a_kind_that_goes_are_gone() -> None:
    async def act(scene: Scene) -> None:
        await watch_shop(scene)
        assert await scene.until_told(2) == ["+a@1", "-a@1"]

    play(act, list_of("5", config_map("a", "1")), streams=(refusal(404, "NotFound"),))


def test_a_kind_that_comes_back_is_listed_again() -> None:
    async def act(scene: Scene) -> None:
        await watch_shop(scene)
        assert await scene.until_told(3) == ["+a@1", "-a@1", "+b@8"]

    play(
        act,
        list_of("5", config_map("a", "1")),
        list_of("9", config_map("b", "8")),
        streams=(refusal(404, "NotFound"),),
    )


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal(403, "Forbidden"), errors.Forbidden),
        (refusal(404, "NotFound"), errors.NotFound),
        (errors.ClusterUnreachable("down"), errors.ClusterUnreachable),
    ],
)
def test_a_first_list_that_fails_is_told_to_who_asked(
    answer: Response | Exception, expected: type[Exception]
) -> None:
    async def act(scene: Scene) -> None:
        with pytest.raises(expected):
            await watch_shop(scene)
        assert not scene.informers.covers(key("a"))

    play(act, answer)


def test_a_scope_that_failed_may_be_asked_for_again() -> None:
    async def act(scene: Scene) -> None:
        with pytest.raises(errors.Forbidden):
            await watch_shop(scene)
        await watch_shop(scene)
        assert scene.told == ["+a@1"]

    play(act, refusal(403, "Forbidden"), list_of("5", config_map("a", "1")))


def test_a_scope_asked_for_by_many_is_listed_once() -> None:
    async def act(scene: Scene) -> None:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(4):
                tasks.create_task(watch_shop(scene))
        assert len(scene.transport.requests) == 1

    play(act, list_of("5"))


def test_a_scope_within_a_wider_one_is_not_followed_again() -> None:
    async def act(scene: Scene) -> None:
        await scene.informers.watch(CONFIG_MAPS)
        await watch_shop(scene)
        await scene.informers.watch(CONFIG_MAPS, "shop", name="a")
        assert len(scene.transport.requests) == 1

    play(act, list_of("5"))


def test_an_object_within_two_scopes_is_told_by_the_narrower_one_alone() -> None:
    narrow, wide = Script(), Script()
    wide.event("MODIFIED", config_map("a", "6.5"))
    wide.event("ADDED", config_map("b", "8", namespace="other"))

    async def act(scene: Scene) -> None:
        await watch_shop(scene)
        await scene.informers.watch(CONFIG_MAPS)
        assert await scene.until_told(2) == ["+a@1", "+b@8"]
        narrow.event("MODIFIED", config_map("a", "9"))
        assert await scene.until_told(3) == ["+a@1", "+b@8", "+a@9"]

    play(
        act,
        list_of("5", config_map("a", "1")),
        list_of("7", config_map("a", "6")),
        streams=(narrow, wide),
    )


def test_a_wider_list_that_lacks_an_object_of_a_narrower_scope_does_not_delete_it() -> None:
    async def act(scene: Scene) -> None:
        await watch_shop(scene)
        await scene.informers.watch(CONFIG_MAPS)
        assert scene.told == ["+a@6"]

    play(act, list_of("7", config_map("a", "6")), list_of("5"))


def test_a_wider_scope_tells_the_objects_of_a_narrower_one_that_failed() -> None:
    held = Held(refusal(403, "Forbidden"))

    async def act(scene: Scene) -> None:
        async def narrow() -> None:
            with pytest.raises(errors.Forbidden):
                await watch_shop(scene)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(narrow())
            await asyncio.sleep(1)
            tasks.create_task(scene.informers.watch(CONFIG_MAPS))
            await asyncio.sleep(1)
            held.released.set()
        assert scene.told == ["+a@1"]

    play(act, held, list_of("5", config_map("a", "1")))


def test_a_narrow_scope_is_tried_by_itself_where_the_wider_one_is_forbidden() -> None:
    async def act(scene: Scene) -> None:
        async def wide() -> None:
            with pytest.raises(errors.Forbidden):
                await scene.informers.watch(CONFIG_MAPS)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(wide())
            tasks.create_task(watch_shop(scene))
        assert scene.told == ["+a@1"]

    play(act, refusal(403, "Forbidden"), list_of("5", config_map("a", "1")))


def test_a_named_watch_asks_for_that_object_only() -> None:
    async def act(scene: Scene) -> None:
        await scene.informers.watch(CONFIG_MAPS, "shop", name="a")
        await scene.until_told(2)
        for request in (scene.transport.requests[0], scene.transport.opened[0]):
            assert query_of(request)["fieldSelector"] == "metadata.name=a"

    stream = Script().event("MODIFIED", config_map("a", "6"))
    play(act, list_of("5", config_map("a", "1")), streams=(stream,))


def test_a_cluster_scoped_kind_is_followed_in_no_namespace() -> None:
    shop = config_map("shop", "1")
    del shop["metadata"]["namespace"]

    async def act(scene: Scene) -> None:
        await scene.informers.watch(NAMESPACES, "ignored")
        assert scene.informers.get(Key("", "Namespace", "", "shop")) is not None
        assert scene.lists == [Scope(GroupKind("", "Namespace"))]

    play(act, list_of("5", shop))


def test_managed_fields_are_not_kept() -> None:
    fat, fatter = config_map("a", "1"), config_map("a", "6")
    for manifest in (fat, fatter):
        manifest["metadata"]["managedFields"] = [{"manager": "x"}]

    async def act(scene: Scene) -> None:
        await watch_shop(scene)
        await scene.until_told(2)
        assert all("managedFields" not in change.object["metadata"] for change in scene.changes)

    play(act, list_of("5", fat), streams=(Script().event("MODIFIED", fatter),))


def test_items_are_those_of_the_namespace_asked_for() -> None:
    here, there = config_map("a", "1"), config_map("b", "2", namespace="other")

    async def act(scene: Scene) -> None:
        await scene.informers.watch(CONFIG_MAPS)
        assert scene.informers.items(CONFIG_MAPS, "other") == [there]
        assert scene.informers.items(CONFIG_MAPS) == [here, there]

    play(act, list_of("5", here, there))


def test_a_callback_that_was_taken_back_is_not_called() -> None:
    async def act(scene: Scene) -> None:
        heard: list[Change] = []
        stop = scene.informers.on_change(heard.append)
        stop()
        await watch_shop(scene)
        assert heard == []

    play(act, list_of("5", config_map("a", "1")))


def test_a_callback_that_fails_ends_the_block_with_its_error() -> None:
    def fail(_: Change) -> None:
        raise ValueError("a listener's mistake")

    async def act(scene: Scene) -> None:
        scene.informers.on_change(fail)
        await watch_shop(scene)

    with pytest.raises(ValueError, match="a listener's mistake"):
        play(act, list_of("5", config_map("a", "1")))


def test_a_callbacks_own_cluster_error_is_not_taken_for_the_streams() -> None:
    def fail(_: Change) -> None:
        raise errors.NotFound("elsewhere", code=404)

    async def act(scene: Scene) -> None:
        scene.informers.on_change(fail)
        await watch_shop(scene)

    with pytest.raises(RuntimeError, match="a listener of the informers failed"):
        play(act, list_of("5", config_map("a", "1")))


def test_the_blocks_own_error_comes_out_as_it_is() -> None:
    async def act(scene: Scene) -> None:
        await watch_shop(scene)
        raise errors.UsageError("no") from KeyError("cause")

    with pytest.raises(errors.UsageError) as caught:
        play(act, list_of("5"))
    assert isinstance(caught.value.__cause__, KeyError)


def test_leaving_the_block_closes_every_stream() -> None:
    stream = Script().event("ADDED", config_map("a", "6"))

    async def act(scene: Scene) -> None:
        await watch_shop(scene)
        await scene.until_told(1)

    play(act, list_of("5"), streams=(stream,))
    assert stream.closed


def test_closed_informers_keep_what_they_saw_and_follow_nothing_more() -> None:
    stream = Script().event("ADDED", config_map("a", "6"))

    async def act(scene: Scene) -> None:
        await watch_shop(scene)
        await scene.until_told(1)
        await scene.informers.aclose()
        assert stream.closed
        assert scene.informers.get(key("a")) is not None
        with pytest.raises(RuntimeError, match="closed"):
            await scene.informers.watch(NAMESPACES)

    play(act, list_of("5"), streams=(stream,))


def test_who_waits_for_a_list_is_told_when_the_informers_close() -> None:
    async def act(scene: Scene) -> None:
        async def wait() -> None:
            with pytest.raises(RuntimeError, match="was closed"):
                await watch_shop(scene)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(wait())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await scene.informers.aclose()

    play(act, refusal(503), tries=5)
