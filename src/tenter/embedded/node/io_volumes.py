"""Directories of Pods and claims on disk: made, filled, removed.

``pods/UID`` goes with its Pod, ``claims/NAMESPACE/NAME-UID`` with its claim. What goes in, and that
no path leads out, is decided in ``volumes``.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

from tenter.embedded.node.volumes import Volume


class VolumeStore:
    """The directories below ``root``, private to this user."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def open(self) -> None:
        """Make the root, and remove what Pods of an earlier life left."""
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        await _remove(self._root / "pods")

    def home_of(self, uid: str) -> Path:
        """Return the private directory of a Pod, made if need be: HOME and working directory."""
        home = self._root / "pods" / uid / "home"
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        return home

    def claim(self, namespace: str, name: str, uid: str) -> Path:
        """Return the directory of a claim, made if need be."""
        directory = self._root / "claims" / namespace / f"{name}-{uid}"
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return directory

    def make(self, uid: str, volumes: Sequence[Volume]) -> dict[str, str]:
        """Write the volumes of a Pod that are its own; return their directories by name."""
        directories: dict[str, str] = {}
        for volume in volumes:
            if volume.claim:
                continue
            directory = self._root / "pods" / uid / "volumes" / volume.name
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            for path, file in volume.files.items():
                target = directory / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(file.content)
                target.chmod(file.mode | 0o400)
            directories[volume.name] = str(directory)
        return directories

    async def remove_pod(self, uid: str) -> None:
        """Remove the directories of a Pod."""
        await _remove(self._root / "pods" / uid)

    async def remove_claim(self, namespace: str, name: str, uid: str) -> None:
        """Remove the directory of a claim with all that is in it."""
        await _remove(self._root / "claims" / namespace / f"{name}-{uid}")


def make_directory(path: str) -> None:
    """Make a mounted directory that is not there yet, as a ``subPath`` asks."""
    target = Path(path)
    if not target.exists():
        target.mkdir(parents=True)


async def _remove(path: Path) -> None:
    # A tree may be large; the loop must not wait for it.
    await asyncio.to_thread(shutil.rmtree, path, ignore_errors=True)
