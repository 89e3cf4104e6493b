"""Run the ``git`` program, safely: the one place that starts it.

Git's own program knows the user's credential helpers, SSH keys and proxies. It is kept from asking
questions, from running the hooks, filters and monitors that a repository may configure, and from
protocols other than the one that is meant. It runs in a process group of its own, so that a
timeout or Ctrl-C ends its helpers (ssh, index-pack) with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence

from tenter.errors import SourceError
from tenter.sources.access import ANYBODY, GitAccess
from tenter.sources.io_access import presented

LOCAL_TIMEOUT = 60.0
"""Seconds for a command that stays on this machine."""

_CONFIG = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.quotePath=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "http.followRedirects=false",
    "submodule.recurse=false",
)
_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "LC_ALL": "C",
}
_FOREIGN_REPOSITORY = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_CEILING_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_EXTERNAL_DIFF",
        "GIT_GLOB_PATHSPECS",
        "GIT_GRAFT_FILE",
        "GIT_ICASE_PATHSPECS",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
        "GIT_NOGLOB_PATHSPECS",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_SHALLOW_FILE",
        "GIT_TRACE",
        "GIT_WORK_TREE",
    }
)
"""What Git sets while it runs a hook, and would make it read another repository than asked."""


class GitError(SourceError):
    """Git ended with an error; ``complaint`` is what it said, ``code`` its exit code."""

    def __init__(self, what: str, complaint: str, code: int) -> None:
        self.complaint = complaint
        self.code = code
        super().__init__(f"{what}: {complaint}" if complaint else f"{what}: exit code {code}")


async def run_git(
    arguments: Sequence[str],
    *,
    what: str,
    time_limit: float = LOCAL_TIMEOUT,
    directory: str | None = None,
    given: bytes = b"",
    protocols: str = "",
    access: GitAccess = ANYBODY,
) -> bytes:
    """Run ``git`` with ``arguments`` and return its standard output.

    ``what`` says in messages what was tried. ``time_limit`` is in seconds. ``directory`` is where
    it runs, ``given`` its standard input, and ``protocols`` those it may fetch with, separated by
    colons (none unless given), as ``access`` says. Raises ``GitError`` with Git's own words where
    it fails, and ``SourceError`` where it is not installed, takes longer, or the credentials
    cannot be used.
    """
    settings = [part for setting in _CONFIG for part in ("-c", setting)]
    environment = {
        name: value for name, value in os.environ.items() if name not in _FOREIGN_REPOSITORY
    }
    environment |= _ENVIRONMENT
    environment["GIT_ALLOW_PROTOCOL"] = protocols
    command = ["git", *settings, *arguments]
    if access == ANYBODY:
        return await _run(command, environment, directory, given, what=what, time_limit=time_limit)
    with presented(access, environment) as variables:
        return await _run(command, variables, directory, given, what=what, time_limit=time_limit)


async def _run(
    command: Sequence[str],
    environment: Mapping[str, str],
    directory: str | None,
    given: bytes,
    *,
    what: str,
    time_limit: float,
) -> bytes:
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=directory,
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise SourceError(f"{what}: git is not installed; install it, or give a path") from error
    try:
        async with asyncio.timeout(time_limit):
            output, complaints = await process.communicate(given)
    except TimeoutError as error:
        raise SourceError(
            f"{what}: git took longer than {time_limit:g} s; check the network and the address"
        ) from error
    finally:
        await _end(process)
    if process.returncode:
        raise GitError(what, _said(complaints), process.returncode)
    return output


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    # It may have ended by itself just now; it is still to be waited for.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.communicate()


def _said(complaints: bytes) -> str:
    """Return Git's own error lines in one, without its advice."""
    lines = [
        line.strip()
        for line in complaints.decode(errors="replace").splitlines()
        if line.strip() and not line.startswith(("hint:", "warning:"))
    ]
    # Git's verdict comes last; what a server or ssh says comes before it.
    errors = [line.removeprefix("fatal: ").removeprefix("error: ") for line in lines]
    return "; ".join(errors)[:1000]
