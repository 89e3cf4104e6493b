"""Runs jq path expressions in a child process, which is killed when one misbehaves."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

import msgspec

from tenter.diff.ignoring import Path
from tenter.errors import OptionError
from tenter.manifests import Manifest
from tenter.scripting.io_child_process import TIME_LIMIT
from tenter.scripting.io_conversation import Conversation
from tenter.scripting.jq_wire import PathsAnswer, PathsQuestion
from tenter.scripting.wire import framed

_LONGEST_ANSWER = 4 * 1024 * 1024


class JqPaths:
    """A ``tenter.diff.Paths`` whose process starts at the first question.

    Close it (``async with``, or ``aclose``) to end that process.
    """

    def __init__(self, *, time_limit: float = TIME_LIMIT) -> None:
        self._time_limit = time_limit
        self._conversation = Conversation(
            "io_jq_child", PathsAnswer, longest_answer=_LONGEST_ANSWER, time_limit=time_limit
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def find(self, expressions: Sequence[str], obj: Manifest) -> tuple[Path, ...]:
        """Return every place in ``obj`` that an expression names, as ``Paths.find`` says."""
        shown = ", ".join(f'"{expression}"' for expression in expressions)
        encoded = msgspec.Raw(msgspec.json.encode(obj))
        question = framed(PathsQuestion(tuple(expressions), encoded))
        try:
            answer = await self._conversation.ask(question)
        except TimeoutError as error:
            raise OptionError(
                f"jqPathExpressions: {shown} took more than {self._time_limit:g} s and was "
                "stopped. Write it simpler, or use jsonPointers"
            ) from error
        except ChildProcessError as error:
            raise OptionError(
                f"jqPathExpressions: the process that runs jq did not start ({error}). Does this "
                "machine have memory and processes left?"
            ) from error
        except ConnectionError as error:
            raise OptionError(
                f"jqPathExpressions: {shown} ended the process that runs jq; it needs too much "
                "memory. Write it simpler, or use jsonPointers"
            ) from error
        if answer.error:
            raise OptionError(answer.error)
        return answer.paths

    async def aclose(self) -> None:
        """End the process, if one was started."""
        await self._conversation.aclose()
