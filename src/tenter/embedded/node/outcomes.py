"""Scripted outcomes: what a container that is not really run appears to do, as text and as values.

``fail exit=3 after=0.2 log="no such table"``: a verb, then settings in the shell's quoting. An
annotation on the Pod gives a test its handle; names and patterns do so from outside. Pure.
"""

from __future__ import annotations

import enum
import shlex
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from tenter.errors import OptionError
from tenter.manifests import Manifest

ANNOTATION = "embedded.tenter.dev/outcome"


class Verb(enum.StrEnum):
    """What becomes of the container."""

    SUCCEED = "succeed"
    FAIL = "fail"
    HANG = "hang"
    RUN = "run"
    NEVER_READY = "never-ready"
    CRASH_LOOP = "crash-loop"
    PULL_ERROR = "pull-error"


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """One scripted outcome.

    ``after`` is the time until the end (succeed, fail, crash-loop) or until readiness (run), in
    seconds; ``exit_code``, ``reason`` (``OOMKilled``) and ``message`` describe the end; ``log`` is
    what it prints at its start. ``times`` limits a failure: after so many the container succeeds,
    or runs where it is to be restarted always. ``container`` limits it to the one of that name.
    """

    verb: Verb
    after: float = 0.0
    exit_code: int = 1
    reason: str = ""
    message: str = ""
    log: str = ""
    times: int | None = None
    container: str = ""


SUCCEED_SOON = Script(verb=Verb.SUCCEED, after=0.01)
RUN = Script(verb=Verb.RUN)

_SETTINGS = ("after", "exit", "reason", "message", "log", "times", "container")


def read_script(text: str) -> Script:
    r"""Return the outcome that ``text`` describes: ``verb [after=S] [exit=N] [reason=R] ...``.

    Settings: ``after`` (seconds), ``exit``, ``reason``, ``message``, ``log`` (``\n`` for a new
    line), ``times``, ``container``. Raises OptionError saying what is not understood.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise OptionError(f"the outcome {text!r} cannot be read: {error}") from error
    verbs = ", ".join(Verb)
    if not words or words[0] not in set(Verb):
        raise OptionError(f"the outcome {text!r} begins with none of {verbs}")
    settings: dict[str, Any] = {}
    for word in words[1:]:
        name, equals, value = word.partition("=")
        if not equals or name not in _SETTINGS:
            raise OptionError(
                f"the outcome {text!r} has {word!r}; known are {', '.join(_SETTINGS)}, each with ="
            )
        try:
            settings["exit_code" if name == "exit" else name] = _value(name, value)
        except ValueError as error:
            raise OptionError(
                f"the outcome {text!r}: {name} takes a number, not {value!r}"
            ) from error
    if "log" in settings:
        settings["log"] = settings["log"].replace("\\n", "\n")
    return Script(verb=Verb(words[0]), **settings)


def _value(name: str, text: str) -> float | int | str:
    if name == "after":
        return float(text)
    return int(text) if name in {"exit", "times"} else text


def script_for(pod: Manifest, container: str, scripts: Mapping[str, Script]) -> Script | None:
    """Return the outcome for a container of ``pod``, or None where nothing names it.

    The Pod's annotation wins; then the first of ``scripts`` whose name or pattern (``migrate-*``)
    fits the Pod, its controller, or that controller's own by its usual name. Raises OptionError.
    """
    text = (pod["metadata"].get("annotations") or {}).get(ANNOTATION)
    if text:
        script = read_script(text)
        if script.container in {"", container}:
            return script
    names = names_of(pod)
    for pattern, script in scripts.items():
        if script.container in {"", container} and any(
            fnmatchcase(name, pattern) for name in names
        ):
            return script
    return None


def names_of(pod: Manifest) -> tuple[str, ...]:
    """Return the names a script may call ``pod`` by: its own, its Job's, its Deployment's."""
    metadata = pod["metadata"]
    names = [metadata.get("name", "")]
    for reference in metadata.get("ownerReferences") or ():
        names.append(reference["name"])
        if reference.get("kind") == "ReplicaSet":
            names.append(reference["name"].rpartition("-")[0])
    return tuple(name for name in names if name)
