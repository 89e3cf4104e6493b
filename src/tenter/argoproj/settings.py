"""Settings of a control plane: the data of Argo CD's ConfigMap ``argocd-cm``, as far as they count.

A setting that cannot be read is a warning and has no effect; the others keep theirs, since one
typing mistake must not stop every Application. Settings of Argo CD's own server (accounts, URLs,
single sign-on) mean nothing here and are passed over. Health scripts are read by ``scripting``.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import msgspec
import yaml

from tenter.argoproj.global_projects import GlobalProject, read_global_projects
from tenter.diff import IgnoreRule, read_ignore_rules
from tenter.engine import read_duration
from tenter.errors import OptionError, UsageError
from tenter.globs import matches
from tenter.manifests import GroupKind

_Entry = TypeVar("_Entry")

CONFIG_MAP = "argocd-cm"
INSTANCE_LABEL = "app.kubernetes.io/instance"
RECONCILIATION = 120.0
JITTER = 60.0
_BLOCK = "resource.customizations"
_IGNORE = f"{_BLOCK}.ignoreDifferences."
_METHODS = ("annotation", "label", "annotation+label")


class ResourceFilter(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Objects by API group, kind and cluster; an empty list is any, groups and clusters are globs.

    ``kinds`` are exact, but for ``*``. ``selector`` narrows by labels, which Tenter does not do.
    """

    api_groups: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    selector: str = ""

    def covers(self, kind: GroupKind, cluster: str) -> bool:
        """Tell whether objects of ``kind`` in ``cluster`` (its server URL) are meant."""
        return (
            _any(self.api_groups, kind.group)
            and (not self.kinds or "*" in self.kinds or kind.kind in self.kinds)
            and _any(self.clusters, cluster)
        )


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for all Applications of a control plane. Times are in seconds.

    ``reconciliation`` is how often Git is looked at (0: never), and up to ``jitter`` is added to it
    by chance. ``tracking_method`` is annotation, label or annotation+label. ``ignore`` comes before
    the rules of each Application. ``kustomize_build_options`` are arguments of ``kustomize build``.
    ``warnings`` say what could not be read.
    """

    reconciliation: float = RECONCILIATION
    jitter: float = JITTER
    tracking_method: str = "annotation"
    instance_label: str = INSTANCE_LABEL
    ignore: tuple[IgnoreRule, ...] = ()
    exclusions: tuple[ResourceFilter, ...] = ()
    inclusions: tuple[ResourceFilter, ...] = ()
    global_projects: tuple[GlobalProject, ...] = ()
    kustomize_build_options: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def excludes(self, kind: GroupKind, cluster: str = "") -> bool:
        """Tell whether objects of ``kind`` are left alone in ``cluster`` (its server URL)."""
        if self.inclusions and not any(each.covers(kind, cluster) for each in self.inclusions):
            return True
        return any(each.covers(kind, cluster) for each in self.exclusions)


def read_settings(data: Mapping[str, str]) -> Settings:
    """Return the settings in ``data``, that of the ConfigMap; empty data are the defaults."""
    reader = _Reader(data)
    reader.unsupported("application.sync.impersonation.enabled")
    return Settings(
        reconciliation=reader.duration("timeout.reconciliation", RECONCILIATION),
        jitter=reader.duration("timeout.reconciliation.jitter", JITTER),
        tracking_method=reader.choice("application.resourceTrackingMethod", _METHODS),
        instance_label=data.get("application.instanceLabelKey") or INSTANCE_LABEL,
        ignore=tuple(reader.ignore_rules()),
        exclusions=reader.exclusions("resource.exclusions"),
        inclusions=reader.filters("resource.inclusions"),
        global_projects=reader.global_projects("globalProjects"),
        kustomize_build_options=reader.arguments("kustomize.buildOptions"),
        warnings=tuple(reader.warnings),
    )


class _Reader:
    def __init__(self, data: Mapping[str, str]) -> None:
        self._data = data
        self.warnings: list[str] = []

    def duration(self, name: str, default: float) -> float:
        text = self._data.get(name)
        if not text:
            return default
        seconds = read_duration(text)
        if seconds is None:
            self._warn(name, f'"{text}" is no duration; write it as 180s or 3m')
            return default
        return seconds

    def choice(self, name: str, values: tuple[str, ...]) -> str:
        text = self._data.get(name)
        if not text or text in values:
            return text or values[0]
        self._warn(name, f'"{text}" is not known; it is one of {", ".join(values)}')
        return values[0]

    def arguments(self, name: str) -> tuple[str, ...]:
        try:
            return tuple(shlex.split(self._data.get(name) or ""))
        except ValueError as error:
            self._warn(name, f"it cannot be taken apart into arguments: {error}")
            return ()

    def filters(self, name: str) -> tuple[ResourceFilter, ...]:
        return self._list(name, lambda entry: msgspec.convert(entry, ResourceFilter))

    def exclusions(self, name: str) -> tuple[ResourceFilter, ...]:
        found = self.filters(name)
        for each in found:
            if each.selector:
                # Without its selector it would leave out more than is wanted.
                self._warn(name, f'the selector "{each.selector}" is not supported; name kinds')
        return tuple(each for each in found if not each.selector)

    def unsupported(self, name: str) -> None:
        if self._data.get(name) == "true":
            self._warn(name, "Tenter applies with its own rights; narrow those instead")

    def global_projects(self, name: str) -> tuple[GlobalProject, ...]:
        return self._list(name, read_global_projects)

    def ignore_rules(self) -> Iterable[IgnoreRule]:
        block = self._yaml(_BLOCK)
        for kinds, custom in block.items() if isinstance(block, dict) else ():
            nested = custom.get("ignoreDifferences") if isinstance(custom, dict) else None
            if nested is not None:
                name = f'{_BLOCK}["{kinds}"].ignoreDifferences'
                group, _, kind = str(kinds).rpartition("/")
                yield from self._rules(name, self._parsed(name, nested), GroupKind(group, kind))
        for name in sorted(self._data):
            if name.startswith(_IGNORE):
                group, _, kind = name.removeprefix(_IGNORE).rpartition("_")
                meant = GroupKind("*", "*") if kind == "all" and not group else None
                yield from self._rules(name, self._yaml(name), meant or GroupKind(group, kind))

    def _rules(self, name: str, fields: Any, kind: GroupKind) -> Iterable[IgnoreRule]:
        if fields is None:
            return ()
        if not isinstance(fields, dict):
            self._warn(name, "it must be a mapping with jsonPointers or managedFieldsManagers")
            return ()
        try:
            return read_ignore_rules([{**fields, "group": kind.group, "kind": kind.kind}])
        except OptionError as error:
            self._warn(name, str(error).removeprefix("spec.ignoreDifferences[0]").lstrip(".: "))
            return ()

    def _list(self, name: str, read: Callable[[Any], _Entry]) -> tuple[_Entry, ...]:
        entries = self._yaml(name)
        if entries is None:
            return ()
        if not isinstance(entries, list):
            self._warn(name, "it must be a list")
            return ()
        found = []
        for number, entry in enumerate(entries):
            try:
                found.append(read(entry))
            except msgspec.ValidationError as error:
                self._warn(name, f"entry {number + 1} cannot be read: {error}")
        return tuple(found)

    def _yaml(self, name: str) -> Any:
        return self._parsed(name, self._data.get(name))

    def _parsed(self, name: str, text: Any) -> Any:
        if not isinstance(text, str):
            return text
        try:
            return yaml.safe_load(text)
        except yaml.YAMLError as error:
            self._warn(name, f"it is not YAML: {' '.join(str(error).split())}")
            return None

    def _warn(self, name: str, why: str) -> None:
        self.warnings.append(f"setting {name} of {CONFIG_MAP} has no effect: {why}")


def _any(patterns: Iterable[str], text: str) -> bool:
    patterns = tuple(patterns)
    return not patterns or any(_matches(pattern, text) for pattern in patterns)


def _matches(pattern: str, text: str) -> bool:
    try:
        return matches(pattern, text)
    except UsageError:
        return False
