"""Rendering a source of 1,000 objects, held to the renderer's own program.

The floor is that program alone, run on the same files, and reading what it prints; what is beyond
it is finding the files, copying them to a private folder, and keeping the program within limits.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
import time
from pathlib import Path

import yaml
from tools import io_renderers

from bench.measurement import Measurement
from bench.objects import deployment
from tenter.manifests import read_documents
from tenter.sources import LocalSource, RenderFacts, Renderings, load

_OBJECTS = 1_000
_FILES = 50


def helm() -> list[Measurement]:
    """Render a chart of 1,000 objects in 50 templates."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "Chart.yaml").write_text("{apiVersion: v2, name: web, version: 1.0.0}")
        _write_objects(place / "templates")
        return _measured("helm", place, ["helm", "template", "web", str(place)])


def kustomize() -> list[Measurement]:
    """Build a kustomization of 1,000 objects in 50 files."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        files = _write_objects(place)
        (place / "kustomization.yaml").write_text(yaml.safe_dump({"resources": files}))
        return _measured("kustomize", place, ["kustomize", "build", str(place)])


def _write_objects(folder: Path) -> list[str]:
    folder.mkdir(exist_ok=True)
    names = []
    each = _OBJECTS // _FILES
    for number in range(_FILES):
        objects = [deployment(f"item-{number * each + i:05}") for i in range(each)]
        names.append(f"{number}.yaml")
        (folder / names[-1]).write_text(yaml.dump_all(objects, Dumper=yaml.CSafeDumper))
    return names


def _measured(program: str, folder: Path, command: list[str]) -> list[Measurement]:
    found = {str(path.parent): None for path in io_renderers.found().values()}
    os.environ["PATH"] = os.pathsep.join([*found, os.environ["PATH"]])
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # the first start is from disk
    floor = min(_alone(command) for _ in range(3))
    kept = Renderings()
    seconds = min(_rendered(folder, Renderings()) for _ in range(3))
    _rendered(folder, kept)
    again = _rendered(folder, kept)
    return [
        Measurement(
            name=f"rendering 1,000 objects with {program}",
            value=seconds,
            floor=floor,
            ratio_goal=1.2,
            note=f"floor: {program} alone, and reading what it prints",
        ),
        Measurement(name="the same, unchanged since it was last rendered", value=again),
    ]


def _alone(command: list[str]) -> float:
    began = time.perf_counter()
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    assert len(read_documents(printed, "output")) == _OBJECTS
    return time.perf_counter() - began


def _rendered(folder: Path, kept: Renderings) -> float:
    async def work() -> None:
        # Nothing big is returned: when it ends, asyncio.run (3.11) writes the result out as text.
        facts = RenderFacts(application="web", namespace="default")
        loaded = await load(LocalSource(path=str(folder)), facts=facts, kept=kept)
        assert len(loaded.documents) == _OBJECTS

    began = time.perf_counter()
    asyncio.run(work())
    return time.perf_counter() - began
