"""The user's own health checks: Lua scripts, run in processes that can be killed.

They come from a folder, or from a file with Argo CD's settings (its ConfigMap ``argocd-cm``), so
that both kinds of users have theirs without rewriting them.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from tenter.environment import Environment
from tenter.errors import HealthCheckError
from tenter.health import Scripts
from tenter.library.io_files import read_text
from tenter.manifests import GroupKind, group_kind_of, read_documents

if TYPE_CHECKING:
    from tenter.scripting import LuaScripts

_CONFIG_MAP = GroupKind("", "ConfigMap")


@contextlib.asynccontextmanager
async def health_scripts(
    place: str | Path | None, environment: Environment
) -> AsyncIterator[Scripts | None]:
    """Yield the checks in ``place``, or None without one.

    That is a folder laid out ``GROUP/KIND/health.lua``, or a file with an ``argocd-cm`` ConfigMap.
    Their processes, if any were needed, end with the context. Raises HealthCheckError for what
    cannot be read or holds no check.
    """
    if place is None:
        yield None
        return
    async with _read(Path(place), environment) as scripts:
        yield scripts


def _read(place: Path, environment: Environment) -> LuaScripts:
    from tenter.scripting import LuaScripts  # noqa: PLC0415 - few commands have scripts

    if not place.is_file():
        return LuaScripts.from_directory(place, environment)
    scripts = LuaScripts.from_settings(_settings(place), environment)
    if not len(scripts):
        raise HealthCheckError(
            f"the settings in {place} hold no health check; put one under the key "
            f"resource.customizations.health.GROUP_KIND"
        )
    return scripts


def _settings(path: Path) -> dict[str, str]:
    """Return the data of the one ConfigMap in the file, or of the one named ``argocd-cm``."""
    manifests = [each.manifest for each in read_documents(read_text(path), str(path))]
    maps = [each for each in manifests if group_kind_of(each) == _CONFIG_MAP]
    named = [each for each in maps if each.get("metadata", {}).get("name") == "argocd-cm"]
    if len(named or maps) != 1:
        raise HealthCheckError(
            f"{path} holds {len(named or maps)} ConfigMaps; name a file with one, or with one "
            f"that is called argocd-cm"
        )
    data = (named or maps)[0].get("data") or {}
    return {str(key): value for key, value in data.items() if isinstance(value, str)}
