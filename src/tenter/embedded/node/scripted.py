"""Containers that only appear to run: the default, and what failures are scripted with.

Nothing is ever executed. Time is the event loop's, so that a scripted hour takes none in virtual
time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from tenter.embedded.node.behaviour import CannotStart, Report, Stop
from tenter.embedded.node.containers import Exit
from tenter.embedded.node.logs import ContainerLog
from tenter.embedded.node.outcomes import RUN, SUCCEED_SOON, Script, Verb, script_for
from tenter.environment import Environment
from tenter.errors import OptionError
from tenter.kube import Client, Informers
from tenter.manifests import Manifest


class ScriptedBehaviour:
    """Plays outcomes: by the Pod's annotation, by ``scripts`` (name or pattern), or the usual.

    Usual is: a container that is restarted always runs and is ready at once; any other succeeds
    after a moment.
    """

    def __init__(
        self, environment: Environment, scripts: Mapping[str, Script] | None = None
    ) -> None:
        self._environment = environment
        self._failures: dict[tuple[str, str], int] = {}
        self._count = 0
        self.scripts: dict[str, Script] = dict(scripts or {})

    async def open(self, client: Client, informers: Informers) -> None:
        """Nothing of the cluster is needed."""

    async def sandbox(self, pod: Manifest) -> ScriptedSandbox:
        """Make a place for ``pod`` at the next made-up address."""
        self._count += 1
        high, low = divmod(self._count, 254)
        address = f"10.244.{high % 256}.{low + 1}"
        return ScriptedSandbox(self, pod, address, self._environment)

    async def aclose(self) -> None:
        """Nothing is held."""

    def fails(self, pod: Manifest, container: str, script: Script) -> bool:
        """Tell whether this run is one of those that are to fail, and count it.

        The Pods of one Job count together, since each is an attempt.
        """
        if script.times is None:
            return True
        owners = pod["metadata"].get("ownerReferences") or ({"uid": pod["metadata"]["uid"]},)
        place = (str(owners[0]["uid"]), container)
        count = self._failures.get(place, 0)
        self._failures[place] = count + 1
        return count < script.times


class ScriptedSandbox:
    """One Pod that appears to run at ``address``."""

    def __init__(
        self, behaviour: ScriptedBehaviour, pod: Manifest, address: str, environment: Environment
    ) -> None:
        self.address = address
        self._behaviour = behaviour
        self._pod = pod
        self._environment = environment

    async def run(
        self,
        container: Manifest,
        attempt: int,  # noqa: ARG002 - runs are counted over all Pods of an owner
        log: ContainerLog,
        report: Report,
        stop: Stop,
    ) -> Exit:
        """Play the container's outcome. Raises CannotStart for images that cannot be pulled."""
        name = container["name"]
        policy = container.get("restartPolicy") or self._pod["spec"].get("restartPolicy", "Always")
        init = any(name == each["name"] for each in self._pod["spec"].get("initContainers") or ())
        keeps_running = policy == "Always" and (not init or "restartPolicy" in container)
        usual = RUN if keeps_running else SUCCEED_SOON
        try:
            script = script_for(self._pod, name, self._behaviour.scripts) or usual
        except OptionError as error:
            raise CannotStart("CreateContainerConfigError", str(error)) from error
        if init and script.container != name:
            # An outcome is the Pod's main containers'; an init container must be named.
            script = usual
        if script.verb is Verb.PULL_ERROR:
            image = container.get("image", "")
            raise CannotStart(
                "ImagePullBackOff", script.message or f'Back-off pulling image "{image}"'
            )
        if script.log:
            log.write(script.log.encode() + b"\n", self._environment.now())
        failing = script.verb in {Verb.FAIL, Verb.CRASH_LOOP}
        if failing and not self._behaviour.fails(self._pod, name, script):
            script = Script(
                verb=usual.verb, after=script.after if usual.verb is Verb.SUCCEED else 0.0
            )
        match script.verb:
            case Verb.SUCCEED:
                report(True, True)
                end = Exit(0, script.reason, script.message)
                return await _unless_stopped(script.after, stop) or end
            case Verb.FAIL | Verb.CRASH_LOOP:
                report(True, True)
                end = Exit(script.exit_code, script.reason, script.message)
                return await _unless_stopped(script.after, stop) or end
            case Verb.RUN if script.after:
                report(True, False)
                stopped = await _unless_stopped(script.after, stop)
                if stopped:
                    return stopped
                report(True, True)
            case Verb.NEVER_READY:
                report(True, False)
            case _:
                report(True, True)
        await stop.asked.wait()
        # A main program that handles SIGTERM ends well; one that hangs is killed.
        return Exit(137, signal=9) if script.verb is Verb.HANG else Exit(0)

    async def aclose(self) -> None:
        """Nothing is held."""


async def _unless_stopped(seconds: float, stop: Stop) -> Exit | None:
    """Wait ``seconds``; return the end that a request to stop meanwhile brings, or None."""
    if seconds <= 0 and not stop.asked.is_set():
        return None
    try:
        async with asyncio.timeout(seconds):
            await stop.asked.wait()
    except TimeoutError:
        return None
    return Exit(143, signal=15)
