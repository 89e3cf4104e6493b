"""The health of objects as they stand in a file: for trying health checks without a cluster."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tenter.errors import HealthCheckError
from tenter.health import Health, Scripts, judge
from tenter.library.io_environment import real_environment
from tenter.library.io_files import read_text
from tenter.library.io_health_scripts import health_scripts
from tenter.manifests import Key, Manifest, key_of, read_documents


class Verdict(msgspec.Struct, frozen=True):
    """An object and its health, which is None for a kind that no check knows.

    ``custom`` says that a script gave the verdict, ``failed`` that a script could not: the health
    is then Unknown, with the script's error as its message. ``origin`` is the object's place.
    """

    key: Key
    health: Health | None
    custom: bool
    origin: str
    failed: bool = False


async def judge_file(file: str | Path, *, scripts: str | Path | None = None) -> list[Verdict]:
    """Return the verdict on every object in ``file`` (YAML or JSON; ``-`` is standard input).

    It is the verdict that a sync acts on. ``scripts`` is a folder of Lua checks, laid out
    ``GROUP/KIND/health.lua``, or a file with an ``argocd-cm`` ConfigMap; they come before the
    built-in checks. Raises SourceError and ManifestError for what cannot be read, and
    HealthCheckError for scripts that cannot be; a script that fails spoils only its own verdict.
    """
    documents = read_documents(read_text(file), str(file))
    async with health_scripts(scripts, real_environment()) as custom:
        return [
            await _verdict(document.manifest, str(document.origin), custom)
            for document in documents
        ]


async def _verdict(manifest: Manifest, origin: str, scripts: Scripts | None) -> Verdict:
    asked = _Asked(scripts)
    health, _ = await judge(manifest, asked if scripts is not None else None)
    return Verdict(key_of(manifest), health, asked.answered, origin, asked.failed)


class _Asked:
    """Scripts that tell whether one answered."""

    def __init__(self, scripts: Scripts | None) -> None:
        self._scripts = scripts
        self.answered = False
        self.failed = False

    def covers(self, obj: Manifest) -> bool:
        return self._scripts is not None and self._scripts.covers(obj)

    async def assess(self, obj: Manifest) -> Health | None:
        assert self._scripts is not None  # noqa: S101 - nothing is covered without
        try:
            health = await self._scripts.assess(obj)
        except HealthCheckError:
            self.failed = True
            raise
        self.answered = health is not None
        return health
