"""Runs health scripts in a child process, which is killed when one misbehaves."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from tenter.health import Health
from tenter.manifests import Manifest
from tenter.scripting.complaints import died, not_started, out_of_time
from tenter.scripting.io_blocking import BlockingWorker
from tenter.scripting.io_child_process import TIME_LIMIT
from tenter.scripting.io_conversation import Conversation
from tenter.scripting.script import Script
from tenter.scripting.wire import LONGEST_ANSWER, Answer, question_frame, verdict


class Worker:
    """An evaluator in a process of its own. Close it (``async with``) to end that process."""

    def __init__(self, *, time_limit: float = TIME_LIMIT) -> None:
        self._time_limit = time_limit
        self._conversation = Conversation(
            "io_child", Answer, longest_answer=LONGEST_ANSWER, time_limit=time_limit
        )
        self._blocking = BlockingWorker(time_limit=time_limit)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def evaluate(self, script: Script, obj: Manifest, now: float) -> Health | None:
        """Return the script's verdict, as ``Evaluator.evaluate`` says."""
        frame = question_frame(script, obj, now)
        try:
            answer = await self._conversation.ask(frame)
        except TimeoutError as error:
            raise out_of_time(script, self._time_limit) from error
        except ChildProcessError as error:
            raise not_started(sys.executable) from error
        except ConnectionError as error:
            raise died(script) from error
        return verdict(answer)

    def evaluate_now(self, script: Script, obj: Manifest, now: float) -> Health | None:
        """Return the script's verdict, as ``Evaluator.evaluate_now`` says.

        By a worker of its own, since this one's belongs to the event loop.
        """
        return self._blocking.evaluate(script, obj, now)

    async def aclose(self) -> None:
        """End the processes, whatever they do."""
        self._blocking.close()
        await self._conversation.aclose()
