"""What the demo plays: six acts, each with what it shows and what must come of it.

Pure: what came of an act is gathered by ``tour``; here it is only judged.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any

from tenter.library import OperationPhase


class Deed(enum.Enum):
    """What an act does."""

    SYNC = "sync"
    ROLLBACK = "rollback"
    DELETE = "delete"


@dataclass(frozen=True)
class Act:
    """One act.

    ``revision`` counts the example's revisions from 0 and is what a sync deploys. ``serves`` is
    the version that must serve afterwards, with ``items`` having ``column``; empty for none.
    ``message`` is what Slack must be told, ``hooks`` the hooks that must have succeeded (the
    beginnings of their names).
    """

    title: str
    shows: str
    deed: Deed
    ends: OperationPhase
    revision: int = 0
    serves: str = ""
    column: str = ""
    message: str = ""
    hooks: tuple[str, ...] = ()


ACTS = (
    Act(
        title="First deploy",
        shows="PreSync migrates a real database before anything is applied; waves bring the shop "
        "up, a Sync hook stocks it; a PostSync smoke test asks it before Slack is told.",
        deed=Deed.SYNC,
        ends=OperationPhase.SUCCEEDED,
        serves="1",
        column="name",
        message="App Sync succeeded",
        hooks=("schema-migrate-", "stock-shelves", "smoke-test-", "app-slack-notification-"),
    ),
    Act(
        title="A second revision",
        shows="The next commit adds a migration and a new version; only what changed is touched.",
        deed=Deed.SYNC,
        ends=OperationPhase.SUCCEEDED,
        revision=1,
        serves="2",
        column="stock",
        message="App Sync succeeded",
        hooks=("schema-migrate-", "smoke-test-", "app-slack-notification-"),
    ),
    Act(
        title="A migration that fails",
        shows="It is meant to fail: the SyncFail hooks put the database back and tell Slack, "
        "nothing of the new version is applied, and the old one keeps serving.",
        deed=Deed.SYNC,
        ends=OperationPhase.FAILED,
        revision=2,
        serves="2",
        column="stock",
        message="App Sync failed",
        hooks=("schema-restore-", "app-slack-notification-fail-"),
    ),
    Act(
        title="The fix",
        shows="The corrected migration runs, all of it, and version 3 takes over.",
        deed=Deed.SYNC,
        ends=OperationPhase.SUCCEEDED,
        revision=3,
        serves="3",
        column="price_cents",
        message="App Sync succeeded",
        hooks=("schema-migrate-", "smoke-test-", "app-slack-notification-"),
    ),
    Act(
        title="Rollback",
        shows="Back to what was deployed before, from Git's history; a rollback runs no hooks.",
        deed=Deed.ROLLBACK,
        ends=OperationPhase.SUCCEEDED,
        serves="2",
    ),
    Act(
        title="Delete",
        shows="PreDelete takes a last look, the objects go, PostDelete removes the database.",
        deed=Deed.DELETE,
        ends=OperationPhase.SUCCEEDED,
        hooks=("last-look", "remove-database"),
    ),
)


@dataclass
class Happened:
    """What came of an act: its end, the hooks that succeeded, Slack's messages, the answer."""

    phase: OperationPhase
    succeeded_hooks: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    answer: dict[str, Any] = field(default_factory=dict)


def shortcomings(act: Act, happened: Happened) -> list[str]:
    """Return what of ``happened`` is not as ``act`` says it must be; empty where all is."""
    wrong = []
    if happened.phase is not act.ends:
        wrong.append(f"it ended {happened.phase.value}, and should have ended {act.ends.value}")
    wrong += [
        f"the hook {hook} did not succeed"
        for hook in act.hooks
        if not any(name.startswith(hook) for name in happened.succeeded_hooks)
    ]
    if act.message and not any(act.message in message for message in happened.messages):
        wrong.append(f'Slack was not told "{act.message}"')
    if happened.answer.get("version", "") != act.serves:
        served = happened.answer.get("version") or "nothing"
        wrong.append(f"{served} is served, and should be {act.serves or 'nothing'}")
    items = happened.answer.get("items") or []
    if act.column and not (items and all(act.column in item for item in items)):
        wrong.append(f"the items served have no {act.column}")
    return wrong


def verdict(act: Act, happened: Happened) -> str:
    """Return what was found, in a line, for an act that went as it should."""
    found = []
    if act.serves:
        items = happened.answer.get("items") or []
        schema = happened.answer.get("schema")
        found.append(f"version {act.serves} serves {len(items)} items from schema {schema}")
    elif act.deed is Deed.DELETE:
        found.append("nothing is served any more")
    if act.message:
        found.append(f'Slack was told "{act.message}"')
    return "; ".join(found)
