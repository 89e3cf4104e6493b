"""The demo's Git repository: made in a temporary folder, one commit a revision.

It uses git alone, with none of the user's own configuration, so that signing, hooks or templates
set up on this machine do not take part.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from tenter.errors import SourceError

_TIME_LIMIT = 30.0

_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "Tenter demo",
    "GIT_AUTHOR_EMAIL": "demo@tenter.dev",
    "GIT_COMMITTER_NAME": "Tenter demo",
    "GIT_COMMITTER_EMAIL": "demo@tenter.dev",
}


class DemoRepository:
    """A Git repository in ``folder``, which must exist and be empty."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def url(self) -> str:
        """Where to sync from."""
        return str(self.folder)

    async def create(self) -> None:
        """Make the repository, with one branch and no commit."""
        if shutil.which("git") is None:
            raise SourceError("git is not installed, and the demo deploys from Git. Install git.")
        await self._git("init", "--quiet", "--initial-branch=main", "--template=")

    async def commit(self, files: Mapping[str, str], subject: str) -> str:
        """Make ``files`` (path to text) the whole content of a commit, and return its id."""
        for entry in self.folder.iterdir():
            if entry.name == ".git":
                continue
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        for path, text in files.items():
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        await self._git("add", "--all")
        await self._git("commit", "--quiet", "--allow-empty", "--message", subject)
        return (await self._git("rev-parse", "HEAD")).strip()

    async def _git(self, *arguments: str) -> str:
        process = await asyncio.create_subprocess_exec(
            "git",
            *arguments,
            cwd=self.folder,
            env={"PATH": os.environ.get("PATH", os.defpath), **_ENVIRONMENT},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(_TIME_LIMIT):
                out, said = await process.communicate()
        except BaseException:
            if process.returncode is None:
                process.kill()
                await process.wait()
            raise
        if process.returncode:
            raise SourceError(f"git {arguments[0]} failed: {said.decode(errors='replace').strip()}")
        return out.decode(errors="replace")
