from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenter.embedded.node.rewriting import rewrite_hosts, rewrite_paths
from tenter.embedded.node.variables import Address

MOUNTS = {"/data": "/private/data", "/data/cache": "/private/cache", "/app/x.py": "/private/x.py"}
SERVICES = {
    ("shop", "web"): Address("127.5.5.5", {80: 80, 8080: 40000}),
    ("other", "db"): Address("127.6.6.6", {5432: 5432}),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/data", "/private/data"),
        ("/data/shop.db", "/private/data/shop.db"),
        ("--db=/data/shop.db", "--db=/private/data/shop.db"),
        (
            "cat '/data/a' >/data/b;ls /data",
            "cat '/private/data/a' >/private/data/b;ls /private/data",
        ),
        ("/data/cache/x", "/private/cache/x"),
        ("sqlite:////data/shop.db", "sqlite:////private/data/shop.db"),
        ("file:///data/x", "file:///private/data/x"),
        ("/data:/data/cache", "/private/data:/private/cache"),
        ("python /app/x.py", "python /private/x.py"),
    ],
)
def test_mount_paths_become_their_directories(text: str, expected: str) -> None:
    assert rewrite_paths(text, MOUNTS) == expected


@pytest.mark.parametrize(
    "text",
    [
        "/database",
        "/var/data",
        "data",
        "./data",
        "/data-old",
        "http://host/data",
        "x/data",
        "http://data/x",
    ],
)
def test_what_only_looks_like_a_mount_path_is_left(text: str) -> None:
    assert rewrite_paths(text, MOUNTS) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://web/x", "http://127.5.5.5/x"),
        ("http://web:8080/x", "http://127.5.5.5:40000/x"),
        ("http://web.shop/x", "http://127.5.5.5/x"),
        ("http://user:pw@web.shop.svc.cluster.local:80", "http://user:pw@127.5.5.5:80"),
        ("postgres://db.other.svc:5432/shop", "postgres://127.6.6.6:5432/shop"),
        ("--host web.shop.svc --port 80", "--host 127.5.5.5 --port 80"),
        ("db.other.svc.cluster.local:5432", "127.6.6.6:5432"),
    ],
)
def test_service_names_become_reachable_addresses(text: str, expected: str) -> None:
    assert rewrite_hosts(text, "shop", SERVICES) == expected


@pytest.mark.parametrize(
    "text",
    [
        "web",
        "web:8080",
        "http://webby/",
        "http://web.example.com/",
        "http://db/",
        "a.web.shop.svc",
        "echo web",
    ],
)
def test_other_names_are_left(text: str) -> None:
    assert rewrite_hosts(text, "shop", SERVICES) == text


@given(st.text())
def test_without_mounts_and_services_no_text_changes(text: str) -> None:
    assert rewrite_hosts(rewrite_paths(text, {}), "shop", {}) == text
