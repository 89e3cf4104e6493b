"""Cancelling a sync leaves it as it is, to be gone on with; Ctrl-C ends it cleanly first."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import tenter
from tests.behaviour.application import Application, result, results
from tests.behaviour.manifests import KEPT, Manifest, config_map, deployment, job


async def cancelled_at(application: Application, waiting: str, *manifests: Manifest) -> None:
    """Sync, and cancel it when it waits for ``waiting``."""
    syncing = asyncio.create_task(application.sync(*manifests))
    await application.until_told(
        lambda event: isinstance(event, tenter.WaitingFor) and waiting in event.message
    )
    syncing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await syncing


async def test_cancelling_gives_up_the_lease_and_touches_nothing(
    application: Application,
) -> None:
    await cancelled_at(
        application, "Job/slow", job("slow", hook="PreSync", outcome="succeed after=60")
    )

    assert application.grounds.states() == ["Secret/tenter.shop"]
    assert application.story.lines == ["create Job/slow"]


async def test_cancelling_leaves_no_task_behind(application: Application) -> None:
    before = asyncio.all_tasks()
    await cancelled_at(application, "Job/slow", job("slow", hook="PreSync", outcome="hang"))

    added = [str(task) for task in asyncio.all_tasks() - before]
    # The hook's Pod goes on, and with it the cluster's own work.
    # Nor does the HTTP library's own last write to a connection that is being closed count.
    ours = [task for task in added if "/embedded/" not in task and "/aiohttp/" not in task]
    assert ours == []


async def test_the_next_sync_goes_on_with_a_running_hook(application: Application) -> None:
    manifests = [
        job("slow", hook="PreSync", outcome="succeed after=60", policy=KEPT),
        config_map("settings"),
        job("after", hook="PostSync"),
    ]
    await cancelled_at(application, "Job/slow", *manifests)
    before = len(application.grounds.story().uids("Job", "slow"))

    outcome = await application.sync()

    assert before == 1
    assert outcome.succeeded, outcome.message
    assert application.story.uids("Job", "slow") == []
    assert [each["name"] for each in results(outcome)] == ["slow", "settings", "after"]
    assert application.grounds.leftovers() == []


async def test_a_hook_that_ended_meanwhile_is_seen_to_have_ended(
    application: Application,
) -> None:
    await cancelled_at(
        application,
        "Job/slow",
        job("slow", hook="PreSync", outcome="fail after=60"),
        config_map("settings"),
    )
    await application.grounds.until("fail Job/slow")

    outcome = await application.sync()

    assert outcome.phase == "Failed"
    assert result(outcome, "slow")["hookPhase"] == "Failed"
    assert application.story.created() == []


async def test_the_next_sync_goes_on_with_the_manifests_of_the_first(
    application: Application,
) -> None:
    await cancelled_at(
        application,
        "Job/slow",
        job("slow", hook="PreSync", outcome="succeed after=60"),
        config_map("settings", {"colour": "blue"}),
    )

    await application.sync(config_map("settings", {"colour": "red"}))

    live = await application.grounds.get("ConfigMap", "settings")
    assert live is not None
    assert live["data"] == {"colour": "blue"}


async def test_the_next_sync_waits_on_for_health(application: Application) -> None:
    await cancelled_at(
        application,
        "Deployment/web",
        deployment("web", outcome="run after=60"),
        job("after", hook="PostSync"),
    )

    outcome = await application.sync()

    assert outcome.succeeded, outcome.message
    assert application.story.in_order("ready Deployment/web", "create Job/after")


async def test_leaving_a_stream_early_cancels_the_sync(application: Application) -> None:
    application.write(job("slow", hook="PreSync", outcome="hang"))
    stream = tenter.stream(application.folder, cluster=application.cluster, application="shop")

    async for event in stream:
        if isinstance(event, tenter.WaitingFor) and "Job/slow" in event.message:
            break
    await stream.aclose()

    assert application.grounds.states() == ["Secret/tenter.shop"]


def test_ctrl_c_ends_the_operation_cleanly_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(
        yaml.safe_dump(job("slow", hook="PreSync", outcome="hang"), sort_keys=False)
    )
    command = [sys.executable, "-m", "tenter", "sync", str(tmp_path), "--app", "shop", "--embedded"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "waiting for completion of hook batch/Job/slow" in line:
                process.send_signal(signal.SIGINT)
                break
        rest, complaints = process.communicate(timeout=30)

    assert process.returncode == 130, complaints
    assert "Operation terminated" in rest, (lines, rest, complaints)
    assert "Traceback" not in complaints
