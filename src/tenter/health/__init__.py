"""Is an object healthy? Built-in checks by kind, and verdicts of custom ones.

    from tenter.health import LuaScripts, assess

    health = assess(live, LuaScripts.from_directory("checks"))

``LuaScripts`` belongs to ``tenter.scripting``, which knows this package and not the other way
round; it is named here as well, and loaded when it is asked for, because to its users it is one
thing with ``assess``.
"""

import importlib
from typing import TYPE_CHECKING

from tenter.health.assessment import Scripts, ScriptsAtOnce, assess, has_check, judge
from tenter.health.overview import counted, overall
from tenter.health.pods import failure_message, waiting_reason
from tenter.health.settling import STANDING_TIME, settled
from tenter.health.verdict import Health, HealthStatus

if TYPE_CHECKING:
    from tenter.scripting import LuaScripts

__all__ = [
    "STANDING_TIME",
    "Health",
    "HealthStatus",
    "LuaScripts",
    "Scripts",
    "ScriptsAtOnce",
    "assess",
    "counted",
    "failure_message",
    "has_check",
    "judge",
    "overall",
    "settled",
    "waiting_reason",
]


def __getattr__(name: str) -> object:
    if name != "LuaScripts":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = importlib.import_module("tenter.scripting").LuaScripts
    globals()[name] = value
    return value
