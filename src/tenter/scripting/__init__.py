"""Lua health scripts and jq expressions, in worker processes that can be killed."""

from tenter.scripting.io_jq import JqPaths
from tenter.scripting.io_worker import Worker
from tenter.scripting.script import Evaluator, Script
from tenter.scripting.scripts import LuaScripts
from tenter.scripting.settings import readable_scripts, scripts_in

__all__ = [
    "Evaluator",
    "JqPaths",
    "LuaScripts",
    "Script",
    "Worker",
    "readable_scripts",
    "scripts_in",
]
