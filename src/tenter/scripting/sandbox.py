"""Lua 5.1 in which a health script can do nothing but judge its object.

Time is bounded by counting instructions, which gives the same verdict on every machine, and memory
by Lua's allocator. A call into C is one instruction however long it takes (a catastrophic
pattern), so a script that is not trusted runs in a worker that can be killed as well.
"""

from __future__ import annotations

from typing import Any, NoReturn

from lupa import lua51

from tenter.errors import HealthCheckError
from tenter.health import Health, HealthStatus
from tenter.manifests import Manifest
from tenter.scripting.json_module import JSON
from tenter.scripting.prelude import PRELUDE
from tenter.scripting.script import Script

MEMORY_LIMIT = 48 * 1024 * 1024
"""Bytes that one runtime may hold; below the worker's own limit, so that Lua says it first."""

INSTRUCTION_LIMIT = 10_000_000
"""Instructions a run: some tenths of a second, and a thousand times what real checks need."""

_STEP = 10_000

_CHUNK = "health.lua"
"""What Lua calls every script: it cuts names after 60 characters, so messages get theirs here."""


class Sandbox:
    """Runs scripts, each compiled once; a runtime that ran out of memory is thrown away."""

    def __init__(
        self, *, memory: int = MEMORY_LIMIT, instructions: int = INSTRUCTION_LIMIT
    ) -> None:
        self._memory = memory
        self._instructions = instructions
        self._runtimes: dict[bool, _Runtime] = {}

    def evaluate(self, script: Script, obj: Manifest, now: float) -> Health | None:
        """Return the script's verdict, as ``Evaluator.evaluate`` says."""
        outcome, *said = self._run(script, obj, now)
        if outcome == "nothing":
            return None
        if outcome == "verdict":
            return _verdict(script, *said)
        if outcome == "limit":
            raise HealthCheckError(
                f"health check {script.name} did not end within "
                f"{self._instructions:,} instructions; does it loop for ever?"
            )
        if outcome == "wrong":
            raise HealthCheckError(
                f"health check {script.name}: {said[0]}; return a table with a status and, "
                f"where it helps, a message"
            )
        if said[0].endswith("not enough memory"):
            raise self._out_of_memory(script)
        raise HealthCheckError(_placed(script, said[0]))

    def _run(self, script: Script, obj: Manifest, now: float) -> tuple[str, ...]:
        """Return how the run ended, and what it said; Lua's own exceptions in a user's words."""
        try:
            return self._runtime(script).run(script, obj, now)
        except lua51.LuaSyntaxError as error:
            raise HealthCheckError(_placed(script, _first_line(error))) from error
        except lua51.LuaMemoryError as error:
            raise self._out_of_memory(script) from error
        except UnicodeError as error:
            raise HealthCheckError(
                f"health check {script.name} met text that is not UTF-8"
            ) from error
        except (OverflowError, RecursionError) as error:
            raise HealthCheckError(
                f"health check {script.name} cannot be given its object: {error}"
            ) from error
        except lua51.LuaError as error:
            raise HealthCheckError(_placed(script, _first_line(error))) from error

    def _out_of_memory(self, script: Script) -> HealthCheckError:
        self._runtimes.pop(script.open_libraries, None)
        return HealthCheckError(
            f"health check {script.name} needed more than {self._memory >> 20} MB of memory"
        )

    def _runtime(self, script: Script) -> _Runtime:
        if script.open_libraries not in self._runtimes:
            self._runtimes[script.open_libraries] = _Runtime(
                script.open_libraries, self._memory, self._instructions
            )
        return self._runtimes[script.open_libraries]


class _Runtime:
    """One Lua state and the scripts compiled in it."""

    def __init__(self, open_libraries: bool, memory: int, instructions: int) -> None:
        self._lua = lua51.LuaRuntime(
            register_eval=False,
            register_builtins=False,
            attribute_filter=_refuse,
            overflow_handler=float,
            max_memory=memory,
        )
        json = self._lua.compile(JSON, name="@json")()
        start = self._lua.compile(PRELUDE, name="@prelude")
        self._run = start(open_libraries, instructions, _STEP, json)
        self._chunks: dict[tuple[str, str], Any] = {}

    def run(self, script: Script, obj: Manifest, now: float) -> tuple[str, ...]:
        chunk = self._chunks.get((script.name, script.code))
        if chunk is None:
            chunk = self._compiled(script)
            self._chunks[script.name, script.code] = chunk
        answer = self._run(chunk, self._lua.table_from(obj, recursive=True), int(now))
        return answer if isinstance(answer, tuple) else (answer,)

    def _compiled(self, script: Script) -> Any:
        if script.code.startswith("\x1b"):
            raise HealthCheckError(
                f"health check {script.name} is compiled Lua; only its source text is accepted"
            )
        return self._lua.compile(script.code, name=f"@{_CHUNK}")


def _verdict(script: Script, status: str, message: str) -> Health:
    try:
        return Health(HealthStatus(status), message)
    except ValueError:
        known = ", ".join(HealthStatus)
        raise HealthCheckError(
            f'health check {script.name} returned the status "{status}"; use one of {known}'
        ) from None


def _placed(script: Script, message: str) -> str:
    """Return Lua's ``message`` with the script's own name before its line."""
    if message.startswith(f"{_CHUNK}:"):
        return f"health check {script.name}{message.removeprefix(_CHUNK)}"
    return f"health check {script.name}: {message}"


def _first_line(error: Exception) -> str:
    """Return Lua's message without its stack trace."""
    return str(error).partition("\n")[0] or "an error without a message"


def _refuse(_obj: object, name: object, _setting: bool) -> NoReturn:
    raise AttributeError(f"Python's {name!r} is not for scripts")
