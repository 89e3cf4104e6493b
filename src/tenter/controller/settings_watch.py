"""Follows ``argocd-cm``: the settings of now, and the processes that run what they hold.

Health scripts and jq expressions run in processes that are kept from one change of the settings to
the next. How objects are marked, and which are left alone, decides what is followed of a cluster;
those settings stay as they were when the controller started, and a warning says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

import msgspec
import structlog

from tenter import argoproj
from tenter.argoproj import CONFIG_MAP
from tenter.controller.settings import Settings, settings_of
from tenter.environment import Environment
from tenter.kube.client import Client
from tenter.kube.informers import Change, Informers
from tenter.manifests import Key
from tenter.scripting import JqPaths, LuaScripts, Script, readable_scripts

log = structlog.get_logger(__name__)


class SettingsWatch:
    """The settings in ``namespace``; use as ``async with``, and ``open`` before asking.

    ``changed`` is called when there are others.
    """

    def __init__(
        self,
        client: Client,
        informers: Informers,
        environment: Environment,
        namespace: str,
        changed: Callable[[], None],
    ) -> None:
        self._client = client
        self._informers = informers
        self._environment = environment
        self._namespace = namespace
        self._tell = changed
        self._news = asyncio.Event()
        self._paths = JqPaths()
        self._sources: dict[str, Script] = {}
        self._scripts: LuaScripts | None = None
        self._replaced: LuaScripts | None = None
        self.settings = Settings(paths=self._paths)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._paths.aclose()
        for scripts in (self._replaced, self._scripts):
            if scripts is not None:
                await scripts.aclose()

    async def open(self) -> None:
        """Read the settings, and follow them. Raises what listing raises."""
        config_maps = await self._client.resource("", "ConfigMap")
        await self._informers.watch(config_maps, self._namespace, name=CONFIG_MAP)
        self.settings = await self._read()
        self._informers.on_change(self._changed)

    async def run(self) -> None:
        """Read the settings again whenever they change, until cancelled."""
        first = self.settings
        while True:
            await self._news.wait()
            self._news.clear()
            read = await self._read()
            self.settings = msgspec.structs.replace(
                read, tracking=first.tracking, filters=_kept_filters(first, read)
            )
            if _follows_other_objects(first, read):
                log.warning(
                    "settings take effect when the controller is started again",
                    settings="application.resourceTrackingMethod, application.instanceLabelKey, "
                    "resource.exclusions, resource.inclusions",
                )
            self._tell()

    def _changed(self, change: Change) -> None:
        if change.key == self._key:
            self._news.set()

    @property
    def _key(self) -> Key:
        return Key("", "ConfigMap", self._namespace, CONFIG_MAP)

    async def _read(self) -> Settings:
        data: Mapping[str, str] = (self._informers.get(self._key) or {}).get("data") or {}
        sources, faults = readable_scripts(data)
        if sources != self._sources:
            # Who is asking the scripts of before still gets its answer.
            if self._replaced is not None:
                await self._replaced.aclose()
            self._replaced = self._scripts
            self._scripts = LuaScripts(sources, self._environment) if sources else None
            self._sources = sources
        settings = settings_of(data, self._scripts, faults)
        for warning in settings.warnings:
            log.warning("a setting has no effect", why=warning)
        return msgspec.structs.replace(settings, paths=self._paths)


def _follows_other_objects(before: Settings, after: Settings) -> bool:
    return before.tracking != after.tracking or (
        (before.filters.exclusions, before.filters.inclusions)
        != (after.filters.exclusions, after.filters.inclusions)
    )


def _kept_filters(before: Settings, after: Settings) -> argoproj.Settings:
    return msgspec.structs.replace(
        after.filters,
        exclusions=before.filters.exclusions,
        inclusions=before.filters.inclusions,
    )
