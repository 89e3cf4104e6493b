"""Lua health scripts, in worker processes that can be killed."""

from tenter.scripting.io_worker import Worker
from tenter.scripting.script import Evaluator, Script
from tenter.scripting.scripts import LuaScripts
from tenter.scripting.settings import scripts_in

__all__ = ["Evaluator", "LuaScripts", "Script", "Worker", "scripts_in"]
