"""Plays a transcript: its commands in a shell that knows one cluster, and kubectl.

The shell sees no configuration but the cluster's own, so that it prints the same on any machine.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path

import msgspec

from conformance.io_build import binaries
from conformance.printed import without_chance
from conformance.transcripts import Printed, Transcript

FOLDER = Path(__file__).parent / "transcripts"
RELEASE = "v1.36."
"""The kubectl whose words the transcripts hold."""
_PATIENCE = 60.0
"""Seconds that one command may take."""


def find_kubectl() -> Path | None:
    """Return a kubectl of the release that the transcripts are of; None where there is none.

    The one that is built with the control plane, else the one on the path.
    """
    built = binaries()
    if built is not None:
        return built / "kubectl"
    for folder in os.get_exec_path():
        program = Path(folder, "kubectl")
        if program.is_file():
            return program if _release_of(program).startswith(RELEASE) else None
    return None


def _release_of(program: Path) -> str:
    command = [str(program), "version", "--client", "--output=json"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=30)
    try:
        version: str = msgspec.json.decode(done.stdout)["clientVersion"]["gitVersion"]
    except (msgspec.DecodeError, KeyError):
        return ""
    return version


class Shell:
    """A shell for one cluster. ``place`` is an empty folder for its home and configuration.

    ``kubeconfig`` is the text of one with a single context.
    """

    def __init__(self, kubectl: Path, kubeconfig: str, place: Path) -> None:
        self._kubectl = kubectl
        self._kubeconfig = kubeconfig
        self._place = place
        place.mkdir(parents=True, exist_ok=True)

    async def play(self, transcript: Transcript) -> list[Printed]:
        """Return what each command of ``transcript`` prints, played in a new namespace."""
        environment = self._environment(transcript.name)
        await self._run(f"kubectl create namespace {transcript.name}", environment)
        await self._run(
            "kubectl wait --for=create serviceaccount/default --timeout=30s", environment
        )
        printed = [
            await self._run(exchange.command, environment) for exchange in transcript.exchanges
        ]
        await self._run(f"kubectl delete namespace {transcript.name} --wait=false", environment)
        return printed

    def _environment(self, namespace: str) -> dict[str, str]:
        config = msgspec.yaml.decode(self._kubeconfig)
        config["contexts"][0]["context"]["namespace"] = namespace
        file = self._place / f"{namespace}.kubeconfig"
        file.touch(mode=0o600)
        file.write_bytes(msgspec.json.encode(config))
        return {
            "PATH": f"{self._kubectl.parent}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self._place),
            "KUBECONFIG": str(file),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        }

    async def _run(self, command: str, environment: dict[str, str]) -> Printed:
        process = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            command,
            cwd=self._place,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(_PATIENCE):
                output, complaint = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return Printed(
            output=without_chance(output.decode(errors="replace")),
            complaint=without_chance(complaint.decode(errors="replace")),
            exit_code=process.returncode or 0,
        )
