"""One seed played: the cluster, the runners, the user and the trouble, on one loop.

The user is patient and stubborn: whatever a command ends with, the same is asked for again until
the operation is over. Runners die and hang as the scenario says; when the last trouble of a step
is past, the operation must be over within ``BOUND``.
"""

from __future__ import annotations

import asyncio
import contextvars
import hashlib
import random
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any
from unittest.mock import patch

import msgspec

from tenter.applications import (
    Application,
    DeleteRequest,
    Outcome,
    SyncRequest,
    Workplace,
    delete,
    preparing,
    rollback,
    sync,
    terminate,
)
from tenter.embedded import EmbeddedCluster
from tenter.embedded.store import Change
from tenter.engine import RetryOptions, Selected
from tenter.environment import Environment
from tenter.errors import StateError, TenterError, UsageError
from tenter.kube import Client
from tenter.kube.requests import Request
from tenter.manifests import Document, Origin
from tenter.runner import Control
from tenter.runner.progress import WaitingFor, Warned
from tenter.sources import GitSource, Loaded
from tests.simulation.checkers import Checkers, Violation
from tests.simulation.ledger import APPLICATION, Ledger, Life
from tests.simulation.network import WRITES, Network, RunnerTransport, actor
from tests.simulation.node import SimulatedNode
from tests.simulation.scenarios import PART, Fault, Scenario, Step
from tests.simulation.virtual_loop import Process, Restless, VirtualLoop, current_process, run

MORNING = 1_767_250_800.0
BOUND = 900.0
"""Virtual seconds after the last trouble within which an operation must be over."""
_PATIENCE = 200.0
_MAY_LOSE_THE_LEASE = 9.0
"""Seconds of a pause after which a Lease that was due to be renewed may have run out."""
NAMESPACE = "default"


class Result:
    """What came of a seed: the trace's hash, the counts, and the violation, if there was one."""

    def __init__(self) -> None:
        self.violation: Violation | None = None
        self.trace = ""
        self.lines: list[str] = []
        self.objects = 0
        self.hooks = 0
        self.requests = 0
        self.exempt = 0
        self.untraceable = 0
        self.faults: list[str] = []
        self.covered: dict[str, int] = {}
        self.seconds = 0.0

    def cover(self, what: str) -> None:
        """Count that this was seen."""
        self.covered[what] = self.covered.get(what, 0) + 1


def play(scenario: Scenario, *, tell: bool = False) -> Result:
    """Play a scenario to its end, or to the first violation. With ``tell`` keep its story."""
    result = Result()
    try:
        run(_World(scenario, result, tell=tell).main())
    except Restless as restless:
        result.violation = Violation("restless", str(restless))
    return result


class _World:
    def __init__(self, scenario: Scenario, result: Result, *, tell: bool) -> None:
        self.scenario = scenario
        self.result = result
        self._tells = tell
        self._digest = hashlib.sha256()
        self._chance = random.Random(f"world {scenario.seed}")
        self._step = 0
        self._sent = 0
        self._head = 0
        self._faults: dict[tuple[int, int], list[Fault]] = {}
        for fault in scenario.faults:
            self._faults.setdefault((fault.step, fault.at), []).append(fault)
        self._trouble_until = 0.0
        self._count = 0
        self._processes: list[Process] = []
        self._controls: dict[str, Control] = {}
        self._command: Callable[[Process], Coroutine[Any, Any, Outcome]] | None = None
        self._outcome: asyncio.Future[Outcome] | None = None
        self._frozen: asyncio.Future[None] | None = None
        self._waiting = ""

    # The whole

    async def main(self) -> None:
        """Play the scenario; what is found is in the result."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        self.loop = loop
        self._verdict: asyncio.Future[Violation] = loop.create_future()
        chance = random.Random(f"cluster {self.scenario.seed}")
        environment = Environment(now=self.now, random=chance)
        cluster = EmbeddedCluster(
            environment, history_limit=0, behaviour=SimulatedNode(environment)
        )
        async with cluster:
            self.cluster = cluster
            cluster.store.subscribe(self._trace)
            self.network = Network(
                cluster,
                loop,
                random.Random(f"network {self.scenario.seed}"),
                due=self._due,
                happen=self._happen,
                departed=self._departed,
            )
            self.ledger = Ledger(cluster.store, self.now)
            self.checkers = Checkers(
                self.scenario, self.ledger, self.network, self.now, self._violated
            )
            if self._tells:
                self.ledger.on_event(self._narrate)
            self.ledger.on_event(self._cover)
            with patch.object(preparing, "load", self._load):
                try:
                    await self._play()
                finally:
                    await self._tidy()
        self._sum_up()

    def now(self) -> float:
        return MORNING + self.loop.time()

    async def _play(self) -> None:
        story = self.loop.outside(self._steps())
        await asyncio.wait([story, self._verdict], return_when=asyncio.FIRST_COMPLETED)
        if self._verdict.done():
            self.result.violation = self._verdict.result()
        elif story.exception() is not None:
            error = story.exception()
            assert error is not None
            if not isinstance(error, Violation):
                raise error
            self.result.violation = error
        story.cancel()

    async def _tidy(self) -> None:
        """Let every process that was killed unwind now, when nothing counts any more."""
        self.network.over = True
        for process in self._processes:
            if process.task is not None:
                process.task.cancel()
            process.thaw()
        tasks = [process.task for process in self._processes if process.task is not None]
        with suppress(TimeoutError):
            async with asyncio.timeout(600):
                await asyncio.gather(*tasks, return_exceptions=True)

    def _sum_up(self) -> None:
        result = self.result
        result.trace = self._digest.hexdigest()[:16]
        result.objects = len(self.ledger.lives)
        result.hooks = sum(1 for life in self.ledger.lives.values() if life.marks)
        result.requests = self.network.requests
        result.exempt = self.checkers.exempt
        result.untraceable = self.checkers.untraceable
        result.seconds = self.loop.time()

    # The user

    async def _steps(self) -> None:
        for number, step in enumerate(self.scenario.steps):
            if step.kind == "nothing":
                continue
            self._step, self._sent = number, 0
            self._head = max(self._head, step.revision)
            self._trouble_until = self.loop.time()
            self.checkers.new_step()
            self._say(f"The user asks for {_described(step)}.")
            self.result.cover(f"step {step.kind}")
            await self._carry_out(step)

    async def _carry_out(self, step: Step) -> None:
        self._command = self._command_of(step)
        self._outcome = self.loop.create_future()
        alarm = None
        if step.terminate_at:
            alarm = self.loop.call_later(
                step.terminate_at, self._terminate, context=contextvars.Context()
            )
        elif step.kind != "delete":
            # A hook that hangs and is applied over hangs on, with no limit where none is set now.
            alarm = self.loop.call_later(
                _PATIENCE, self._terminate_what_hangs, step, context=contextvars.Context()
            )
        else:
            # A delete hook that cannot succeed is tried again for ever, until the user skips it.
            alarm = self.loop.call_later(
                _PATIENCE, self._skip_hooks, step, context=contextvars.Context()
            )
        outcome = None
        for _ in range(200):
            outcome = await self._attempt()
            if outcome is not None:
                break
            if self.loop.time() > self._trouble_until + BOUND:
                break
        if alarm is not None:
            alarm.cancel()
        if outcome is None:
            self._violated(
                Violation("stuck", f"{_described(step)} is not over; it says: {self._waiting}")
            )
            await asyncio.sleep(1)
            return
        await self._quiet()
        if isinstance(outcome, Outcome):
            self._say(f"It is over: {outcome.phase}, {outcome.message}")
            self.result.cover(f"{step.kind} {outcome.phase}")
            self.checkers.step_ended(outcome)
        await asyncio.sleep(1)

    def _terminate_what_hangs(self, step: Step) -> None:
        if any("Timeout=" in option for option in step.options):
            return
        hanging = [
            life
            for life in self.ledger.lives.values()
            if life.alive
            and life.marks
            and not life.outcome
            and life.deletion is None
            and life.hangs
            and not self.scenario.part(life.part).shapes[step.revision].timeout
        ]
        if hanging:
            self._say(f"The user sees that {hanging[0]} hangs.")
            self._terminate()

    def _skip_hooks(self, step: Step) -> None:
        self._say("The user gives the delete hooks up.")
        self._command = self._command_of(msgspec.structs.replace(step, skip_hooks=True))
        self._outcome = self.loop.create_future()
        self.checkers.terminated = True
        for control in self._controls.values():
            control.terminate("Interrupted")

    async def _attempt(self) -> Outcome | str | None:
        """Start the command once and return what came of it, None where it is to be tried again."""
        assert self._command is not None
        assert self._outcome is not None
        process = self._start(self._command)
        assert process.task is not None
        sought = self._outcome
        while not (process.frozen or process.task.done() or sought.done()):
            self._frozen = self.loop.create_future()
            await asyncio.wait(
                [process.task, sought, self._frozen],
                return_when=asyncio.FIRST_COMPLETED,
                timeout=30,
            )
            if self.loop.time() > self._trouble_until + BOUND:
                return None
        if self._outcome.done():
            return self._outcome.result()
        if process.task.done() and not process.task.cancelled():
            error = process.task.exception()
            if isinstance(error, UsageError):
                self._say(f"It cannot be done: {error}")
                return str(error)
            if isinstance(error, StateError) and "there is no application" in str(error):
                return str(error)
            if error is not None:
                if not isinstance(error, TenterError):
                    self._violated(Violation("crash", f"{process} raised {error!r}"))
                    raise error
                self._say(f"{process} ends: {error}")
        await asyncio.sleep(self._chance.choice((0.5, 4.0, 16.0)))
        if self._outcome.done():
            return self._outcome.result()
        return None

    async def _quiet(self) -> None:
        """Wait until every process of the step has ended or was killed for good."""
        for process in self._processes:
            if process.task is None or process.task.done():
                continue
            try:
                async with asyncio.timeout(BOUND):
                    await self._unless_killed(process)
            except TimeoutError:
                self._violated(Violation("stuck", f"{process} does not end; {self._waiting}"))

    async def _unless_killed(self, process: Process) -> None:
        assert process.task is not None
        while not (process.killed or process.task.done()):
            await asyncio.wait([process.task], timeout=30)

    def _start(
        self, command: Callable[[Process], Coroutine[Any, Any, Outcome]], what: str = "runner"
    ) -> Process:
        self._count += 1
        process = Process(f"{what}-{self._count}", self.loop)
        process.born = self.now()
        self._processes.append(process)
        outcome = self._outcome

        async def program() -> None:
            ended = await command(process)
            if what == "runner" and outcome is not None and not outcome.done():
                outcome.set_result(ended)

        self._say(f"{process} starts.")
        process.start(program())
        return process

    def _workplace(self, process: Process) -> Workplace:
        environment = Environment(
            now=self.now, random=random.Random(f"{process.name} {self.scenario.seed}")
        )
        control = self._controls[process.name] = Control()
        return Workplace(
            client=Client(RunnerTransport(self.network, process), environment),
            environment=environment,
            control=control,
            holder=process.name,
            listener=self._hear,
        )

    def _hear(self, event: Any) -> None:
        if isinstance(event, WaitingFor) and event.message:
            self._waiting = event.message
        elif isinstance(event, Warned) and self._tells:
            self._say(f"  {current_process()} warns: {event.message}")

    def _command_of(self, step: Step) -> Callable[[Process], Coroutine[Any, Any, Outcome]]:
        match step.kind:
            case "sync":
                return lambda process: sync(self._sync_request(step), self._workplace(process))
            case "rollback":
                return lambda process: rollback(
                    self._workplace(process), APPLICATION, NAMESPACE, prune=step.prune
                )
            case _:
                request = DeleteRequest(
                    application=APPLICATION,
                    state_namespace=NAMESPACE,
                    skip_hooks=step.skip_hooks,
                )
                return lambda process: delete(request, self._workplace(process))

    def _sync_request(self, step: Step) -> SyncRequest:
        application = Application(
            name=APPLICATION,
            source=GitSource(repository="https://git.example/shop"),
            namespace=NAMESPACE,
            retry=RetryOptions(limit=step.retries, duration=2.0),
        )
        return SyncRequest(
            application=application,
            revision=str(step.revision) * 40,
            prune=step.prune,
            options=step.options,
            selection=tuple(self._selected(part) for part in step.selection),
        )

    def _selected(self, identifier: str) -> Selected:
        part = self.scenario.part(identifier)
        group = {"Deployment": "apps", "Job": "batch"}.get(part.kind, "")
        return Selected(group=group, kind=part.kind, name=part.name)

    async def _load(self, source: Any, **_: Any) -> Loaded:
        """Stand for the repository: its revisions are the scenario's."""
        revision = self._head if source.revision == "HEAD" else int(source.revision[0])
        documents = tuple(
            Document(manifest, Origin(f"{manifest['metadata']['annotations'][PART]}.yaml"))
            for manifest in self.scenario.manifests(revision)
        )
        return Loaded(documents=documents, revision=str(revision) * 40, origin="the repository")

    # Trouble

    def _due(self) -> list[Fault]:
        self._sent += 1
        due = self._faults.pop((self._step, self._sent), [])
        for fault in due:
            self._note_trouble(fault.kind, fault.size)
        return due

    def _departed(self, process: Process, request: Request) -> None:
        self._digest.update(
            f"{self.loop.time():.6f} {process.name} {request.method} {request.path}\n".encode()
        )
        if (
            request.method in WRITES
            and ("dryRun", "All") not in request.query
            and "reviews" not in request.path
            and "/leases" not in request.path
            and "/secrets/tenter." not in request.path
            and not (
                request.method == "POST"
                and request.path.endswith("/secrets")
                and not _part_in(request)
            )
        ):
            self.checkers.departed(process, request.method, request.path)

    def _happen(self, fault: Fault, process: Process) -> None:
        """Do what concerns more than one request; runs in whatever context the request runs."""
        if not self.network.over:
            contextvars.Context().run(self._happen_outside, fault, process)

    def _happen_outside(self, fault: Fault, process: Process) -> None:  # noqa: PLR0912 - one case a fault
        kind = fault.kind
        if kind.startswith("touch "):
            self._touch(kind.partition(" ")[2])
            return
        self._say(f"  Fault: {kind} {fault.size or ''} ({process}, request {self._sent}).")
        match kind:
            case "crash-before" | "crash-during" | "crash-after":
                process.kill()
                self._notice()
            case "pause":
                self._pause(process, fault.size)
            case "partition":
                self.network.partitioned[process.name] = self.loop.time() + fault.size
                for line in tuple(self.network.streams):
                    if line.process is process:
                        line.cut()
            case "second-runner":
                if self._command is not None:
                    self._start(self._command, "runner")
            case "terminate":
                self._terminate()
            case "interrupt":
                control = self._controls.get(process.name)
                if control is not None:
                    self.checkers.terminated = True
                    control.terminate("Interrupted")
            case "watch-cut":
                self.network.cut()
            case "watch-late":
                for line in self.network.streams:
                    line.late = fault.size
            case "watch-repeated":
                for line in self.network.streams:
                    line.repeat()
            case "expired-410":
                self.cluster.store.compact()
                self.network.cut()
            case "foreign-delete" | "foreign-edit" | "foreign-vanish" | "pod-deleted":
                self._meddle(kind)

    def _note_trouble(self, kind: str, size: float) -> None:
        self.result.faults.append(kind)
        lasting = ("pause", "partition", "watch-late", "answer-slow", "late-list", "request-slow")
        seconds = size if kind in lasting else 0.0
        self._trouble_until = max(self._trouble_until, self.loop.time() + seconds)

    def _notice(self) -> None:
        """Have the user notice that a process no longer moves."""
        if self._frozen is not None and not self._frozen.done():
            self._frozen.set_result(None)

    def _pause(self, process: Process, seconds: float) -> None:
        process.freeze()
        self._notice()
        if seconds >= _MAY_LOSE_THE_LEASE:
            self.checkers.woken[process.name] = None

        def wake() -> None:
            if not process.killed:
                self._say(f"  {process} wakes.")
                process.thaw()

        self.loop.call_later(seconds, wake, context=contextvars.Context())

    def _terminate(self) -> None:
        self.checkers.terminated = True

        async def program(process: Process) -> Any:
            with suppress(TenterError):
                return await terminate(self._workplace(process), APPLICATION, NAMESPACE)

        self._start(program, "terminator")

    def _touch(self, path: str) -> None:
        """Annotate the object at ``path``, as a controller or a person does at any time."""
        body = {"metadata": {"annotations": {"example.org/touched": f"{self.now():.3f}"}}}
        self.loop.outside(self._foreign("PATCH", path, body))

    def _meddle(self, kind: str) -> None:
        if kind == "pod-deleted":
            pods = [
                stored.object["metadata"]["name"]
                for stored in self.cluster.store.objects("pods", NAMESPACE)
                if stored.object["metadata"].get("ownerReferences")
            ]
            if pods:
                self.checkers.meddled = True
                name = self._chance.choice(pods)
                self._say(f"  Somebody deletes Pod {name}.")
                path = f"/api/v1/namespaces/{NAMESPACE}/pods/{name}"
                self.loop.outside(self._foreign("DELETE", path, None))
            return
        lives = [life for life in self.ledger.lives.values() if life.alive]
        if not lives:
            return
        self.checkers.meddled = True
        life = self._chance.choice(lives)
        life.meddled = True
        self._say(f"  Somebody does {kind} to {life}.")
        self.loop.outside(self._meddle_with(life, kind))

    async def _meddle_with(self, life: Life, kind: str) -> None:
        path = _path_of(life)
        if kind == "foreign-edit":
            body: dict[str, Any] = {"metadata": {"labels": {"edited": "by-hand"}}}
            if life.kind == "ConfigMap":
                body["data"] = {"content": "edited"}
            await self._foreign("PATCH", path, body)
            return
        await self._foreign("DELETE", path, None)
        if kind == "foreign-vanish":
            await self._foreign("PATCH", path, {"metadata": {"finalizers": None}})

    async def _foreign(self, method: str, path: str, body: Any) -> None:
        actor.set(None)
        request = Request(
            method=method,
            path=path,
            query=(("fieldManager", "somebody"),) if method == "PATCH" else (),
            body=msgspec.json.encode(body) if body is not None else None,
            content_type="application/merge-patch+json" if body is not None else "application/json",
        )
        await self.network.server.send(request, timeout=10)

    # What is told

    def _violated(self, violation: Violation) -> None:
        if not self._verdict.done():
            self._say(f"VIOLATION {violation}")
            self._verdict.set_result(violation)

    def _trace(self, change: Change) -> None:
        self._digest.update(
            f"{self.loop.time():.6f} {change.version} {change.verb.value} "
            f"{change.resource} {change.key} {change.uid}\n".encode()
        )

    def _cover(self, word: str, life: Life | None, _process: Process | None) -> None:
        cover = self.result.cover
        if life is not None and life.marks and word in ("born", "adopted"):
            cover(f"phase {life.phase}")
            part = self.scenario.part(life.part)
            cover(f"policy {'+'.join(part.policies) or 'none'}")
            cover(f"hook {life.kind} {'generateName' if part.generated else 'name'}")
        elif life is not None and life.marks and word == "ended":
            cover(f"hook outcome {life.outcome}")

    def _narrate(self, word: str, life: Life | None, process: Process | None) -> None:
        if life is not None:
            said = f"{word} ({life.outcome})" if word == "ended" else word
            mark = f" for {life.mark.partition('.')[2]}" if life.marks else ""
            by = f" by {process}" if process else ""
            self._say(f"    {life}{mark}: {said}{by}")
            return
        record = self.ledger.saved.record
        if record is not None:
            hooks = ", ".join(
                f"{task_id.rpartition('/')[2]} {state.phase}"
                for task_id, state in record.hooks.items()
            )
            at = f"{record.cursor.phase}/{record.cursor.wave}" if record.cursor else "the beginning"
            failing = ", failing" if record.causes else ""
            self._say(
                f"    saved by {process}: {record.phase}, attempt {record.attempt.number}, at {at}"
                f"{failing}; {hooks}"
            )

    def _say(self, line: str) -> None:
        if self._tells:
            self.result.lines.append(f"{self.loop.time():9.3f}  {line}")


def _part_in(request: Request) -> bool:
    return PART.encode() in (request.body or b"")


def _path_of(life: Life) -> str:
    kind = life.kind.lower() + "s"
    prefix = {"Job": "/apis/batch/v1", "Deployment": "/apis/apps/v1"}.get(life.kind, "/api/v1")
    return f"{prefix}/namespaces/{NAMESPACE}/{kind}/{life.name}"


def _described(step: Step) -> str:
    if step.kind != "sync":
        return f"a {step.kind}" + (" without hooks" if step.skip_hooks else "")
    words = [f"a sync of revision {step.revision}"]
    if step.prune:
        words.append("with pruning")
    if step.selection:
        words.append(f"of {', '.join(step.selection)} alone")
    if step.options:
        words.append(f"({', '.join(step.options)})")
    if step.retries:
        words.append(f"with {step.retries} retries")
    if step.terminate_at:
        words.append(f"to be terminated after {step.terminate_at:g} s")
    return " ".join(words)
