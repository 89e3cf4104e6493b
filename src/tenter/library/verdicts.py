"""The health of objects as they stand in a file: for trying health checks without a cluster."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tenter.health import Health, assess
from tenter.library.io_environment import real_environment
from tenter.library.io_files import read_text
from tenter.library.io_health_scripts import health_scripts
from tenter.manifests import Key, key_of, read_documents


class Verdict(msgspec.Struct, frozen=True):
    """An object and its health, which is None for a kind that no check knows.

    ``custom`` says that a script gave the verdict; ``origin`` is the object's place.
    """

    key: Key
    health: Health | None
    custom: bool
    origin: str


async def judge_file(file: str | Path, *, scripts: str | Path | None = None) -> list[Verdict]:
    """Return the verdict on every object in ``file`` (YAML or JSON; ``-`` is standard input).

    ``scripts`` is a folder of Lua checks, laid out ``GROUP/KIND/health.lua``; they come before the
    built-in checks. Raises SourceError, ManifestError, and HealthCheckError where a script fails.
    """
    documents = read_documents(read_text(file), str(file))
    verdicts = []
    async with health_scripts(scripts, real_environment()) as custom:
        for document in documents:
            manifest = document.manifest
            verdict = None
            if custom is not None and custom.covers(manifest):
                verdict = await custom.assess(manifest)
            verdicts.append(
                Verdict(
                    key_of(manifest),
                    verdict if verdict is not None else assess(manifest),
                    verdict is not None,
                    str(document.origin),
                )
            )
    return verdicts
