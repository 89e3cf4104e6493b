"""Health assessments: the built-in checks, and Lua scripts in their worker process."""

from __future__ import annotations

import asyncio
import time

from bench.measurement import Measurement
from bench.objects import config_map, deployment, job, service
from tenter.health import assess
from tenter.library.io_environment import real_environment
from tenter.manifests import Manifest
from tenter.scripting import LuaScripts, Script

_BUILT_IN = 10_000
_LUA = 1_000
_CHECK = """
local hs = {status = "Progressing", message = "waiting"}
if obj.status ~= nil and obj.status.conditions ~= nil then
  for _, condition in ipairs(obj.status.conditions) do
    if condition.type == "Available" and condition.status == "True" then
      hs.status = "Healthy"
      hs.message = condition.message
    end
  end
end
return hs
"""


def built_in() -> list[Measurement]:
    """10,000 assessments of live objects of several kinds."""
    kinds = [_rolled_out(), _completed(), _running(), {**service("web")}, config_map("settings")]
    began = time.perf_counter()
    for index in range(_BUILT_IN):
        assess(kinds[index % len(kinds)])
    seconds = time.perf_counter() - began
    return [Measurement(name="10,000 health assessments", value=seconds, goal=0.2)]


def lua() -> list[Measurement]:
    """1,000 assessments by a script, asked one after the other, and all at once."""
    return asyncio.run(_lua())


async def _lua() -> list[Measurement]:
    scripts = {"apps/Deployment": Script("deployment.lua", _CHECK)}
    live = _rolled_out()
    async with LuaScripts(scripts, real_environment()) as checks:
        began = time.perf_counter()
        verdict = await checks.assess(live)
        first = time.perf_counter() - began
        assert verdict is not None
        assert verdict.status == "Healthy", verdict
        began = time.perf_counter()
        for _ in range(_LUA):
            await checks.assess(live)
        in_turn = time.perf_counter() - began
        began = time.perf_counter()
        await asyncio.gather(*(checks.assess(live) for _ in range(_LUA)))
        at_once = time.perf_counter() - began
    note = f"the worker's start and first answer: {first * 1000:.0f} ms"
    return [
        Measurement(name="1,000 Lua assessments in turn", value=in_turn, goal=0.5, note=note),
        Measurement(name="1,000 Lua assessments at once", value=at_once, goal=0.5),
    ]


def _rolled_out() -> Manifest:
    live = deployment("web", replicas=3)
    live["metadata"]["generation"] = 2
    conditions = [
        {"type": "Available", "status": "True", "message": "it has its minimum"},
        {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
    ]
    counts = dict.fromkeys(("replicas", "updatedReplicas", "availableReplicas"), 3)
    return {**live, "status": {"observedGeneration": 2, "conditions": conditions, **counts}}


def _completed() -> Manifest:
    conditions = [{"type": "Complete", "status": "True", "message": "done"}]
    return {**job("migrate"), "status": {"succeeded": 1, "conditions": conditions}}


def _running() -> Manifest:
    containers = [{"name": "main", "ready": True, "restartCount": 0, "state": {"running": {}}}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web-1", "namespace": "default"},
        "spec": {"restartPolicy": "Always", "containers": [{"name": "main"}]},
        "status": {"phase": "Running", "containerStatuses": containers},
    }
