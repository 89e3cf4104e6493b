"""Charts from a Helm repository and from an OCI registry, by the real program."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from tests.sources.projects import FACTS, commit, load_folder, names, repository, write

from tenter.errors import RenderError, SourceError
from tenter.sources import (
    ChartCredentials,
    ChartSource,
    GitSource,
    Loaded,
    RenderSettings,
    SeveralSources,
    load,
    read_source_options,
)

pytestmark = pytest.mark.usefixtures("renderers")

VERSIONS = ("1.0.0", "1.1.0", "2.0.0")
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """Return a folder of chart archives with an index, as a Helm repository serves it."""
    folder = tmp_path / "packages"
    folder.mkdir()
    for version in VERSIONS:
        write(
            tmp_path / "web",
            {
                "Chart.yaml": f"{{apiVersion: v2, name: web, version: {version}}}",
                "templates/config.yaml": f"""
                    apiVersion: v1
                    kind: ConfigMap
                    metadata: {{name: web-{version}}}
                    data: {{colour: "{{{{ .Values.colour }}}}"}}
                """,
                "values.yaml": "colour: blue",
            },
        )
        _helm("package", str(tmp_path / "web"), "--destination", str(folder))
    _helm("repo", "index", str(folder))
    return folder


class Server:
    """A server of the test's, and what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.address = ""


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[Server]:
    """Serve ``answer`` for every request."""
    server = Server()

    async def recorded(request: web.Request) -> web.StreamResponse:
        server.asked.append(request.path)
        return await answer(request)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", recorded)
    runner = web.AppRunner(application, shutdown_timeout=0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        server.address = f"{host}:{port}"
        yield server
    finally:
        await runner.cleanup()


def files_of(folder: Path, password: str = "") -> Answer:
    """Answer with the files of a folder; with a ``password`` only to who knows it."""

    wanted = base64.b64encode(f"me:{password}".encode()).decode()

    async def answer(request: web.Request) -> web.StreamResponse:
        if password and request.headers.get("Authorization") != f"Basic {wanted}":
            return web.Response(status=401)
        file = folder / request.match_info["path"]
        return web.FileResponse(file) if file.is_file() else web.Response(status=404)

    return answer


def registry_of(folder: Path) -> Answer:
    """Answer as an OCI registry that holds the charts of a folder under ``charts/web``."""
    blobs: dict[str, bytes] = {}
    manifests: dict[str, bytes] = {}

    def kept(content: bytes, kind: str) -> dict[str, object]:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        blobs[digest] = content
        return {"mediaType": kind, "digest": digest, "size": len(content)}

    for version in VERSIONS:
        config = json.dumps({"name": "web", "version": version, "apiVersion": "v2"}).encode()
        archive = (folder / f"web-{version}.tgz").read_bytes()
        manifest = {
            "schemaVersion": 2,
            "config": kept(config, "application/vnd.cncf.helm.config.v1+json"),
            "layers": [kept(archive, "application/vnd.cncf.helm.chart.content.v1.tar+gzip")],
        }
        manifests[version] = json.dumps(manifest).encode()
        digest = f"sha256:{hashlib.sha256(manifests[version]).hexdigest()}"
        manifests[digest] = manifests[version]

    async def answer(request: web.Request) -> web.StreamResponse:
        path = request.path
        if path == "/v2/":
            return web.Response(status=200)
        if path == "/v2/charts/web/tags/list":
            return web.json_response({"name": "charts/web", "tags": list(VERSIONS)})
        kind, _, name = path.removeprefix("/v2/charts/web/").partition("/")
        content = {"manifests": manifests, "blobs": blobs}.get(kind, {}).get(name)
        if content is None:
            return web.json_response({"errors": [{"code": "NAME_UNKNOWN"}]}, status=404)
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        media = "application/vnd.oci.image.manifest.v1+json" if kind == "manifests" else "a/b"
        headers = {"Docker-Content-Digest": digest, "Content-Type": media}
        return web.Response(body=content, headers=headers)

    return answer


async def fetched(
    address: str,
    version: str,
    cache: Path,
    *,
    chart: str = "web",
    settings: RenderSettings | None = None,
) -> Loaded:
    source = ChartSource(repository=address, chart=chart, revision=version)
    return await load(source, cache=str(cache), facts=FACTS, settings=settings)


@pytest.mark.parametrize(
    ("asked", "expected"), [("1.0.0", "1.0.0"), ("1.*", "1.1.0"), ("", "2.0.0"), ("<2", "1.1.0")]
)
async def test_a_chart_of_a_repository_is_taken_at_its_version(
    packages: Path, tmp_path: Path, asked: str, expected: str
) -> None:
    async with serving(files_of(packages)) as server:
        loaded = await fetched(f"http://{server.address}", asked, tmp_path / "cache")
    assert loaded.revision == expected
    assert names([d.manifest for d in loaded.documents]) == [f"ConfigMap/web-{expected}"]
    assert str(loaded.documents[0].origin) == "web/templates/config.yaml"
    assert loaded.types == ("Helm",)
    assert f"chart web {expected} of http://" in loaded.origin


@pytest.mark.parametrize(("asked", "expected"), [("1.0.0", "1.0.0"), ("1.*", "1.1.0")])
@pytest.mark.parametrize("scheme", ["oci://", ""])
async def test_a_chart_of_a_registry_is_taken_at_its_version(
    packages: Path, tmp_path: Path, asked: str, expected: str, scheme: str
) -> None:
    async with serving(registry_of(packages)) as server:
        loaded = await fetched(f"{scheme}{server.address}/charts", asked, tmp_path / "cache")
    assert loaded.revision == expected
    assert names([d.manifest for d in loaded.documents]) == [f"ConfigMap/web-{expected}"]


async def test_an_exact_version_is_fetched_once(packages: Path, tmp_path: Path) -> None:
    async with serving(files_of(packages)) as server:
        for _ in range(2):
            await fetched(f"http://{server.address}", "1.0.0", tmp_path / "cache")
        assert server.asked.count("/web-1.0.0.tgz") == 1


async def test_a_range_is_asked_for_each_time(packages: Path, tmp_path: Path) -> None:
    async with serving(files_of(packages)) as server:
        address = f"http://{server.address}"
        assert (await fetched(address, "2.*", tmp_path / "cache")).revision == "2.0.0"
        write(tmp_path / "web", {"Chart.yaml": "{apiVersion: v2, name: web, version: 2.1.0}"})
        _helm("package", str(tmp_path / "web"), "--destination", str(packages))
        _helm("repo", "index", str(packages))
        assert (await fetched(address, "2.*", tmp_path / "cache")).revision == "2.1.0"


async def test_values_of_a_repository_go_with_a_chart(packages: Path, tmp_path: Path) -> None:
    values = repository(write(tmp_path / "values", {"web.yaml": "colour: red"}))
    commit(values)
    options = read_source_options({"helm": {"valueFiles": ["$own/web.yaml"]}})
    async with serving(files_of(packages)) as server:
        chart = ChartSource(
            repository=f"http://{server.address}", chart="web", revision="1.0.0", options=options
        )
        own = GitSource(repository=str(values), path="", ref="own")
        loaded = await load(
            SeveralSources(sources=(chart, own)), cache=str(tmp_path / "cache"), facts=FACTS
        )
    assert loaded.documents[0].manifest["data"] == {"colour": "red"}
    assert loaded.revisions[0] == "1.0.0"
    assert len(loaded.revisions[1]) == 40


async def test_a_repository_may_want_credentials(packages: Path, tmp_path: Path) -> None:
    async with serving(files_of(packages, password="secret")) as server:
        address = f"http://{server.address}"
        with pytest.raises(RenderError, match="401"):
            await fetched(address, "1.0.0", tmp_path / "cache")
        known = ChartCredentials(url=address, username="me", password="secret")
        settings = RenderSettings(credentials=(known,))
        loaded = await fetched(address, "1.0.0", tmp_path / "cache", settings=settings)
    assert loaded.revision == "1.0.0"


async def test_a_dependency_of_a_repository_is_fetched(packages: Path, tmp_path: Path) -> None:
    async with serving(files_of(packages)) as server:
        write(
            tmp_path / "app",
            {
                "Chart.yaml": f"""
                    apiVersion: v2
                    name: app
                    version: 1.0.0
                    dependencies:
                    - {{name: web, version: 1.0.0, repository: "http://{server.address}"}}
                """,
                "templates/none.yaml": "",
            },
        )
        loaded = await load_folder(tmp_path / "app")
    assert names([d.manifest for d in loaded.documents]) == ["ConfigMap/web-1.0.0"]


async def test_a_values_file_may_be_an_address(packages: Path, tmp_path: Path) -> None:
    write(packages, {"red.yaml": "colour: red"})
    async with serving(files_of(packages)) as server:
        loaded = await load_folder(
            tmp_path / "web", helm={"valueFiles": [f"http://{server.address}/red.yaml"]}
        )
    assert loaded.documents[0].manifest["data"] == {"colour": "red"}


async def test_a_version_that_is_not_there_is_told_in_helms_words(
    packages: Path, tmp_path: Path
) -> None:
    async with serving(files_of(packages)) as server:
        with pytest.raises(RenderError, match="cannot fetch the chart web 9.9.9 of .*9.9.9"):
            await fetched(f"http://{server.address}", "9.9.9", tmp_path / "cache")


@pytest.mark.parametrize(
    ("address", "chart"),
    [
        ("ftp://charts.example", "web"),
        ("https://me:secret@charts.example", "web"),
        ("http://169.254.169.254", "web"),
        ("https://charts.example", "--post-renderer=sh"),
        ("https://charts.example", "../web"),
        ("-x", "web"),
    ],
)
async def test_an_address_or_name_that_is_unsafe_is_refused(
    tmp_path: Path, address: str, chart: str
) -> None:
    with pytest.raises(SourceError) as error:
        await fetched(address, "1.0.0", tmp_path / "cache", chart=chart)
    assert "secret" not in str(error.value)


def _helm(*arguments: str) -> None:
    subprocess.run(["helm", *arguments], check=True, capture_output=True)
