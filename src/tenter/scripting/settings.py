"""Health scripts in Argo CD's settings (the data of its ConfigMap ``argocd-cm``).

Two forms are read, as its documentation ("Custom Health Checks") has them: one key a kind,
``resource.customizations.health.<group>_<Kind>`` with ``…useOpenLibs.<group>_<Kind>`` beside it,
and the older block ``resource.customizations``, whose keys may hold wildcards. The first wins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from tenter.errors import HealthCheckError
from tenter.scripting.script import Script

BLOCK = "resource.customizations"
_HEALTH = f"{BLOCK}.health."
_OPEN_LIBRARIES = f"{BLOCK}.useOpenLibs."


def scripts_in(settings: Mapping[str, str]) -> dict[str, Script]:
    """Return the scripts in ``settings`` by ``group/Kind`` (``Kind`` in the core group).

    Raises ``HealthCheckError`` where a key or the block cannot be read.
    """
    found = _in_block(settings.get(BLOCK) or "")
    for key in sorted(settings):
        if key.startswith(_HEALTH):
            suffix = key.removeprefix(_HEALTH)
            open_libraries = settings.get(_OPEN_LIBRARIES + suffix) == "true"
            found[_kind_named(suffix, key)] = Script(key, settings[key], open_libraries)
    return found


def readable_scripts(settings: Mapping[str, str]) -> tuple[dict[str, Script], tuple[str, ...]]:
    """Return the scripts in ``settings`` that can be read, and what is wrong with the others.

    For a controller, in which one setting's mistake must not take away everybody's checks.
    """
    found: dict[str, Script] = {}
    faults: list[str] = []
    for parts in _apart(settings, faults):
        try:
            found.update(scripts_in(parts))
        except HealthCheckError as error:
            faults.append(str(error))
    return found, tuple(faults)


def _apart(settings: Mapping[str, str], faults: list[str]) -> Iterator[dict[str, str]]:
    """Yield settings with one script each, those of the block first."""
    try:
        block = yaml.safe_load(settings.get(BLOCK) or "")
    except yaml.YAMLError as error:
        faults.append(f'setting "{BLOCK}" is not YAML: {error}')
        block = None
    if isinstance(block, dict):
        for name, custom in block.items():
            yield {BLOCK: yaml.safe_dump({name: custom})}
    elif block is not None:
        faults.append(f'setting "{BLOCK}" must map group/Kind to its customizations')
    for key in sorted(settings):
        if key.startswith(_HEALTH):
            open_libraries = _OPEN_LIBRARIES + key.removeprefix(_HEALTH)
            also = {open_libraries: settings[open_libraries]} if open_libraries in settings else {}
            yield {key: settings[key], **also}


def _kind_named(suffix: str, key: str) -> str:
    group, underscore, kind = suffix.rpartition("_")
    if not kind or "_" in group:
        raise HealthCheckError(
            f'setting "{key}" names no kind; write {_HEALTH}<group>_<Kind>, '
            f"or {_HEALTH}<Kind> in the core group"
        )
    return f"{group}/{kind}" if underscore and group else kind


def _in_block(text: str) -> dict[str, Script]:
    try:
        block = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise HealthCheckError(f'setting "{BLOCK}" is not YAML: {error}') from error
    if block is None:
        return {}
    if not isinstance(block, dict):
        raise HealthCheckError(f'setting "{BLOCK}" must map group/Kind to its customizations')
    found = {}
    for name, custom in block.items():
        script = _of_entry(str(name), custom)
        if script is not None:
            found[str(name).removeprefix("/")] = script
    return found


def _of_entry(name: str, custom: Any) -> Script | None:
    where = f'{BLOCK}["{name}"]'
    if not isinstance(custom, dict):
        raise HealthCheckError(f"setting {where} must be a mapping, such as one with health.lua")
    code = custom.get("health.lua")
    if code is None:
        return None
    if not isinstance(code, str):
        raise HealthCheckError(f"setting {where}: health.lua must be text")
    return Script(where, code, custom.get("health.lua.useOpenLibs") is True)
