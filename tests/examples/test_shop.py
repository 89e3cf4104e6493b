"""The example's programs do their work, run here as they run in containers."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tenter.cli.demo.io_example import example_folder, read_revisions
from tenter.manifests import Document, Manifest, find_duplicates, read_documents

HOOK = "argocd.argoproj.io/hook"
ADDRESS = "http://127.0.0.1:1/x"
REVISIONS = read_revisions(example_folder(), ADDRESS)
ALL = range(1, len(REVISIONS) + 1)

Ended = subprocess.CompletedProcess[str]


def documents(number: int) -> list[Document]:
    return [
        document
        for name, text in REVISIONS[number - 1].items()
        for document in read_documents(text, name)
    ]


def named(number: int, kind: str, name: str) -> Manifest:
    for document in documents(number):
        metadata = document.manifest["metadata"]
        names = {metadata.get("name"), metadata.get("generateName")}
        if document.manifest["kind"] == kind and name in names:
            return document.manifest
    raise AssertionError(f"no {kind} {name}")


class Shop:
    """The shop's volume and its programs, in a temporary directory."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.data = root / "data"
        self.data.mkdir()
        self.database = self.data / "shop.db"

    def mount(self, number: int, config_map: str) -> Path:
        folder = self.root / f"{config_map}-{number}"
        folder.mkdir(exist_ok=True)
        for name, text in named(number, "ConfigMap", config_map)["data"].items():
            (folder / name).write_text(text, encoding="utf-8")
        return folder

    def environment(self, number: int, **more: str) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "DATABASE": str(self.database),
            "MIGRATIONS": str(self.mount(number, "shop-migrations")),
            **more,
        }

    def run(self, number: int, config_map: str, program: str, **more: str) -> Ended:
        return subprocess.run(
            [sys.executable, str(self.mount(number, config_map) / program)],
            env=self.environment(number, **more),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def migrate(self, number: int) -> Ended:
        return self.run(number, "shop-migrate", "migrate.py")

    def migrate_with_items(self, number: int) -> None:
        self.migrate(number)
        connection = sqlite3.connect(self.database)
        with connection:
            connection.execute("INSERT INTO items (sku, name) VALUES ('a', 'A')")
        connection.close()

    def restore(self, number: int) -> Ended:
        return self.run(number, "shop-migrate", "restore.py")

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        connection = sqlite3.connect(self.database)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def columns(self) -> list[object]:
        return [row[1] for row in self.ask("PRAGMA table_info(items)")]

    def schema(self) -> object:
        return self.ask("PRAGMA user_version")[0][0]

    def files(self) -> list[str]:
        return [file.name for file in self.data.iterdir()]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.mark.parametrize("number", ALL)
def test_each_revision_is_a_set_of_distinct_objects(number: int) -> None:
    found = documents(number)
    assert len(found) == 17
    assert find_duplicates(found, "shop") == []


def test_every_hook_phase_has_work_to_do() -> None:
    phases = {
        document.manifest["metadata"]["annotations"][HOOK]
        for document in documents(1)
        if document.manifest["kind"] == "Job"
    }
    assert phases == {"PreSync", "Sync", "PostSync", "SyncFail", "PreDelete", "PostDelete"}


def test_there_are_a_first_a_second_a_failing_and_a_fixed_revision() -> None:
    assert len(REVISIONS) == 4


@pytest.mark.parametrize("number", ALL)
def test_the_notifications_go_where_the_demo_wants_them(number: int) -> None:
    files = REVISIONS[number - 1]
    assert files["notifications.yaml"].count(ADDRESS) == 2
    assert not any("hooks.slack.com" in text for text in files.values())


def test_a_revision_only_replaces_files_of_the_first() -> None:
    assert {tuple(files) for files in REVISIONS} == {tuple(REVISIONS[0])}


def test_a_revision_keeps_what_the_ones_before_it_changed() -> None:
    fixed = REVISIONS[3]
    assert fixed["web.yaml"] == REVISIONS[2]["web.yaml"]
    assert fixed["migrations.yaml"] != REVISIONS[2]["migrations.yaml"]


@pytest.mark.parametrize("number", ALL)
def test_the_volume_outlives_every_sync_and_the_cascade(number: int) -> None:
    annotations = named(number, "PersistentVolumeClaim", "shop-data")["metadata"]["annotations"]
    assert annotations["argocd.argoproj.io/hook-delete-policy"] == "HookFailed"
    assert annotations["argocd.argoproj.io/sync-options"] == "Delete=false"


def test_the_first_migration_makes_the_table(shop: Shop) -> None:
    assert shop.migrate(1).returncode == 0
    assert (shop.schema(), shop.columns()) == (1, ["sku", "name"])


def test_a_migration_that_has_run_is_not_run_again(shop: Shop) -> None:
    shop.migrate(1)
    again = shop.migrate(1)
    assert again.returncode == 0
    assert "0 of 1 steps to go" in again.stdout


def test_the_second_revision_adds_the_stock(shop: Shop) -> None:
    shop.migrate(1)
    assert shop.migrate(2).returncode == 0
    assert shop.columns() == ["sku", "name", "stock"]
    assert shop.files() == ["shop.db"]


def test_the_broken_migration_fails_half_way_and_says_where(shop: Shop) -> None:
    shop.migrate_with_items(2)
    failed = shop.migrate(3)
    assert failed.returncode == 1
    assert "step 4 failed" in failed.stderr
    assert (shop.schema(), shop.columns()) == (3, ["sku", "name", "stock"])


def test_the_clean_up_restores_what_was_before_the_broken_migration(shop: Shop) -> None:
    shop.migrate_with_items(2)
    shop.migrate(3)
    assert "schema 3 goes back to 2" in shop.restore(3).stdout
    assert shop.schema() == 2
    assert shop.files() == ["shop.db"]


def test_the_clean_up_changes_nothing_where_no_migration_failed(shop: Shop) -> None:
    shop.migrate(2)
    assert shop.restore(2).stdout == "nothing to restore\n"
    assert shop.schema() == 2


def test_the_fix_works_after_the_clean_up(shop: Shop) -> None:
    shop.migrate_with_items(2)
    shop.migrate(3)
    shop.restore(3)
    assert shop.migrate(4).returncode == 0
    assert (shop.schema(), shop.columns()) == (4, ["sku", "name", "stock", "price_cents"])


@pytest.fixture
def address(shop: Shop) -> Iterator[dict[str, str]]:
    """The web process over a fresh database; gives what its clients find in their environment."""
    shop.migrate(1)
    environment = shop.environment(
        1, ADDRESS="127.0.0.1", PORT="0", VERSION="1", SCHEMA="1", TOKEN="t0ken", TITLE="A shop"
    )
    with subprocess.Popen(
        [sys.executable, str(shop.mount(1, "shop-programs") / "web.py")],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        port = process.stdout.readline().split()[-1]
        yield {"SHOP_SERVICE_HOST": "127.0.0.1", "SHOP_SERVICE_PORT": port, "TOKEN": "t0ken"}
        process.terminate()
        process.communicate()
    assert process.returncode == 0


def stock_shelves(shop: Shop, address: dict[str, str]) -> Ended:
    items = str(shop.mount(1, "shop-catalogue") / "items.csv")
    return shop.run(1, "shop-programs", "stock_shelves.py", CATALOGUE=items, **address)


def smoke_test(shop: Shop, address: dict[str, str], number: int = 1) -> Ended:
    return shop.run(number, "shop-programs", "smoke_test.py", **address)


def test_the_catalogue_is_put_on_sale_and_the_smoke_test_passes(
    shop: Shop, address: dict[str, str]
) -> None:
    assert stock_shelves(shop, address).returncode == 0
    passed = smoke_test(shop, address)
    assert passed.returncode == 0, passed.stdout
    assert "sku: hook-01, name: Tenterhook" in passed.stdout


def test_the_catalogue_can_be_put_on_sale_again(shop: Shop, address: dict[str, str]) -> None:
    stock_shelves(shop, address)
    assert stock_shelves(shop, address).returncode == 0
    assert shop.ask("SELECT count(*) FROM items") == [(3,)]


def test_without_the_token_nothing_is_put_on_sale(shop: Shop, address: dict[str, str]) -> None:
    assert stock_shelves(shop, {**address, "TOKEN": "guessed"}).returncode == 1
    assert shop.ask("SELECT count(*) FROM items") == [(0,)]


def test_the_smoke_test_fails_where_nothing_is_on_sale(shop: Shop, address: dict[str, str]) -> None:
    failed = smoke_test(shop, address)
    assert failed.returncode == 1
    assert "FAIL there is something on sale" in failed.stdout


def test_the_smoke_test_fails_where_the_schema_is_old(shop: Shop, address: dict[str, str]) -> None:
    stock_shelves(shop, address)
    failed = smoke_test(shop, address, number=2)
    assert failed.returncode == 1
    assert "FAIL the schema is the newest" in failed.stdout


def test_the_shop_serves_on_while_its_database_is_migrated_and_restored(
    shop: Shop, address: dict[str, str]
) -> None:
    stock_shelves(shop, address)
    shop.migrate(3)
    assert "schema 3" in smoke_test(shop, address).stdout
    shop.restore(3)
    assert smoke_test(shop, address).returncode == 0


def test_the_last_look_tells_what_was_on_sale(shop: Shop, address: dict[str, str]) -> None:
    stock_shelves(shop, address)
    looked = shop.run(1, "shop-programs", "last_look.py", **address)
    assert looked.returncode == 0
    assert looked.stdout.endswith("3 items\n")
