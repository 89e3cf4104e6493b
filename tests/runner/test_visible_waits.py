"""A Job or a workload whose Pods visibly wait says so, while it is still on its way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from tests.runner.ground import Ground, Journal, config, job, messages

from tenter.engine import Record, TaskPhase
from tenter.environment import Environment
from tenter.errors import Forbidden, ServerFault
from tenter.health import Health, HealthStatus
from tenter.kube.answers import ObjectList
from tenter.kube.informers import Change
from tenter.kube.watching import WatchEvent
from tenter.manifests import Key, Manifest
from tenter.runner import Control, Report, Surroundings
from tenter.runner.journal import SavedOperation
from tenter.runner.pod_waits import PodWaits
from tenter.runner.progress import TaskChanged, WaitingFor

PULL = 'ImagePullBackOff: container "main": Back-off pulling image "busybox"'
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
      annotations: {embedded.tenter.dev/outcome: pull-error}
    spec:
      containers: [{name: main, image: busybox}]
---
"""


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenter.runner.pod_waits.PATIENCE", 0.01)


class Watching(Journal):
    """Ends the operation once a save shows what is waited for, and keeps that save."""

    def __init__(self, control: Control) -> None:
        super().__init__()
        self.control = control
        self.shown: SavedOperation | None = None

    async def save(self, saved: SavedOperation) -> None:
        await super().save(saved)
        if self.shown is None and b"ImagePullBackOff" in saved.report:
            self.shown = saved
            self.control.terminate()


async def told_while_running(ground: Ground, text: str) -> SavedOperation:
    """Return the first save that tells of the wait."""
    control = Control()
    journal = Watching(control)
    async with asyncio.timeout(20):
        await ground.run(text, control=control, journal=journal)
    assert journal.shown is not None
    return journal.shown


async def test_the_saved_report_says_why_a_hook_waits_while_it_is_progressing(
    ground: Ground,
) -> None:
    saved = await told_while_running(ground, job("migrate", hook="PreSync", outcome="pull-error"))
    (hook,) = msgspec.json.decode(saved.report, type=Report).attempts[-1].hooks.values()
    assert hook.state is TaskPhase.RUNNING
    assert PULL in hook.message
    assert "(Pod migrate-" in hook.message


async def test_the_result_of_a_running_hook_says_why_it_waits(ground: Ground) -> None:
    await told_while_running(ground, job("migrate", hook="PreSync", outcome="pull-error"))
    running = [each for each in ground.events(TaskChanged) if each.state is TaskPhase.RUNNING]
    assert PULL in running[-1].message


async def test_the_saved_results_say_why_a_hook_waits(ground: Ground) -> None:
    saved = await told_while_running(ground, job("migrate", hook="PreSync", outcome="pull-error"))
    (result,) = msgspec.json.decode(saved.record, type=Record).results.values()
    assert PULL in result.message


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize(
    "text", [DEPLOYMENT, job("load", outcome="pull-error")], ids=["Deployment", "Job"]
)
async def test_an_ordinary_object_that_is_awaited_says_why_it_waits(
    ground: Ground, text: str
) -> None:
    control = Control()

    def hear(event: Any) -> None:
        if isinstance(event, WaitingFor) and any(wait.reason for wait in event.waits):
            control.terminate()

    ground.listener = hear
    async with asyncio.timeout(20):
        await ground.run(text + config("later", wave="1"), control=control)
    reasons = [w.reason for event in ground.events(WaitingFor) for w in event.waits if w.reason]
    assert reasons[0].startswith(PULL)


async def test_a_hook_that_starts_late_ends_with_its_own_message(ground: Ground) -> None:
    record = await ground.run(job("migrate", hook="PreSync"))
    assert messages(record)["migrate"] == "Reached expected number of succeeded pods"


class Pods:
    """Informers that know of Pods alone, and a client that may be refused them.

    Its Events are those that ``warn`` tells.
    """

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.asked = 0
        self.was_asked = asyncio.Event()
        self.listeners: list[Any] = []
        self.warnings: list[Manifest] = []
        self.more: asyncio.Queue[WatchEvent] = asyncio.Queue()
        self.followed = asyncio.Event()

    def on_change(self, listener: Any) -> Any:
        self.listeners.append(listener)
        return lambda: None

    async def resource(self, *_: str) -> Any:
        self.asked += 1
        self.was_asked.set()
        if self.errors:
            raise self.errors.pop(0)
        return None

    def items(self, *_: Any) -> list[Manifest]:
        return []

    async def list(self, *_: Any, field_selector: str) -> ObjectList:
        assert field_selector == "type=Warning"
        return ObjectList(self.warnings, "1")

    def watch(self, *_: Any, **options: Any) -> Any:
        """Follow Pods, of which every one is told at once; or Events, as they come."""
        return self._events() if options else asyncio.sleep(0)

    async def _events(self) -> AsyncGenerator[WatchEvent]:
        self.followed.set()
        while True:
            yield await self.more.get()

    def tell(self, pod: Manifest, *, deleted: bool = False) -> None:
        metadata = pod["metadata"]
        key = Key("", "Pod", "shop", metadata["name"])
        for listener in self.listeners:
            listener(
                Change(
                    key=key,
                    uid=metadata["uid"],
                    resource_version="1",
                    object=pod,
                    deleted=deleted,
                )
            )


def waits(pods: Pods, tasks: Any, turned: list[Key] | asyncio.Queue[Key]) -> PodWaits:
    heard = turned.append if isinstance(turned, list) else turned.put_nowait
    around: Any = Surroundings(
        client=pods,  # type: ignore[arg-type]
        informers=pods,  # type: ignore[arg-type]
        environment=Environment(now=lambda: 0.0, random=None),  # type: ignore[arg-type]
        listener=lambda _: None,
    )
    return PodWaits(around, tasks, heard)


def pod(name: str, owner: dict[str, str] | None = None, reason: str = "ErrImagePull") -> Manifest:
    references = [owner] if owner else []
    container = {"name": "main", "state": {"waiting": {"reason": reason}}}
    return {
        "metadata": {
            "name": name,
            "uid": f"uid-of-{name}",
            "ownerReferences": references,
            "labels": {"pod-template-hash": "abc12"},
        },
        "status": {"containerStatuses": [container]},
    }


JOB = {"apiVersion": "batch/v1", "kind": "Job", "name": "migrate", "uid": "j1"}
REPLICA_SET = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-abc12", "uid": "r1"}
JOB_KEY = Key("batch", "Job", "shop", "migrate")


def test_several_waiting_pods_are_counted() -> None:
    pods, turned = Pods(), list[Key]()
    found = waits(pods, None, turned)
    pods.tell(pod("a", JOB))
    pods.tell(pod("b", JOB))
    assert found.reason(JOB_KEY, "j1") == 'ErrImagePull: container "main" (Pod a and 1 more)'
    assert turned.count(JOB_KEY) == 2


def test_a_job_of_the_same_name_does_not_answer_for_another() -> None:
    pods = Pods()
    found = waits(pods, None, [])
    pods.tell(pod("a", JOB))
    assert found.reason(JOB_KEY, "j2") == ""


@pytest.mark.parametrize("after", ["started", "deleted", "leaving"])
def test_a_pod_that_waits_no_more_is_forgotten(after: str) -> None:
    pods = Pods()
    found = waits(pods, None, [])
    pods.tell(pod("a", JOB))
    later = pod("a", JOB, "ContainerCreating") if after == "started" else pod("a", JOB)
    if after == "leaving":
        later["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    pods.tell(later, deleted=after == "deleted")
    assert found.reason(JOB_KEY, "j1") == ""


def test_a_pods_own_reason_is_told_for_itself() -> None:
    pods = Pods()
    found = waits(pods, None, [])
    pods.tell(pod("a"))
    key = Key("", "Pod", "shop", "a")
    assert found.reason(key, "uid-of-a") == 'ErrImagePull: container "main"'


def test_pods_of_a_replica_set_answer_for_its_deployment() -> None:
    pods = Pods()
    found = waits(pods, None, [])
    pods.tell(pod("a", REPLICA_SET))
    deployment = Key("apps", "Deployment", "shop", "web")
    assert found.reason(deployment, "any").startswith("ErrImagePull")


class Done(Exception):  # noqa: N818 - it ends a test, and is no error
    """Everything that was to be seen was seen."""


@asynccontextmanager
async def watching() -> AsyncGenerator[asyncio.TaskGroup]:
    """Run what follows the cluster until the block raises ``Done``."""
    try:
        async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            yield tasks
            pytest.fail("the block is to end with Done")
    except* Done:
        pass


def warning(about: str, reason: str, message: str, at: str = "2026-01-01T00:00:01Z") -> Manifest:
    return {
        "metadata": {"name": "e"},
        "type": "Warning",
        "reason": reason,
        "message": message,
        "involvedObject": {"uid": about},
        "lastTimestamp": at,
    }


def starting(name: str) -> Manifest:
    made = pod(name, JOB, "ContainerCreating")
    made["status"]["phase"] = "Pending"
    return made


MISSING = 'MountVolume.SetUp failed for volume "config": configmap "settings" not found'


@pytest.mark.usefixtures("_impatient")
async def test_a_pod_that_is_being_started_is_explained_by_what_the_cluster_warns_of() -> None:
    pods, turned = Pods(), list[Key]()
    async with watching() as tasks:
        found = waits(pods, tasks, turned)
        pods.tell(starting("a"))
        assert found.reason(JOB_KEY, "j1") == ""
        pods.warnings = [warning("uid-of-a", "FailedMount", MISSING)]
        found.explained(JOB_KEY, "j1", PROGRESSING)
        await pods.followed.wait()
        assert found.reason(JOB_KEY, "j1") == f"FailedMount: {MISSING} (Pod a)"
        assert JOB_KEY in turned
        started = {**starting("a"), "status": {"phase": "Running"}}
        pods.tell(started)
        assert found.reason(JOB_KEY, "j1") == ""
        raise Done


@pytest.mark.usefixtures("_impatient")
async def test_a_job_that_gets_no_pods_is_explained_by_its_own_warning() -> None:
    pods = Pods()
    turned: asyncio.Queue[Key] = asyncio.Queue()
    async with watching() as tasks:
        found = waits(pods, tasks, turned)
        found.explained(JOB_KEY, "j1", PROGRESSING)
        await pods.followed.wait()
        pods.more.put_nowait(WatchEvent("ADDED", warning("j1", "FailedCreate", "exceeded quota")))
        assert await turned.get() == JOB_KEY
        explained = found.explained(JOB_KEY, "j1", PROGRESSING)
        assert explained == Health(
            HealthStatus.PROGRESSING, "1 active; FailedCreate: exceeded quota"
        )
        pods.tell(starting("a"))
        assert found.reason(JOB_KEY, "j1") == ""
        raise Done


@pytest.mark.usefixtures("_impatient")
async def test_the_latest_warning_counts() -> None:
    pods = Pods()
    pods.warnings = [
        warning("j1", "FailedCreate", "second", at="2026-01-01T00:00:02Z"),
        warning("j1", "FailedCreate", "first", at="2026-01-01T00:00:01Z"),
    ]
    async with watching() as tasks:
        found = waits(pods, tasks, [])
        found.explained(JOB_KEY, "j1", PROGRESSING)
        await pods.followed.wait()
        assert found.reason(JOB_KEY, "j1") == "FailedCreate: second"
        raise Done


PROGRESSING = Health(HealthStatus.PROGRESSING, "1 active")


@pytest.mark.usefixtures("_impatient")
async def test_pods_that_could_not_be_read_are_asked_for_again() -> None:
    pods = Pods(ServerFault("busy", code=500))
    async with watching() as tasks:
        found = waits(pods, tasks, [])
        while pods.asked < 2:
            assert found.explained(JOB_KEY, "j1", PROGRESSING) is PROGRESSING
            await pods.was_asked.wait()
            pods.was_asked.clear()
        await pods.followed.wait()
        raise Done


@pytest.mark.usefixtures("_impatient")
async def test_pods_that_may_not_be_read_are_asked_for_once() -> None:
    pods = Pods(Forbidden("no", code=403))
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        found = waits(pods, tasks, [])
        found.explained(JOB_KEY, "j1", PROGRESSING)
        await pods.was_asked.wait()
    timers = dict(found._followed)
    found.explained(JOB_KEY, "j1", PROGRESSING)
    assert found._followed == timers


async def test_a_hook_that_runs_out_of_time_tells_what_it_waited_for(ground: Ground) -> None:
    hook = job("migrate", hook="PreSync", outcome="pull-error", **{"tenter.dev/timeout": "1s"})
    async with asyncio.timeout(20):
        record = await ground.run(hook)
    said = messages(record)["migrate"]
    assert said.startswith("timed out after 1s: ")
    assert PULL in said
