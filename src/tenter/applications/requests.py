"""What is asked for with one sync, before anything is read or done."""

from __future__ import annotations

from typing import Any

import msgspec

from tenter.applications.application import Application
from tenter.engine import Selected, SyncOptions


class SyncRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One sync of ``application``.

    ``revision`` is in place of its source's own; ``options`` are texts over its own. ``run_hooks``
    is off for a rollback. ``adopt`` takes over an application of another source.
    ``state_namespace`` is by default the destination's.
    """

    application: Application
    revision: str = ""
    options: tuple[str, ...] = ()
    prune: bool = False
    dry_run: bool = False
    force: bool = False
    run_hooks: bool = True
    selection: tuple[Selected, ...] = ()
    create_namespace: bool = False
    adopt: bool = False
    keep_manifests: bool = False
    state_namespace: str = ""

    @property
    def state_place(self) -> str:
        """The namespace of the state."""
        return self.state_namespace or self.application.namespace

    def sync_options(self) -> SyncOptions:
        """Return the options of the operation. Raises ``OptionError``."""
        options = self.application.options(self.options)
        return msgspec.structs.replace(
            options,
            prune=self.prune,
            dry_run=self.dry_run,
            force=self.force,
            run_hooks=self.run_hooks,
            create_namespace=self.create_namespace or options.create_namespace,
        )

    def asked(self, revision: str) -> dict[str, Any]:
        """Return the request as an Application's ``operation``; ``revision`` is the resolved."""
        sync: dict[str, Any] = {}
        if revision:
            sync["revision"] = revision
        for name, wanted in (("prune", self.prune), ("dryRun", self.dry_run)):
            if wanted:
                sync[name] = True
        texts = [*self.application.sync_options, *self.options]
        if texts:
            sync["syncOptions"] = texts
        if self.selection:
            sync["resources"] = [_resource(chosen) for chosen in self.selection]
        if self.force or not self.run_hooks:
            way = "hook" if self.run_hooks else "apply"
            sync["syncStrategy"] = {way: {"force": True} if self.force else {}}
        asked: dict[str, Any] = {"sync": sync}
        if self.application.retry.limit:
            asked["retry"] = {"limit": self.application.retry.limit}
        return asked


def _resource(chosen: Selected) -> dict[str, str]:
    fields = {
        "group": chosen.group,
        "kind": chosen.kind,
        "namespace": chosen.namespace,
        "name": chosen.name,
    }
    return {name: value for name, value in fields.items() if value}
