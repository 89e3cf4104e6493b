"""The schedule and the time zone of a CronJob.

The schedule's language is that of the cron library that Kubernetes uses: five fields, or a word
such as ``@daily``. Sunday is 0 only, and a question mark is a star.
"""

from __future__ import annotations

import re
import zoneinfo
from typing import Any

from tenter.embedded.schema.causes import Cause, invalid

_WORDS = ("@annually", "@daily", "@hourly", "@midnight", "@monthly", "@weekly", "@yearly")
_EVERY = re.compile(r"@every ([+-]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))+|@every 0")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: tuple[tuple[int, int, dict[str, int]], ...] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, {name: place for place, name in enumerate(_MONTHS, 1)}),
    (0, 6, {name: place for place, name in enumerate(_DAYS)}),
)
_ZONE_PART = re.compile(r"[A-Za-z0-9_+][-A-Za-z0-9_+.]*")


def schedule_causes(spec: dict[str, Any], path: str) -> list[Cause]:
    """Return what is wrong with the schedule and the time zone of a CronJob's ``spec``."""
    causes: list[Cause] = []
    schedule = spec.get("schedule") or ""
    if schedule and (fault := _schedule_fault(schedule)):
        causes.append(invalid(f"{path}.schedule", schedule, fault))
    if "TZ" in schedule:
        why = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
        causes.append(invalid(f"{path}.schedule", schedule, why))
    zone = spec.get("timeZone")
    if zone is not None and (fault := _zone_fault(zone)):
        causes.append(invalid(f"{path}.timeZone", zone, fault))
    return causes


def _schedule_fault(schedule: str) -> str:
    if schedule.startswith("@"):
        known = schedule in _WORDS or _EVERY.fullmatch(schedule)
        return "" if known else f"unrecognized descriptor: {schedule}"
    fields = schedule.split()
    if len(fields) != len(_FIELDS):
        return f"expected exactly 5 fields, found {len(fields)}: [{' '.join(fields)}]"
    for text, (least, most, names) in zip(fields, _FIELDS, strict=True):
        for part in text.split(","):
            if fault := _range_fault(part, least, most, names):
                return fault
    return ""


def _range_fault(text: str, least: int, most: int, names: dict[str, int]) -> str:
    span, stepped, step = text.partition("/")
    begin, ranged, end = span.partition("-")
    if "/" in step or "-" in end:
        return f"too many slashes or hyphens: {text}"
    if begin in {"*", "?"}:
        first, last = least, most
    else:
        numbers = [_number(word, names) for word in ([begin, end] if ranged else [begin])]
        if None in numbers:
            return f"failed to parse int from {text}"
        first = numbers[0] or 0
        last = (numbers[1] or 0) if ranged else (most if stepped else first)
    if stepped and not (step.isascii() and step.isdecimal()):
        return f"failed to parse int from {step}"
    if stepped and int(step) == 0:
        return f"step of range should be a positive number: {text}"
    if first < least:
        return f"beginning of range ({first}) below minimum ({least}): {text}"
    if last > most:
        return f"end of range ({last}) above maximum ({most}): {text}"
    if first > last:
        return f"beginning of range ({first}) beyond end of range ({last}): {text}"
    return ""


def _number(word: str, names: dict[str, int]) -> int | None:
    if word.isascii() and word.isdecimal():
        return int(word)
    return names.get(word.lower())


def _zone_fault(zone: str) -> str:
    if not zone:
        return "timeZone must be nil or non-empty string"
    if not all(_ZONE_PART.fullmatch(part) and part not in {".", ".."} for part in zone.split("/")):
        return f"unknown time zone {zone}"
    if zone.lower() == "local":
        return "timeZone must be an explicit time zone as defined in IANA's database"
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, OSError, ValueError):
        return f"unknown time zone {zone}"
    return ""
