"""Fetch a chart from a Helm repository or an OCI registry, by Helm itself, into a cache.

Helm finds the version that a range means and knows both kinds of servers. A fetched chart is kept
under its address, name and version as it was asked for where that is exact; what a range means is
asked each time.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from tenter.errors import RenderError, SourceError
from tenter.sources.rendering.helm import INSTALL
from tenter.sources.rendering.io_program import ProgramFailed, find_program, run_program
from tenter.sources.rendering.io_workspace import Workspace, workspace
from tenter.sources.rendering.mapping import read_mapping
from tenter.sources.rendering.recognition import CHART
from tenter.sources.rendering.settings import ChartCredentials, RenderSettings
from tenter.sources.repositories import check_address
from tenter.sources.versions import is_range, read_version

_OCI = "oci://"
_KEPT = 20
_PARTIAL = "partial-"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class FetchedChart(msgspec.Struct, frozen=True):
    """A chart on this machine: its ``folder``, and the ``version`` that it is."""

    folder: str
    version: str


async def fetch_chart(
    repository: str,
    chart: str,
    version: str,
    *,
    cache: str,
    settings: RenderSettings,
    pass_credentials: bool = False,
) -> FetchedChart:
    """Return the chart, fetched if it is not in ``cache``.

    ``version`` is one, or a range of them, or empty for the latest. Raises ``SourceError`` for
    addresses and names that are refused, and ``RenderError`` with Helm's own message where the
    chart cannot be had.
    """
    address = repository if "://" in repository else _OCI + repository
    check_address(address, f"the chart repository {repository}")
    if chart.startswith("-") or ".." in chart.split("/") or not chart.strip():
        raise SourceError(f"the chart {chart!r} is no name; give it as its repository lists it")
    shelf = Path(cache) / "charts" / _digest(f"{address}\n{chart}")
    exact = read_version(version) is not None and not is_range(version) and version.count(".") >= 2
    if exact:
        kept = await asyncio.to_thread(_find, shelf / _digest(version))
        if kept is not None:
            return kept
    helm = find_program("helm")
    if helm is None:
        raise RenderError(
            f"the chart {chart} of {repository} is fetched by the program helm, which is not on "
            f"the path; {INSTALL}"
        )
    async with workspace() as place:
        pulled = await _pull(
            helm,
            address,
            chart,
            version,
            place=place,
            settings=settings,
            pass_credentials=pass_credentials,
        )
        found = await asyncio.to_thread(_read, pulled)
        return await asyncio.to_thread(
            _keep, shelf, _digest(version if exact else found.version), found
        )


async def _pull(
    helm: str,
    address: str,
    chart: str,
    version: str,
    *,
    place: Workspace,
    settings: RenderSettings,
    pass_credentials: bool,
) -> Path:
    what = f"cannot fetch the chart {chart} {version} of {address}".replace("  ", " ")
    host = urlsplit(address)
    credentials = next((each for each in settings.credentials if each.covers(address)), None)
    commands: list[tuple[list[str], bytes]] = []
    pull = ["pull", "--untar", "--untardir", str(place.beside)]
    if version:
        pull += ["--version", version]
    if address.startswith(_OCI):
        if host.hostname in _LOOPBACK:
            pull.append("--plain-http")
        if credentials is not None:
            commands.append(_login(["registry", "login", host.netloc], credentials))
        pull.append(f"{address.rstrip('/')}/{chart}")
    elif credentials is not None:
        flags = ["--pass-credentials"] if pass_credentials else []
        commands.append(_login(["repo", "add", "source", address, *flags], credentials))
        pull.append(f"source/{chart}")
    else:
        pull += ["--repo", address, chart]
    for command, given in [*commands, (pull, b"")]:
        try:
            await run_program(
                [helm, *command],
                what=what,
                directory=place.root,
                environment=place.environment(network=True),
                settings=settings,
                network=True,
                given=given,
            )
        except ProgramFailed as error:
            said = error.complaint.removeprefix("Error: ")
            raise RenderError(f"{what}: {said}") from error
    return place.beside


def _login(command: list[str], credentials: ChartCredentials) -> tuple[list[str], bytes]:
    secret = ["--username", credentials.username, "--password-stdin"]
    return [*command, *secret], credentials.password.encode()


def _read(folder: Path) -> FetchedChart:
    charts = [each for each in folder.iterdir() if each.is_dir()]
    if len(charts) != 1:
        raise RenderError(f"what was fetched holds {len(charts)} charts; expected one")
    content = (charts[0] / CHART).read_bytes()
    version = (read_mapping(content, CHART) or {}).get("version")
    return FetchedChart(str(charts[0]), str(version or ""))


def _find(shelf: Path) -> FetchedChart | None:
    if not shelf.is_dir():
        return None
    os.utime(shelf)
    return _read(shelf)


def _keep(shelf: Path, name: str, chart: FetchedChart) -> FetchedChart:
    """Move a fetched chart to its place, under another name first: no half of one is ever there.

    One that is there already is kept: it is the same version, and may be read just now.
    """
    place = shelf / name
    try:
        shelf.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=shelf))
        try:
            shutil.copytree(chart.folder, partial / Path(chart.folder).name, symlinks=True)
            partial.rename(place)
        except OSError:
            if not place.is_dir():
                raise
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        _tidy(shelf)
    except OSError as error:
        raise SourceError(
            f"cannot write to the cache {shelf}: {error.strerror}; give another cache directory"
        ) from error
    return FetchedChart(str(place / Path(chart.folder).name), chart.version)


def _tidy(shelf: Path) -> None:
    """Keep the versions used last; one that is being fetched is left to who does."""
    places = [each for each in shelf.iterdir() if not each.name.startswith(_PARTIAL)]
    for place in sorted(places, key=_last_used, reverse=True)[_KEPT:]:
        shutil.rmtree(place, ignore_errors=True)


def _last_used(place: Path) -> float:
    try:
        return place.stat().st_mtime
    except OSError:
        return 0.0


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]
