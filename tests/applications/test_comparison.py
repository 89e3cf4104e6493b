"""How an application stands, and at what cost."""

import msgspec
from tests.applications.shop import Shop, config, job, results
from tests.runner.writes import Counting

from tenter.applications import Application, Outcome, SyncRequest, overview, sync
from tenter.applications.overview import Overview, SyncStatus
from tenter.diff import IgnoreRule
from tenter.kube import Client, Request, Response, Transport
from tenter.runner.comparing import Answers
from tenter.sources import LocalSource

MANY = "".join(config(f"settings-{n}", colour="blue") for n in range(5))


class ReadsCounted(Counting):
    """Keeps which objects were read one by one."""

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport)
        self.named: list[str] = []

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        if request.method == "GET" and "/configmaps/" in request.path:
            self.named.append(request.path)
        return await super().send(request, timeout=timeout)


def request(
    shop: Shop, *options: str, ignore: tuple[IgnoreRule, ...] = (), prune: bool = False
) -> SyncRequest:
    application = Application(
        name="shop",
        source=LocalSource(path=str(shop.folder)),
        namespace="default",
        ignore_differences=ignore,
    )
    return SyncRequest(application=application, options=options, prune=prune)


async def synced(shop: Shop, *options: str, ignore: tuple[IgnoreRule, ...] = ()) -> Outcome:
    return await sync(request(shop, *options, ignore=ignore), shop.workplace())


async def change(shop: Shop, kind: str, name: str, patch: object, group: str = "") -> None:
    resource = await shop.client.resource(group, kind)
    await shop.client.patch(resource, "default", name, patch, field_manager="someone")


async def stands(shop: Shop) -> Overview:
    return await overview(shop.workplace(), "shop", "default")


async def test_an_application_in_sync_asks_for_no_dry_run(shop: Shop) -> None:
    shop.write(MANY + job("name: load"))
    await shop.sync()
    counting = Counting(shop.cluster.transport())
    client = Client(counting, shop.environment)

    found = await overview(shop.workplace(client=client), "shop", "default")

    assert found.status is SyncStatus.SYNCED
    assert counting.writes == []


async def test_what_someone_changed_is_out_of_sync(shop: Shop) -> None:
    shop.write(MANY)
    await shop.sync()
    await change(shop, "ConfigMap", "settings-3", {"data": {"colour": "red"}})

    found = await stands(shop)

    assert [o.key.name for o in found.objects if o.status is SyncStatus.OUT_OF_SYNC] == [
        "settings-3"
    ]


async def test_what_someone_added_is_no_difference(shop: Shop) -> None:
    shop.write(MANY)
    await shop.sync()
    await change(shop, "ConfigMap", "settings-3", {"data": {"theirs": "1"}})

    assert (await stands(shop)).status is SyncStatus.SYNCED


async def test_an_ignored_difference_is_none(shop: Shop) -> None:
    shop.write(MANY)
    await synced(shop, ignore=(IgnoreRule(kind="ConfigMap", pointers=("/data/colour",)),))
    await change(shop, "ConfigMap", "settings-3", {"data": {"colour": "red"}})

    assert (await stands(shop)).status is SyncStatus.SYNCED


async def test_a_difference_is_confirmed_by_the_server_once(shop: Shop) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: '1', b: '2'}\n"
    shop.write(text)
    await shop.sync()
    shop.write(text.replace("b: '2'", "b: '3'"))
    counting = Counting(shop.cluster.transport())
    workplace = shop.workplace(client=Client(counting, shop.environment), answers=Answers())

    statuses = [(await overview(workplace, "shop", "default")).status for _ in range(2)]

    assert statuses == [SyncStatus.OUT_OF_SYNC, SyncStatus.OUT_OF_SYNC]
    assert counting.writes == ["PATCH a (dry run)"]


async def test_an_extraneous_object_that_says_so_does_not_count(shop: Shop) -> None:
    extra = config("extra").replace(
        "{name: extra}",
        "{name: extra, annotations: {argocd.argoproj.io/compare-options: IgnoreExtraneous}}",
    )
    shop.write(MANY + extra)
    await shop.sync()
    shop.write(MANY)

    found = await stands(shop)

    assert found.status is SyncStatus.SYNCED
    assert [o.key.name for o in found.objects if o.requires_pruning] == ["extra"]


async def test_an_entry_that_a_secret_dropped_goes(shop: Shop) -> None:
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: x, b: y}\n"
    shop.write(secret)
    await shop.sync()
    shop.write(secret.replace(", b: y", ""))
    await shop.sync()

    assert (await shop.get("Secret", "s"))["data"] == {"a": "eA=="}


async def test_only_what_is_out_of_sync_is_applied_when_asked(shop: Shop) -> None:
    shop.write(MANY + job("name: migrate", hook="PreSync"))
    await synced(shop, "ApplyOutOfSyncOnly=true")
    await change(shop, "ConfigMap", "settings-3", {"data": {"colour": "red"}})

    outcome = await synced(shop, "ApplyOutOfSyncOnly=true")

    assert [name for name, _ in results(outcome)] == ["migrate", "settings-3"]
    assert (await shop.get("ConfigMap", "settings-3"))["data"] == {"colour": "blue"}


async def test_what_was_left_out_as_in_sync_is_still_the_applications(shop: Shop) -> None:
    shop.write(MANY)
    await synced(shop)
    await synced(shop, "ApplyOutOfSyncOnly=true")
    shop.write(config("settings-0", colour="blue"))

    await shop.sync(prune=True)

    assert await shop.names("ConfigMap") == ["settings-0"]


def test_the_options_survive_a_restart() -> None:
    options = Application(
        name="shop",
        source=LocalSource(path="."),
        namespace="default",
        ignore_differences=(IgnoreRule(kind="Secret", pointers=("/data",)),),
    ).options(["RespectIgnoreDifferences=true"])

    again = msgspec.json.decode(msgspec.json.encode(options), type=type(options))

    assert again == options


async def test_many_objects_to_prune_are_looked_up_by_lists(shop: Shop) -> None:
    shop.write(MANY)
    await shop.sync()
    shop.write(config("other"))
    counted = ReadsCounted(shop.cluster.transport())
    client = Client(counted, shop.environment)

    outcome = await sync(request(shop, prune=True), shop.workplace(client=client))

    assert [message for _, message in results(outcome)].count("pruned") == 5
    assert counted.named == []


async def test_fields_that_validation_lets_pass_are_no_difference(shop: Shop) -> None:
    text = config("settings", colour="blue").replace("\ndata:", "\noops: 1\ndata:")
    shop.write(text)
    outcome = await synced(shop, "Validate=false")
    assert outcome.operation_state["phase"] == "Succeeded"

    assert (await stands(shop)).status is SyncStatus.SYNCED


async def test_what_a_sync_does_not_take_over_is_no_difference(shop: Shop) -> None:
    shop.write(config("settings", colour="blue"))
    await synced(shop, "ClientSideApplyMigration=false")
    resource = await shop.client.resource("", "ConfigMap")
    theirs = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings", "namespace": "default"},
        "data": {"old": "1"},
    }
    await shop.client.apply(resource, theirs, field_manager="argocd-controller")

    assert (await stands(shop)).status is SyncStatus.SYNCED


async def test_what_the_next_sync_takes_over_and_away_is_a_difference(shop: Shop) -> None:
    shop.write(config("settings", colour="blue"))
    await shop.sync()
    resource = await shop.client.resource("", "ConfigMap")
    theirs = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings", "namespace": "default"},
        "data": {"old": "1"},
    }
    await shop.client.apply(resource, theirs, field_manager="argocd-controller")

    assert (await stands(shop)).status is SyncStatus.OUT_OF_SYNC
    await shop.sync()
    assert (await stands(shop)).status is SyncStatus.SYNCED
