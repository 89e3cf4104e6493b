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
from collections.abc import Callable
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
    floor, floor_cpu = _best(lambda: _alone(command))
    seconds, cpu = _best(lambda: _render(folder, Renderings()))
    kept = Renderings()
    _render(folder, kept)
    again, _ = _best(lambda: _render(folder, kept))
    note = f"floor: {program} alone, and reading what it prints"
    name = f"rendering 1,000 objects with {program}"
    return [
        Measurement(name=name, value=seconds, floor=floor, ratio_goal=1.2, note=note),
        Measurement(name=f"{name}, CPU", value=cpu, floor=floor_cpu, ratio_goal=1.2, note=note),
        Measurement(name=f"{name}, unchanged since the last time", value=again),
    ]


def _best(work: Callable[[], None]) -> tuple[float, float]:
    """Return the least seconds, and the least CPU seconds of this process and its children."""
    seconds, cpu = [], []
    for _ in range(3):
        began, used = time.perf_counter(), sum(os.times()[:4])
        work()
        seconds.append(time.perf_counter() - began)
        cpu.append(sum(os.times()[:4]) - used)
    return min(seconds), min(cpu)


def _alone(command: list[str]) -> None:
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    assert len(read_documents(printed, "output")) == _OBJECTS


def _render(folder: Path, kept: Renderings) -> None:
    async def work() -> None:
        # Nothing big is returned: when it ends, asyncio.run (3.11) writes the result out as text.
        facts = RenderFacts(application="web", namespace="default")
        loaded = await load(LocalSource(path=str(folder)), facts=facts, kept=kept)
        assert len(loaded.documents) == _OBJECTS

    asyncio.run(work())
