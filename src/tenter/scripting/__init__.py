"""Lua health scripts, in worker processes that can be killed."""

from tenter.scripting.io_worker import Worker
from tenter.scripting.script import Evaluator, Script
from tenter.scripting.scripts import LuaScripts

__all__ = ["Evaluator", "LuaScripts", "Script", "Worker"]
