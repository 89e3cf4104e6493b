"""From a live object to what the engine knows of it: its health, and whether it still works.

The only place that reads live objects for the engine. It must not know tasks or plans: the same
state of an object gives the same sighting, whoever asks.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tenter.engine import Sighting
from tenter.health import Health, Scripts, judge
from tenter.health.assessment import assess
from tenter.health.settling import settled
from tenter.manifests import Manifest, key_of

FINALIZER = "argocd.argoproj.io/hook-finalizer"
ATTEMPT = "tenter.dev/attempt"

_ENDED_POD = ("Succeeded", "Failed")


async def sight(
    obj: Manifest,
    scripts: Scripts | None,
    now: float,
    *,
    touched: bool | None = None,
    works: bool | None = None,
) -> Sighting:
    """Return the sighting of ``obj``, the user's ``scripts`` asked first.

    ``now`` is in Unix seconds; ``touched`` says whether its status has changed since our own
    write, None where that is not known (``health.settled``). ``works`` says whether Pods under it
    still run, None where only its own status tells.
    """
    health, provisional = await judge(obj, scripts, touched=touched)
    return _sighting(obj, health, now, provisional=provisional, works=works)


def sight_plainly(
    obj: Manifest, now: float, *, touched: bool | None = None, works: bool | None = None
) -> Sighting:
    """Return the sighting of an ``obj`` for whose kind there is no script; else as ``sight``."""
    health, provisional = settled(obj, assess(obj), custom=False, touched=touched)
    return _sighting(obj, health, now, provisional=provisional, works=works)


def is_running(pod: Manifest, now: float) -> bool:
    """Tell whether a Pod may still do something: neither ended nor past its grace period."""
    grace_ends = grace_ends_at(pod)
    ended = (pod.get("status") or {}).get("phase") in _ENDED_POD
    return not ended and (grace_ends is None or now < grace_ends)


def finalizers_of(obj: Manifest) -> list[str]:
    """Return the object's finalizers."""
    return list((obj.get("metadata") or {}).get("finalizers") or [])


def grace_ends_at(obj: Manifest) -> float | None:
    """Return when a Pod that is being deleted may be gone at last; None for all else.

    A Pod's deletionTimestamp is the end of its grace period, not the time of asking (Kubernetes
    API reference, ObjectMeta). Unix seconds.
    """
    text = (obj.get("metadata") or {}).get("deletionTimestamp")
    if obj.get("kind") != "Pod" or not text:
        return None
    return datetime.fromisoformat(text).timestamp()


def _sighting(
    obj: Manifest,
    health: Health | None,
    now: float,
    *,
    provisional: bool,
    works: bool | None,
) -> Sighting:
    metadata: dict[str, Any] = obj.get("metadata") or {}
    deleting = bool(metadata.get("deletionTimestamp"))
    attempt = (metadata.get("annotations") or {}).get(ATTEMPT) or ""
    created = metadata.get("creationTimestamp") if attempt else None
    return Sighting(
        key=key_of(obj),
        uid=metadata.get("uid") or "",
        version=metadata.get("resourceVersion") or "",
        health=health,
        provisional=provisional,
        deleting=deleting,
        active=deleting and (_works(obj, now) if works is None else works),
        finalizer=FINALIZER in (metadata.get("finalizers") or ()),
        attempt=attempt,
        created_at=datetime.fromisoformat(created).timestamp() if created else 0.0,
    )


def _works(obj: Manifest, now: float) -> bool:
    if obj.get("kind") == "Job":
        active = (obj.get("status") or {}).get("active")
        return isinstance(active, int) and active > 0
    return obj.get("kind") == "Pod" and is_running(obj, now)
