"""jq expressions in a process of their own: what it may do, and when it is ended."""

from __future__ import annotations

import asyncio
import os

import pytest

from tenter.errors import OptionError
from tenter.scripting import JqPaths

OBJ = {"metadata": {"name": "web"}, "spec": {"items": [{"name": "a"}, {"name": "b"}]}}


async def test_places_come_back_as_paths() -> None:
    async with JqPaths() as paths:
        found = await paths.find([".spec.items[]", '.metadata["name"]'], OBJ)
    assert found == (("spec", "items", 0), ("spec", "items", 1), ("metadata", "name"))


async def test_one_process_serves_many_questions() -> None:
    async with JqPaths() as paths:
        await paths.find([".a"], OBJ)
        first = paths._conversation._process
        await asyncio.gather(*(paths.find([".spec"], OBJ) for _ in range(20)))
        assert paths._conversation._process is first


async def test_without_a_question_no_process_is_started() -> None:
    async with JqPaths() as paths:
        assert paths._conversation._process is None


@pytest.mark.parametrize("expression", ["last(repeat(.))", "last(range(1e12)) as $x | .a"])
async def test_an_expression_that_never_ends_is_stopped(expression: str) -> None:
    async with JqPaths(time_limit=0.3) as paths:
        with pytest.raises(OptionError, match="took more than 0.3 s"):
            await paths.find([expression], OBJ)
        assert await paths.find([".spec"], OBJ) == (("spec",),)


async def test_an_expression_that_takes_too_much_memory_is_stopped() -> None:
    async with JqPaths(time_limit=10) as paths:
        with pytest.raises(OptionError, match="too much memory"):
            await paths.find(['("x" * 100000000) as $x | .a'], OBJ)
        assert await paths.find([".spec"], OBJ) == (("spec",),)


async def test_an_expression_that_names_everything_many_times_is_refused() -> None:
    async with JqPaths(time_limit=10) as paths:
        with pytest.raises(OptionError, match="names more than"):
            await paths.find(["range(20000) as $i | .spec"], OBJ)


async def test_jq_sees_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENTER_TEST_SECRET", "s")
    async with JqPaths() as paths:
        found = await paths.find(["if env == {} and $ENV == {} then .spec else .metadata end"], OBJ)
    assert found == (("spec",),)
    assert "TENTER_TEST_SECRET" in os.environ


@pytest.mark.parametrize("expression", ["halt", "halt_error", "input", "inputs", 'error("x")'])
async def test_what_ends_a_program_names_nothing(expression: str) -> None:
    async with JqPaths() as paths:
        assert await paths.find([expression], OBJ) == ()
        assert await paths.find([".spec"], OBJ) == (("spec",),)


async def test_a_question_that_is_given_up_takes_no_other_ones_answer() -> None:
    async with JqPaths(time_limit=30) as paths:
        await paths.find([".a"], OBJ)
        given_up = asyncio.create_task(paths.find(["repeat(.)"], OBJ))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.gather(given_up, return_exceptions=True)
        assert await paths.find([".spec"], OBJ) == (("spec",),)


async def test_what_is_no_jq_is_told_with_what_is_wrong() -> None:
    async with JqPaths() as paths:
        with pytest.raises(OptionError, match="syntax error"):
            await paths.find([".spec["], OBJ)
