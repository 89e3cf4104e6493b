"""Scripts that mean harm, or err badly: each ends with a word on it, and holds nobody else up."""

import asyncio
import resource
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tenter.errors import HealthCheckError
from tenter.health import Health, HealthStatus
from tenter.manifests import Manifest
from tenter.scripting import LuaScripts, Script
from tenter.scripting.in_process import InProcess
from tenter.scripting.io_child_process import TIME_LIMIT
from tenter.scripting.sandbox import Sandbox, _Runtime

HOSTILE = {
    "endless loop": ("while true do end", "10,000,000 instructions"),
    "endless loop that catches errors": (
        "while true do pcall(function() while true do end end) end",
        "10,000,000 instructions",
    ),
    "endless comparison": (
        "table.sort({3, 2, 1}, function() while true do end end)",
        "10,000,000 instructions",
    ),
    "memory by doubling": ("local s = 'x' while true do s = s .. s end", "memory"),
    "memory by tables": (
        "local t = {} while true do t[#t + 1] = ('x'):rep(100000) .. #t end",
        "memory",
    ),
    "memory by repeating": ("return ('x'):rep(1e9)", "too many repeats"),
    "deep recursion": ("local function f() return 1 + f() end f()", "stack overflow"),
    "deep recursion through C": (
        "local function f(s) return s:gsub('.', f) end f('x')",
        "stack overflow",
    ),
    "deep nesting of its source": ("return " + "(" * 5000 + "1" + ")" * 5000, "hostile.lua"),
    "catastrophic pattern": (
        "return ('a'):rep(30000):find(('.-'):rep(20) .. 'b')",
        "took more than 0.8 s",
    ),
    "catastrophic pattern that catches errors": (
        "while true do pcall(string.find, ('a'):rep(30000), ('.-'):rep(20) .. 'b') end",
        "took more than 0.8 s",
    ),
    "pattern too long to be matched": (
        "return ('a'):rep(1000000):find(('a?'):rep(30000))",
        "pattern too long",
    ),
    "a number for an answer": ("return 5", "it returned a number"),
    "a table for a status": ("return {status = {}}", "its status is a table"),
    "an unknown status": ("return {status = 'Fine'}", 'the status "Fine"'),
    "an error": ("error('no')", "no"),
    "an error without words": ("error({})", "an error value that is a table"),
    "a field of nothing": ("\nreturn obj.a.b", "hostile.lua:2: "),
    "no Lua": ("if", "hostile.lua:1: "),
    "bytecode": ("\x1bLua", "only its source text"),
    "a way out": ("return os.execute('true')", "attempt to call field 'execute'"),
}
GOOD = Script("good.lua", 'return {status = "Healthy"}')
THING: Manifest = {"apiVersion": "example.com/v1", "kind": "Thing", "status": {"phase": "Ready"}}
GADGET: Manifest = {**THING, "kind": "Gadget"}
TRIES = 5
STARTING = 3.0
"""Seconds of processor time that starting the workers of a test may take besides, at most."""


@pytest.fixture
async def checks() -> AsyncIterator[Any]:
    made: list[LuaScripts] = []

    def make(code: str) -> LuaScripts:
        hostile = Script("hostile.lua", code, open_libraries=True)
        scripts = LuaScripts({"example.com/Thing": hostile, "example.com/Gadget": GOOD})
        made.append(scripts)
        return scripts

    yield make
    for scripts in made:
        await scripts.aclose()


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_script_is_told_in_time_and_spoils_no_other(name: str, checks: Any) -> None:
    code, complaint = HOSTILE[name]
    scripts = checks(code)
    await scripts.assess(GADGET)
    begun = _children_seconds()
    with pytest.raises(HealthCheckError) as told:
        await scripts.assess(THING)
    await scripts.aclose()  # what a worker took is known once it has ended
    took = _children_seconds() - begun
    assert complaint in str(told.value)
    assert "hostile.lua" in str(told.value)
    assert "Traceback" not in str(told.value)
    assert took < TIME_LIMIT + STARTING
    assert await scripts.assess(GADGET) == Health(HealthStatus.HEALTHY)


def _children_seconds() -> float:
    """Return the processor time of all workers that have ended: a busy machine adds none."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def longest_hold(scripts: LuaScripts) -> float:
    """Return for how many seconds at most the loop was held while a hostile script ran.

    A gap counts by the clock where nothing but this program can have made it: where the machine
    took the processor away meanwhile, only the processor time of this thread counts.
    """
    longest, done = 0.0, False

    async def tick() -> None:
        nonlocal longest
        last, used, switches = time.monotonic(), time.thread_time(), _switches()
        while not done:
            await asyncio.sleep(0)
            before = last, used, switches
            last, used, switches = time.monotonic(), time.thread_time(), _switches()
            held = used - before[1] if switches > before[2] else last - before[0]
            longest = max(longest, held)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(tick())
        await asyncio.sleep(0)  # its time runs from before the question
        with pytest.raises(HealthCheckError):
            await scripts.assess(THING)
        done = True
    return longest


def _switches() -> int:
    """Return how often this thread was made to let others run."""
    return resource.getrusage(resource.RUSAGE_THREAD).ru_nivcsw


@pytest.mark.parametrize(
    "name",
    [
        "endless loop",
        "memory by tables",
        "deep recursion",
        "catastrophic pattern",
        "an error without words",
    ],
)
async def test_the_event_loop_is_never_held_for_50_milliseconds(name: str, checks: Any) -> None:
    scripts = checks(HOSTILE[name][0])
    holds = []
    for _ in range(TRIES):
        # What holds the loop does so each time; a page fault or the like does not.
        holds.append(await longest_hold(scripts))
        if holds[-1] < 0.05:
            return
    pytest.fail(f"the loop was held for {holds} seconds")


async def test_a_script_that_holds_the_loop_would_be_noticed() -> None:
    slow = Script("x.lua", "while true do local s = ('x'):rep(100) end", open_libraries=True)
    blocking = LuaScripts({"example.com/Thing": slow})
    blocking._evaluator = InProcess()
    assert await longest_hold(blocking) > 0.05


async def test_a_large_object_does_not_hold_the_event_loop_either(checks: Any) -> None:
    scripts = checks("return {status = {}}")
    large = {**THING, "spec": {f"field-{number}": "x" * 100 for number in range(13_000)}}
    holds = []
    for _ in range(TRIES):
        holds.append(await _held_with(scripts, large))
        if holds[-1] < 0.05:
            return
    pytest.fail(f"the loop was held for {holds} seconds")


async def _held_with(scripts: LuaScripts, obj: Manifest) -> float:
    THING["spec"] = obj["spec"]
    try:
        return await longest_hold(scripts)
    finally:
        del THING["spec"]


def test_a_script_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    real = _Runtime._compiled

    def counted(runtime: _Runtime, script: Script) -> Any:
        compiled.append(script.name)
        return real(runtime, script)

    monkeypatch.setattr(_Runtime, "_compiled", counted)
    sandbox = Sandbox()
    for _ in range(3):
        sandbox.evaluate(GOOD, {}, 0)
    assert compiled == ["good.lua"]


def test_a_script_that_was_changed_is_compiled_anew() -> None:
    sandbox = Sandbox()
    sandbox.evaluate(GOOD, {}, 0)
    changed = Script(GOOD.name, 'return {status = "Degraded"}')
    assert sandbox.evaluate(changed, {}, 0) == Health(HealthStatus.DEGRADED)
