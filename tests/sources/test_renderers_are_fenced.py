"""A renderer's program has limits: of time, output and reach; and leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

import pytest
from tests.sources.projects import load_folder, write

from tenter.errors import RenderError
from tenter.sources import RenderSettings
from tenter.sources.rendering.io_program import _network_fence, run_program

ENDLESS = "{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}"
LONG = "{{ range until 100000 }}text that goes on and on\n{{ end }}"


async def printed(script: str, folder: Path, *, network: bool = False, limit: float = 20.0) -> str:
    """Run a shell script as a renderer, and return what it printed."""
    answer = await run_program(
        ["/bin/sh", "-c", script],
        what="cannot render",
        directory=folder,
        environment={"PATH": "/usr/bin:/bin"},
        settings=RenderSettings(time_limit=limit, output_limit=10_000),
        network=network,
    )
    return answer.output.decode()


async def test_a_program_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="cannot render: sh took longer than 0.3 s"):
        await printed("sleep 60", tmp_path, limit=0.3)


async def test_a_program_that_prints_too_much_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="sh printed more than 10,000 bytes and was stopped"):
        await printed("while true; do echo on and on; done", tmp_path)


async def test_what_a_program_started_ends_with_it(tmp_path: Path) -> None:
    held = tmp_path / "held"
    os.mkfifo(held)
    # The end of the pipe is read when the last process that could write to it is gone.
    end = asyncio.create_task(asyncio.to_thread(held.read_text))
    await printed("exec 3>held; sleep 60 >/dev/null 2>&1 &", tmp_path)
    assert await end == ""


async def test_a_cancelled_rendering_ends_its_program(tmp_path: Path) -> None:
    held = tmp_path / "held"
    os.mkfifo(held)
    running = asyncio.create_task(printed("exec 3>held; sleep 60", tmp_path))
    with await asyncio.to_thread(held.open) as pipe:
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert await asyncio.to_thread(pipe.read) == ""


async def test_a_program_has_no_network_unless_it_needs_one(tmp_path: Path) -> None:
    if not await asyncio.to_thread(_network_fence):
        pytest.skip("this machine allows no network namespace; sources are read first instead")
    seen = await printed("tail -n +3 /proc/net/dev | cut -d: -f1", tmp_path)
    assert seen.split() == ["lo"]


async def test_a_complaint_is_the_error(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="cannot render: it cannot be"):
        await printed("echo it cannot be >&2; exit 3", tmp_path)


async def test_a_program_that_reads_no_input_is_no_trouble(tmp_path: Path) -> None:
    answer = await run_program(
        ["/bin/true"],
        what="cannot render",
        directory=tmp_path,
        environment={},
        settings=RenderSettings(),
        given=b"x" * 1_000_000,
    )
    assert answer.output == b""


@pytest.mark.usefixtures("renderers")
@pytest.mark.parametrize(
    ("template", "settings", "told"),
    [
        (ENDLESS, RenderSettings(time_limit=0.5), "helm took longer than 0.5 s"),
        (LONG, RenderSettings(output_limit=100_000), "helm printed more than 100,000 bytes"),
    ],
)
async def test_a_chart_without_end_is_stopped(
    tmp_path: Path, template: str, settings: RenderSettings, told: str
) -> None:
    text = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\n#{template}"
    write(
        tmp_path / "chart",
        {"Chart.yaml": "{apiVersion: v2, name: web, version: 1.0.0}"},
    )
    (tmp_path / "chart/templates").mkdir()
    (tmp_path / "chart/templates/a.yaml").write_text(text.replace("text that", "# text that"))
    with pytest.raises(RenderError, match=told):
        await load_folder(tmp_path / "chart", settings=settings)


@pytest.mark.usefixtures("renderers")
async def test_a_rendering_finds_nothing_of_the_users_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = write(tmp_path / "home", {".config/helm/plugins/bad/plugin.yaml": "not: [a plugin"})
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("HELM_PLUGINS", str(home / ".config/helm/plugins"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    write(
        tmp_path / "chart",
        {
            "Chart.yaml": "{apiVersion: v2, name: web, version: 1.0.0}",
            "templates/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
        },
    )
    before = sorted(home.rglob("*"))
    assert len((await load_folder(tmp_path / "chart")).documents) == 1
    assert sorted(home.rglob("*")) == before
    assert list((tmp_path / "tmp").iterdir()) == []
