"""The transcripts in ``conformance/transcripts``: read them, and record them anew.

    python -m conformance.io_transcripts [NAME ...]

plays them (all, or those of these names) on a real control plane with Tenter's node, and writes
down what kubectl printed there. A new transcript is a file with commands only.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from conformance.io_build import build
from conformance.io_control_plane import ControlPlane
from conformance.io_kubectl import FOLDER, Shell
from conformance.transcripts import Transcript, read_transcript, write_transcript
from tenter.embedded.node import Node
from tenter.embedded.node.io_kubelet import serve_kubelet
from tenter.environment import Environment
from tenter.kube import Client
from tenter.kube.io_http import HttpTransport
from tenter.kube.io_kubeconfig import find_connection


def names() -> list[str]:
    """Return the names of all transcripts, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.txt"))


def load(name: str) -> Transcript:
    """Return the transcript of a name."""
    return read_transcript(name, (FOLDER / f"{name}.txt").read_text())


@asynccontextmanager
async def real_shell(plane: ControlPlane, place: Path) -> AsyncIterator[Shell]:
    """Run Tenter's node on ``plane``, scripted, and yield a shell for it."""
    environment = Environment(now=time.time, random=random.Random(1))  # noqa: S311 - names
    async with AsyncExitStack() as stack:
        transport = HttpTransport(find_connection(plane.kubeconfig), environment)
        stack.push_async_callback(transport.aclose)
        node = await stack.enter_async_context(Node(Client(transport, environment), environment))
        await stack.enter_async_context(serve_kubelet(node, environment.now))
        yield Shell(plane.kubectl, plane.kubeconfig.read_text(), place)


async def _record(plane: ControlPlane, wanted: Sequence[str], place: Path) -> None:
    async with real_shell(plane, place) as shell:
        for name in wanted:
            transcript = load(name)
            fresh = transcript.with_outputs(await shell.play(transcript))
            (FOLDER / f"{name}.txt").write_text(write_transcript(fresh))
            changed = sum(
                old.expected != new.expected
                for old, new in zip(transcript.exchanges, fresh.exchanges, strict=True)
            )
            sys.stdout.write(f"{name}: {changed} of {len(fresh.exchanges)} outputs are new\n")


def main() -> int:
    """Record."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with ControlPlane(build(), place / "plane") as plane:
            asyncio.run(_record(plane, sys.argv[1:] or names(), place / "home"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
