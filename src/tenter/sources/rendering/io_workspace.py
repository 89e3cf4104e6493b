"""A private folder of the machine in which one rendering happens, and is gone afterwards.

It holds a copy of the source's files, so that no program ever writes into a working tree, and the
home, caches and configuration that a program may want, so that it finds none of the user's.
"""

from __future__ import annotations

import asyncio
import os
import posixpath
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tenter.errors import RenderError

_NETWORK_SETTINGS = (
    "ALL_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
)
_NOWHERE = "http://127.0.0.1:9"
"""A proxy that nobody is: it stops requests where no network namespace can."""


class Workspace:
    """One rendering's folder. ``files`` is the copy of the repository's top."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = root / "files"
        self.home = root / "home"
        self.beside = root / "beside"
        for folder in (self.files, self.home, self.beside, root / "tmp", root / "bin"):
            folder.mkdir()

    async def write(self, contents: Mapping[str, bytes], folder: Path | None = None) -> None:
        """Write ``contents`` by their paths, below ``files`` unless another folder is given."""
        await asyncio.to_thread(_write, folder or self.files, contents)

    async def offer(self, programs: Mapping[str, str]) -> None:
        """Let programs find the given ones on their path, by these names, and no others."""
        await asyncio.to_thread(_link, self.root / "bin", programs)

    def environment(self, *, network: bool) -> dict[str, str]:
        """Return the environment variables of a program that works here, all of them."""
        home = str(self.home)
        settings = {
            "HOME": home,
            "HELM_CACHE_HOME": f"{home}/helm/cache",
            "HELM_CONFIG_HOME": f"{home}/helm/config",
            "HELM_DATA_HOME": f"{home}/helm/data",
            "HELM_PLUGINS": f"{home}/helm/plugins",
            "KUBECONFIG": f"{home}/kubeconfig",
            "KUSTOMIZE_PLUGIN_HOME": f"{home}/kustomize",
            "LC_ALL": "C",
            "PATH": str(self.root / "bin"),
            "TMPDIR": str(self.root / "tmp"),
            "XDG_CACHE_HOME": f"{home}/cache",
            "XDG_CONFIG_HOME": f"{home}/config",
            "XDG_DATA_HOME": f"{home}/data",
        }
        if network:
            settings |= {name: os.environ[name] for name in _NETWORK_SETTINGS if name in os.environ}
            settings["PATH"] += os.pathsep + os.environ.get("PATH", "")
        else:
            settings |= {"HTTP_PROXY": _NOWHERE, "HTTPS_PROXY": _NOWHERE}
        return settings


@asynccontextmanager
async def workspace() -> AsyncIterator[Workspace]:
    """Make a workspace, and remove it when the context ends. Raises ``RenderError``."""
    try:
        root = await asyncio.to_thread(_make)
    except OSError as error:
        raise RenderError(
            f"cannot make a folder to render in: {error.strerror}; make room in "
            f"{tempfile.gettempdir()}, or set TMPDIR"
        ) from error
    try:
        yield Workspace(root)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _make() -> Path:
    # The real path: programs that resolve links would otherwise name another in messages.
    return Path(tempfile.mkdtemp(prefix="tenter-render-")).resolve()


def _write(folder: Path, contents: Mapping[str, bytes]) -> None:
    made = set[str]()
    for path, content in contents.items():
        place = f"{folder}/{path}"
        parent = posixpath.dirname(place)
        if parent not in made:
            Path(parent).mkdir(parents=True, exist_ok=True)
            made.add(parent)
        # A chart may have a thousand files: half the time is saved without Path and buffers.
        file = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(file, rest) :]
        finally:
            os.close(file)


def _link(folder: Path, programs: Mapping[str, str]) -> None:
    for name, path in programs.items():
        (folder / name).symlink_to(path)
