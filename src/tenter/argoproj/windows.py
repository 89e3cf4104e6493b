"""Sync windows: may an Application sync now, and if not, why and until when? Pure.

A deny window that is open blocks; else an open allow window permits; else allow windows that are
all shut block; and without windows nothing is blocked. A manual sync passes where every open deny
window, or every shut allow window, has ``manualSync``. A window that cannot be read blocks, since
whoever wrote it wanted to keep syncs from some time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from math import inf
from zoneinfo import ZoneInfo

import msgspec
from cronsim import CronSim, CronSimError

from tenter.argoproj.application import Application
from tenter.argoproj.project import Project, SyncWindow
from tenter.argoproj.status import Destination
from tenter.engine import read_duration
from tenter.errors import UsageError
from tenter.globs import matches

BLOCKED = "Sync operation blocked by sync window"
"""How the message of an operation begins that waits for its window."""

_LOOKED_AHEAD = 64
"""How many openings and closings are looked at to find when a verdict changes."""

_EVERY_STEP = re.compile(r"\*/(\d+)")
_NAMED = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


class WindowVerdict(msgspec.Struct, frozen=True):
    """Whether a sync may run, why not, and the Unix second at which to ask again (None: never)."""

    allowed: bool
    reason: str = ""
    until: float | None = None

    @property
    def message(self) -> str:
        """The operation's message while it is blocked."""
        return f"{BLOCKED}: {self.reason}" if self.reason else BLOCKED


def windows_of(
    project: Project, application: Application, destination: Destination
) -> tuple[SyncWindow, ...]:
    """Return the project's windows that are for the Application.

    ``destination`` has both server and name, as far as known.
    """
    return tuple(
        window
        for window in project.spec.sync_windows
        if _is_for(window, application.name, destination)
    )


def may_sync(windows: Sequence[SyncWindow], now: float, *, manual: bool) -> WindowVerdict:
    """Return whether a sync may begin at ``now`` (Unix seconds).

    ``windows`` are those of the Application. ``manual`` is whether a person asked for it.
    """
    faults = window_faults(windows)
    if faults:
        return WindowVerdict(allowed=False, reason=faults[0])
    timed = [_Timed(window) for window in windows]
    verdict, reason = _judged(timed, now, manual=manual)
    return WindowVerdict(verdict, reason, _change(timed, now, manual=manual, verdict=verdict))


def window_faults(windows: Sequence[SyncWindow]) -> tuple[str, ...]:
    """Return what is wrong with windows, one sentence each."""
    return tuple(fault for window in windows if (fault := _fault(window)))


# Which windows


def _is_for(window: SyncWindow, name: str, destination: Destination) -> bool:
    lists = [
        (window.applications, (name,)),
        (window.namespaces, (destination.namespace,)),
        (window.clusters, (destination.server, destination.name)),
    ]
    given = [
        any(text and _matches(pattern, text) for pattern in patterns for text in texts)
        for patterns, texts in lists
        if patterns
    ]
    return bool(given) and (all(given) if window.and_operator else any(given))


def _matches(pattern: str, text: str) -> bool:
    try:
        return matches(pattern, text)
    except UsageError:
        return True  # A window whose pattern cannot be read must not lose its effect silently.


# When


class _Timed:
    """A window that can be read, with its openings."""

    def __init__(self, window: SyncWindow) -> None:
        self.window = window
        self.denies = window.kind == "deny"
        self.schedule = _schedule(window.schedule)
        self.zone = _zone(window.time_zone)
        self.duration = read_duration(window.duration) or 0.0
        self._since = self._until = 0.0
        self._open = False

    def is_open(self, now: float) -> bool:
        """Tell whether the window is open at ``now``."""
        return self._state(now)[0]

    def change(self, now: float) -> float | None:
        """Return until when it surely stays open, or shut, as it is at ``now``."""
        until = self._state(now)[1]
        return None if until == inf else until

    def _state(self, now: float) -> tuple[bool, float]:
        # Looking ahead asks of every window at each change of any, so an answer is kept as long
        # as it holds.
        if not self._since <= now < self._until:
            self._since = now
            latest = next(CronSim(self.schedule, self._moment(now + 1), reverse=True), None)
            end = -inf if latest is None else latest.timestamp() + self.duration
            self._open = now < end
            self._until = end if self._open else self._opening(now)
        return self._open, self._until

    def _opening(self, now: float) -> float:
        opening = next(CronSim(self.schedule, self._moment(now)), None)
        return inf if opening is None else opening.timestamp()

    def _moment(self, seconds: float) -> datetime:
        # Whole seconds: the schedule has no finer ones, and a fraction must not skip an opening.
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(seconds))).astimezone(
            self.zone
        )

    def __str__(self) -> str:
        window = self.window
        zone = f" {window.time_zone}" if window.time_zone else ""
        note = f" ({window.description})" if window.description else ""
        return f'{window.kind} window "{window.schedule}"{zone} for {window.duration}{note}'


def _blocking(timed: Sequence[_Timed], now: float) -> list[_Timed]:
    """Return the windows that together block at ``now``; none where nothing does."""
    denies = [each for each in timed if each.denies and each.is_open(now)]
    if denies:
        return denies
    allows = [each for each in timed if not each.denies]
    return [] if any(each.is_open(now) for each in allows) else allows


def _judged(timed: Sequence[_Timed], now: float, *, manual: bool) -> tuple[bool, str]:
    blocking = _blocking(timed, now)
    if not blocking or (manual and all(each.window.manual_sync for each in blocking)):
        return True, ""
    state = "is open" if blocking[0].denies else "is shut"
    return False, f"the {blocking[0]} {state}"


def _change(timed: Sequence[_Timed], now: float, *, manual: bool, verdict: bool) -> float | None:
    """Return when the verdict changes, or should be asked again at the latest."""
    moment = now
    for _ in range(_LOOKED_AHEAD):
        changes = [change for each in timed if (change := each.change(moment)) is not None]
        if not changes:
            return None
        moment = min(changes)
        if _judged(timed, moment, manual=manual)[0] != verdict:
            break
    return moment


# Reading


def _schedule(text: str) -> str:
    """Return a schedule of five fields as ``cronsim`` reads it.

    ``?`` is any day. ``*/2`` as a day stands for its days, so that beside a day of the other kind
    either is enough, as in Argo CD's own reader.
    """
    fields = _NAMED.get(text.strip().lower(), text).replace("?", "*").split()
    if len(fields) == 5:
        fields[2] = _EVERY_STEP.sub(r"1-31/\1", fields[2])
        fields[4] = _EVERY_STEP.sub(r"0-6/\1", fields[4])
    return " ".join(fields)


def _zone(name: str) -> tzinfo:
    return ZoneInfo(name) if name and name != "UTC" else UTC


def _fault(window: SyncWindow) -> str:
    where = f'the sync window "{window.schedule}"'
    if window.kind not in {"allow", "deny"}:
        return f'{where} has the kind "{window.kind}"; it is allow or deny'
    schedule = _schedule(window.schedule)
    if len(schedule.split()) != 5:
        return (
            f"{where} has no schedule that can be read; write five fields, such as 0 22 * * *, or "
            "@daily"
        )
    try:
        CronSim(schedule, datetime(2000, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        return f"{where} has no schedule that can be read: {error}; correct that field"
    if not read_duration(window.duration):
        return f'{where} has the duration "{window.duration}"; write it as 30m or 8h'
    try:
        _zone(window.time_zone)
    except (KeyError, ValueError, OSError):
        return f'{where} has the unknown time zone "{window.time_zone}"; write one as Europe/Rome'
    return ""
