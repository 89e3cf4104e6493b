"""Plays the acts on an embedded cluster with real processes, and judges each as it ends."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from tenter import library
from tenter.cli.demo.acts import ACTS, Act, Deed, Happened, shortcomings, verdict
from tenter.cli.demo.io_example import example_folder, read_revisions, temporary_folder
from tenter.cli.demo.io_receiver import Receiver, slack_receiver
from tenter.cli.demo.io_repository import DemoRepository
from tenter.cli.demo.io_shop import what_it_serves
from tenter.cli.exit_codes import ExitCode
from tenter.cli.formats import Format
from tenter.cli.io_terminal import Terminal
from tenter.cli.running import watched
from tenter.cli.view.durations import duration
from tenter.cli.view.text import Line, Span, Tone
from tenter.cli.view.wording import DONE, FAILED
from tenter.library import Cluster, Control, OperationPhase, Progress, SyncOutcome, TaskChanged

_NAME = "shop"
_FOLDER = "deploy"


@dataclass
class _Stage:
    """What the acts play on."""

    terminal: Terminal
    cluster: Cluster
    repository: DemoRepository
    revisions: list[dict[str, str]]
    slack: Receiver

    async def perform(self, act: Act) -> tuple[Happened, int]:
        """Play one act; return what came of it and the exit code of its command."""
        happened = Happened(phase=OperationPhase.ERROR)
        before = len(self.slack.messages)

        def notice(event: Progress) -> None:
            if (
                isinstance(event, TaskChanged)
                and event.hook
                and event.state is library.TaskPhase.SUCCEEDED
            ):
                happened.succeeded_hooks.append(event.key.name)

        async def operate(tell: Callable[[Progress], None], control: Control) -> SyncOutcome:
            def listen(event: Progress) -> None:
                notice(event)
                tell(event)

            outcome = await self._operate(act, listen, control)
            happened.phase = outcome.phase
            return outcome

        code = await watched(operate, Format.TEXT, lambda _: [])
        happened.messages = self.slack.messages[before:]
        if code != ExitCode.INTERRUPTED:
            happened.answer = await self._served(act)
        return happened, code

    async def _operate(
        self, act: Act, listen: Callable[[Progress], None], control: Control
    ) -> SyncOutcome:
        if act.deed is Deed.ROLLBACK:
            return await library.rollback(
                _NAME, cluster=self.cluster, namespace=_NAME, on_progress=listen, control=control
            )
        if act.deed is Deed.DELETE:
            return await library.delete(
                _NAME, cluster=self.cluster, namespace=_NAME, on_progress=listen, control=control
            )
        files = {f"{_FOLDER}/{path}": text for path, text in self.revisions[act.revision].items()}
        await self.repository.commit(files, act.title)
        return await library.sync(
            self.repository.url,
            cluster=self.cluster,
            application=_NAME,
            namespace=_NAME,
            path=_FOLDER,
            create_namespace=True,
            on_progress=listen,
            control=control,
        )

    async def _served(self, act: Act) -> dict[str, object]:
        if act.deed is Deed.DELETE:
            pods = await self.cluster.client.resource("", "Pod")
            left = await self.cluster.client.list(pods, _NAME, label_selector="app=shop")
            return {"version": "still something"} if left.items else {}
        return await what_it_serves(self.cluster, _NAME, act.serves)


async def play(terminal: Terminal, example: Path | None, now: Callable[[], float]) -> int:
    """Play all acts and return the exit code: 0 only where each ended as it should.

    Raises SourceError where the example or git is missing. Nothing is left running, however it
    ends.
    """
    folder = example_folder(example)
    began = now()

    def shown(message: str) -> None:
        terminal.print([[Span("Slack   ", Tone.STRONG), Span(message)]])

    async with AsyncExitStack() as stack:
        place = stack.enter_context(temporary_folder())
        slack = await stack.enter_async_context(slack_receiver(lambda _message: None))
        repository = DemoRepository(place)
        await repository.create()
        cluster = await stack.enter_async_context(Cluster.embedded(run_processes=True))
        terminal.print(_opening(place, slack.url))
        set_up = _Stage(terminal, cluster, repository, read_revisions(folder, slack.url), slack)
        for number, act in enumerate(ACTS, start=1):
            terminal.print(_heading(number, act))
            heard = len(slack.messages)
            happened, code = await set_up.perform(act)
            if code == ExitCode.INTERRUPTED:
                return code
            for message in slack.messages[heard:]:
                shown(message)
            wrong = shortcomings(act, happened)
            terminal.print(_judged(act, happened, wrong))
            if wrong:
                return ExitCode.FAILED
    took = duration(now() - began)
    terminal.print(
        [
            [],
            [
                Span(f"{DONE} ", Tone.GOOD),
                Span(f"All {len(ACTS)} acts went as they should, in {took}. ", Tone.STRONG),
                Span("Nothing is left running."),
            ],
        ]
    )
    return ExitCode.DONE


def _opening(place: Path, slack: str) -> list[Line]:
    return [
        [
            Span("A shop's life in six acts, ", Tone.STRONG),
            Span("on a Kubernetes cluster inside this process, from a Git repository in "),
            Span(f"{place}."),
        ],
        [Span(f"Its containers run as processes of this machine; its Slack is {slack}.")],
    ]


def _heading(number: int, act: Act) -> list[Line]:
    return [
        [],
        [Span(f"Act {number} of {len(ACTS)}: {act.title}", Tone.STRONG)],
        [Span(act.shows, Tone.DIM)],
        [Span(f"$ {_command(act)}", Tone.BUSY)],
    ]


def _command(act: Act) -> str:
    place = f"--app {_NAME} -n {_NAME}"
    if act.deed is Deed.SYNC:
        return f"tenter sync REPOSITORY --path {_FOLDER} {place} --create-namespace"
    return f"tenter {act.deed.value} {place}"


def _judged(act: Act, happened: Happened, wrong: list[str]) -> list[Line]:
    if not wrong:
        said = "as it should" if act.ends is OperationPhase.SUCCEEDED else "as it was meant to"
        return [
            [
                Span(f"{DONE} ", Tone.GOOD),
                Span(f"Act ended {said}: {verdict(act, happened)}."),
            ]
        ]
    return [[Span(f"{FAILED} ", Tone.BAD), Span(f"Not as it should: {one}.")] for one in wrong]
