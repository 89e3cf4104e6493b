"""``tenter.health.assess`` with scripts, as a program without an event loop calls it."""

import gc
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tenter.health import Health, HealthStatus, LuaScripts, assess
from tenter.manifests import Manifest
from tenter.scripting import Script
from tenter.scripting.io_blocking import BlockingWorker
from tenter.scripting.io_child_process import PATIENCE, START_LIMIT, TIME_LIMIT

WIDGET: Manifest = {"apiVersion": "example.com/v1", "kind": "Widget", "status": {"phase": "Ready"}}
CHECK = 'return {status = "Healthy", message = obj.status.phase}'
HANGS = 'return ("a"):rep(30000):find((".-"):rep(20) .. "b")'


def scripts_in(folder: Path, code: str) -> LuaScripts:
    file = folder / "example.com" / "Widget" / "health.lua"
    file.parent.mkdir(parents=True)
    file.write_text(code, encoding="utf-8")
    return LuaScripts.from_directory(folder)


@pytest.fixture
def worker() -> Iterator[BlockingWorker]:
    running = BlockingWorker()
    yield running
    running.close()


def test_a_script_gives_the_verdict(tmp_path: Path) -> None:
    found = assess(WIDGET, scripts=scripts_in(tmp_path, CHECK))
    assert found == Health(HealthStatus.HEALTHY, "Ready")


def test_a_kind_without_a_script_has_its_built_in_check(tmp_path: Path) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "status": {"phase": "Succeeded"}}
    assert assess(pod, scripts_in(tmp_path, CHECK)) == assess(pod)


def test_a_script_that_says_nothing_leaves_it_to_the_built_in_check(tmp_path: Path) -> None:
    assert assess(WIDGET, scripts_in(tmp_path, "return nil")) is None


def test_a_script_that_fails_makes_its_object_unknown_and_names_its_line(tmp_path: Path) -> None:
    found = assess(WIDGET, scripts_in(tmp_path, "\nreturn obj.spec.size"))
    assert found is not None
    assert found.status is HealthStatus.UNKNOWN
    assert "Widget/health.lua:2: " in found.message


def test_an_object_being_deleted_is_not_given_to_a_script(tmp_path: Path) -> None:
    going = {**WIDGET, "metadata": {"deletionTimestamp": "2024-01-01T00:00:00Z"}}
    found = assess(going, scripts_in(tmp_path, CHECK))
    assert found == Health(HealthStatus.PROGRESSING, "Pending deletion")


def test_the_time_of_a_script_is_the_systems(tmp_path: Path) -> None:
    before = int(time.time())
    code = 'return {status = "Healthy", message = os.time()}'
    found = assess(WIDGET, scripts_in(tmp_path, code))
    assert found is not None
    assert before <= int(found.message) <= time.time()


def test_a_script_that_hangs_is_told_within_a_second_and_the_next_one_runs(
    worker: BlockingWorker,
) -> None:
    good = Script("good.lua", CHECK)
    worker.evaluate(good, WIDGET, 0)
    hanging = Script("pattern.lua", HANGS, open_libraries=True)
    begun = time.monotonic()
    with pytest.raises(Exception, match=r"pattern\.lua took more than 0\.8 s"):
        worker.evaluate(hanging, WIDGET, 0)
    assert 0.7 < time.monotonic() - begun < PATIENCE + TIME_LIMIT + START_LIMIT
    assert worker.evaluate(good, WIDGET, 0) == Health(HealthStatus.HEALTHY, "Ready")


def test_several_threads_share_one_worker(worker: BlockingWorker) -> None:
    answers: list[Health | None] = []

    def ask(number: int) -> None:
        obj = {"status": {"phase": str(number)}}
        answers.append(worker.evaluate(Script("good.lua", CHECK), obj, 0))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = sorted(answer.message for answer in answers if answer is not None)
    assert said == [str(number) for number in range(8)]


def test_an_object_larger_than_a_pipe_reaches_its_script(worker: BlockingWorker) -> None:
    large = {"status": {"phase": "x" * 1_000_000}}
    code = 'return {status = "Healthy", message = #obj.status.phase}'
    answer = worker.evaluate(Script("large.lua", code), large, 0)
    assert answer == Health(HealthStatus.HEALTHY, "1000000")


def test_scripts_that_are_forgotten_leave_no_process(tmp_path: Path) -> None:
    scripts = scripts_in(tmp_path, CHECK)
    assess(WIDGET, scripts)
    process = scripts._evaluator._blocking._process  # type: ignore[attr-defined]
    del scripts
    gc.collect()
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


def test_a_worker_that_died_is_replaced(worker: BlockingWorker) -> None:
    good = Script("good.lua", CHECK)
    worker.evaluate(good, WIDGET, 0)
    assert worker._process is not None
    worker._process.kill()
    worker._process.wait()
    assert worker.evaluate(good, WIDGET, 0) == Health(HealthStatus.HEALTHY, "Ready")
