from __future__ import annotations

import asyncio
import os
import signal

import pytest

from tenter.cli.io_interrupts import two_step_interrupts


async def test_the_first_interrupt_asks_and_does_not_cancel() -> None:
    asked = asyncio.Event()
    with two_step_interrupts(asked.set) as interrupts:
        os.kill(os.getpid(), signal.SIGINT)
        await asked.wait()
    assert interrupts.count == 1


async def test_the_second_interrupt_leaves_at_once() -> None:
    asked = asyncio.Event()

    async def stubborn() -> None:
        with two_step_interrupts(asked.set):
            os.kill(os.getpid(), signal.SIGTERM)
            await asked.wait()
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.Event().wait()

    with pytest.raises(asyncio.CancelledError):
        await stubborn()


async def test_python_handles_interrupts_again_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT)
    with two_step_interrupts(lambda: None):
        pass
    assert signal.getsignal(signal.SIGINT) in {before, signal.default_int_handler}
