import random

import pytest
from tests.applications.shop import Shop, config

from tenter.applications import history
from tenter.applications.saved_source import saved_source
from tenter.applications.secrets import StateSecrets
from tenter.applications.session import Session
from tenter.applications.state import ABOUT, About, State, decode_state, encode_parts
from tenter.embedded.access import Denial
from tenter.errors import Conflict, Forbidden, StateError
from tenter.sources import GitSource, LocalSource

NOISE = random.Random(1)


def secrets(shop: Shop, holder: str = "me") -> StateSecrets:
    return StateSecrets(shop.client, "shop", "default", holder)


async def test_nothing_is_there_before_the_first_save(shop: Shop) -> None:
    assert await secrets(shop).load() is None


async def test_what_was_saved_is_loaded_again(shop: Shop) -> None:
    mine = secrets(shop)
    await mine.load()
    await mine.save({"a": b"one", "b": b"two"})
    await mine.save({"b": b"three"})

    assert await secrets(shop).load() == {"a": b"one", "b": b"three"}


async def test_an_empty_part_is_forgotten(shop: Shop) -> None:
    mine = secrets(shop)
    await mine.load()
    await mine.save({"a": b"one", "b": b"two"})
    await mine.save({"a": b""})

    assert await secrets(shop).load() == {"b": b"two"}


async def test_what_is_too_large_for_one_secret_is_kept_in_chunks(shop: Shop) -> None:
    large = NOISE.randbytes(1_300_000)
    mine = secrets(shop)
    await mine.load()
    await mine.save({"large": large, "small": b"x"})

    assert await secrets(shop).load() == {"large": large, "small": b"x"}
    assert len(await shop.names("Secret")) == 4


async def test_chunks_that_nothing_names_any_more_go(shop: Shop) -> None:
    mine = secrets(shop)
    await mine.load()
    await mine.save({"large": NOISE.randbytes(700_000)})
    await mine.save({"large": b"small now"})

    assert await shop.names("Secret") == ["tenter.shop"]


async def test_deleting_takes_every_chunk(shop: Shop) -> None:
    mine = secrets(shop)
    await mine.load()
    await mine.save({"large": NOISE.randbytes(700_000)})
    await mine.delete()

    assert await shop.names("Secret") == []


async def test_a_deletion_that_is_cut_short_leaves_nothing_that_another_would_not_find(
    shop: Shop,
) -> None:
    mine = secrets(shop)
    await mine.load()
    await mine.save({"large": NOISE.randbytes(700_000), "small": b"x"})
    shop.cluster.access.denials.append(Denial(verb="delete", name="tenter.shop"))
    with pytest.raises(Forbidden):
        await mine.delete()
    assert await shop.names("Secret") == ["tenter.shop"]

    shop.cluster.access.denials.clear()
    again = secrets(shop)
    assert await again.load() == {"small": b"x"}
    await again.delete()
    assert await shop.names("Secret") == []


async def test_a_wish_that_comes_in_between_does_not_stop_a_deletion(shop: Shop) -> None:
    mine = secrets(shop)
    await mine.load()
    await mine.save({"large": NOISE.randbytes(700_000)})
    await secrets(shop).annotate({"tenter.dev/terminate": "now"})
    await mine.delete()
    assert await shop.names("Secret") == []


async def test_a_save_over_anothers_is_a_conflict(shop: Shop) -> None:
    mine, theirs = secrets(shop), secrets(shop, "they")
    await mine.load()
    await theirs.load()
    await theirs.save({"a": b"theirs"})

    with pytest.raises(Conflict):
        await mine.save({"a": b"mine"})


async def test_an_annotation_of_another_survives_a_save(shop: Shop) -> None:
    mine = secrets(shop)
    await mine.load()
    await mine.save({"a": b"one"})
    await secrets(shop).annotate({"note": "kept"})
    await mine.reread()
    await mine.save({"a": b"two"})

    assert (await shop.get("Secret", "tenter.shop"))["metadata"]["annotations"] == {"note": "kept"}


async def test_a_secret_that_is_not_ours_is_left_alone(shop: Shop) -> None:
    resource = await shop.client.resource("", "Secret")
    foreign = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "tenter.shop"}}
    await shop.client.create(resource, foreign, namespace="default")

    with pytest.raises(StateError, match="not one of Tenter's"):
        await secrets(shop).load()


async def test_a_missing_chunk_is_an_error_that_names_it(shop: Shop) -> None:
    mine = secrets(shop)
    await mine.load()
    await mine.save({"large": NOISE.randbytes(700_000)})
    resource = await shop.client.resource("", "Secret")
    chunk = next(name for name in await shop.names("Secret") if name.endswith(".0"))
    await shop.client.delete(resource, "default", chunk)

    with pytest.raises(StateError, match=chunk):
        await secrets(shop).load()


async def test_state_that_someone_deletes_during_a_sync_is_written_anew(shop: Shop) -> None:
    shop.write(config("settings"))
    await shop.sync()
    async with Session(shop.client, shop.environment, "shop", "default", "me") as session:
        resource = await shop.client.resource("", "Secret")
        await shop.client.delete(resource, "default", "tenter.shop")
        await session.keep(ABOUT)

    assert len(await history(shop.workplace(), "shop", "default")) == 1


async def test_a_sync_too_large_for_one_secret_is_remembered(shop: Shop) -> None:
    blob = NOISE.randbytes(400_000).hex()
    shop.write(config("one", blob=blob) + config("two", blob=blob[::-1]))
    await shop.sync(keep_manifests=True)

    assert (await shop.sync(keep_manifests=True)).phase == "Succeeded"


def test_a_state_survives_its_encoding() -> None:
    state = State(
        about=About(
            application="shop",
            namespace="default",
            source=saved_source(GitSource(repository="https://example.com/a.git", path="x")),
        )
    )

    assert decode_state(encode_parts(state), "here") == state


def test_the_state_of_a_newer_format_is_refused() -> None:
    state = State(about=About(format=99, application="shop", namespace="default"))

    with pytest.raises(StateError, match="newer Tenter"):
        decode_state(encode_parts(state), "here")


def test_unreadable_state_says_what_to_do() -> None:
    with pytest.raises(StateError, match="delete it to begin anew"):
        decode_state({"about": b"{"}, "here")


def test_a_local_path_is_saved_absolute() -> None:
    assert saved_source(LocalSource(path="../shop"), "/home/me/work").address == "/home/me/shop"


def test_a_repositorys_address_is_saved_as_it_is() -> None:
    source = saved_source(GitSource(repository="git@example.com:a/b.git"), "/home/me")

    assert source.address == "git@example.com:a/b.git"


def test_another_revision_of_a_place_is_the_same_place() -> None:
    old = GitSource(repository="https://example.com/a.git", revision="v1")
    new = GitSource(repository="https://example.com/a.git", revision="v2")

    assert saved_source(old).same_place(saved_source(new))
    assert saved_source(old).at("v2") == new
