"""Folders of files for the tests of renderers, and what they render to."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

from tenter.manifests import Manifest
from tenter.sources import (
    Loaded,
    LocalSource,
    RenderFacts,
    Renderings,
    RenderSettings,
    load,
    read_source_options,
)

FACTS = RenderFacts(application="shop", namespace="shop-prod", kube_version="1.33.2")


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write ``files`` by their paths, and return ``folder``."""
    for name, text in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return folder


async def load_folder(
    folder: Path,
    *,
    facts: RenderFacts = FACTS,
    settings: RenderSettings | None = None,
    kept: Renderings | None = None,
    **source: Any,
) -> Loaded:
    """Load a folder of this machine with the options of an Application's ``source``."""
    return await load(
        LocalSource(path=str(folder), options=read_source_options(source)),
        facts=facts,
        settings=settings,
        kept=kept,
    )


async def objects(folder: Path, **source: Any) -> list[Manifest]:
    """Return what a folder renders to."""
    return [document.manifest for document in (await load_folder(folder, **source)).documents]


def names(manifests: list[Manifest]) -> list[str]:
    """Return kinds and names, in order."""
    return [f"{each['kind']}/{each['metadata']['name']}" for each in manifests]


def repository(folder: Path) -> Path:
    """Make ``folder`` a Git repository, and return it."""
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    return folder


def commit(folder: Path) -> None:
    """Commit all that lies in the repository ``folder``."""
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    for command in (["add", "--all"], [*who, "commit", "--quiet", "-m", "a"]):
        subprocess.run(["git", "-C", str(folder), *command], check=True)
