"""Plans and events of small operations, for the tests of what shows them."""

from __future__ import annotations

from collections.abc import Iterable

from tenter.library import (
    AttemptPlanned,
    Key,
    LogLine,
    OperationEnded,
    OperationPhase,
    OperationStarted,
    Phase,
    Plan,
    Progress,
    ResultStatus,
    Stage,
    StageEntered,
    StageKey,
    Task,
    TaskChanged,
    TaskKind,
    TaskPhase,
    Wait,
    WaitingFor,
    WaitKind,
)

START = 1_700_000_000.0

MIGRATE = Key("batch", "Job", "shop", "migrate")
CONFIG = Key("", "ConfigMap", "shop", "settings")
WEB = Key("apps", "Deployment", "shop", "web")
CLEAN_UP = Key("batch", "Job", "shop", "clean-up")


def task(key: Key, phase: Phase, kind: TaskKind = TaskKind.APPLY, wave: int = 0) -> Task:
    return Task(id=f"{phase}/{key.short}", kind=kind, phase=phase, wave=wave, key=key)


def stage(phase: Phase, wave: int, *tasks: Task) -> Stage:
    return Stage(key=StageKey(phase, wave), groups=tuple((one,) for one in tasks))


MIGRATE_TASK = task(MIGRATE, Phase.PRE_SYNC, TaskKind.HOOK)
CONFIG_TASK = task(CONFIG, Phase.SYNC)
WEB_TASK = task(WEB, Phase.SYNC)
CLEAN_UP_TASK = task(CLEAN_UP, Phase.SYNC_FAIL, TaskKind.HOOK)

SHOP_PLAN = Plan(
    stages=(
        stage(Phase.PRE_SYNC, 0, MIGRATE_TASK),
        stage(Phase.SYNC, 0, CONFIG_TASK, WEB_TASK),
    ),
    fail_stages=(stage(Phase.SYNC_FAIL, 0, CLEAN_UP_TASK),),
)


def started(at: float = 0.0) -> OperationStarted:
    return OperationStarted(
        at=START + at,
        application="shop",
        operation="op",
        revision="3f2a1bc" + "0" * 33,
        namespace="shop",
    )


def planned(plan: Plan = SHOP_PLAN, number: int = 0, at: float = 0.0) -> AttemptPlanned:
    return AttemptPlanned(at=START + at, number=number, plan=plan)


def entered(phase: Phase, wave: int = 0, at: float = 0.0) -> StageEntered:
    return StageEntered(at=START + at, phase=phase, wave=wave)


def changed(
    one: Task,
    state: TaskPhase,
    message: str = "",
    at: float = 0.0,
    status: ResultStatus | None = None,
) -> TaskChanged:
    return TaskChanged(
        at=START + at,
        task=one.id,
        key=one.key,
        phase=one.phase,
        wave=one.wave,
        hook=one.kind is TaskKind.HOOK,
        state=state,
        status=status,
        message=message,
    )


def logged(one: Task, text: str, at: float = 0.0) -> LogLine:
    return LogLine(
        at=START + at, task=one.id, key=one.key, pod="migrate-x", container="main", text=text
    )


def waiting(
    message: str, key: Key, since: float, deadline: float | None = None, at: float = 0.0
) -> WaitingFor:
    until = None if deadline is None else START + deadline
    wait = Wait(kind=WaitKind.HOOK, key=key, since=START + since, deadline=until)
    return WaitingFor(at=START + at, message=message, waits=(wait,))


def ended(phase: OperationPhase, message: str = "", at: float = 0.0) -> OperationEnded:
    return OperationEnded(
        at=START + at, phase=phase, message=message, operation_state={"phase": phase.value}
    )


def failed_migration() -> Iterable[Progress]:
    yield started()
    yield planned()
    yield entered(Phase.PRE_SYNC, at=0.1)
    yield changed(MIGRATE_TASK, TaskPhase.RUNNING, at=0.2)
    yield logged(MIGRATE_TASK, "applying 0003", at=1.0)
    yield logged(MIGRATE_TASK, "no such column: colour", at=1.1)
    yield changed(
        MIGRATE_TASK,
        TaskPhase.FAILED,
        'container "main" failed with exit code 1',
        at=2.2,
    )
    yield entered(Phase.SYNC_FAIL, at=2.3)
    yield changed(CLEAN_UP_TASK, TaskPhase.RUNNING, at=2.4)
    yield changed(CLEAN_UP_TASK, TaskPhase.SUCCEEDED, at=3.0)
    yield ended(OperationPhase.FAILED, "hook batch/Job/migrate failed", at=3.1)


def good_sync() -> Iterable[Progress]:
    yield started()
    yield planned()
    yield entered(Phase.PRE_SYNC, at=0.1)
    yield changed(MIGRATE_TASK, TaskPhase.RUNNING, at=0.2)
    yield waiting("waiting for completion of hook batch/Job/migrate", MIGRATE, 0.2, at=0.3)
    yield changed(MIGRATE_TASK, TaskPhase.SUCCEEDED, at=2.2)
    yield WaitingFor(at=START + 2.2, message="")
    yield entered(Phase.SYNC, at=2.3)
    yield changed(
        CONFIG_TASK,
        TaskPhase.RUNNING,
        "configmap/settings unchanged",
        at=2.4,
        status=ResultStatus.SYNCED,
    )
    yield changed(
        WEB_TASK,
        TaskPhase.RUNNING,
        "deployment.apps/web configured",
        at=2.5,
        status=ResultStatus.SYNCED,
    )
    yield ended(OperationPhase.SUCCEEDED, "successfully synced (all tasks run)", at=2.6)
