"""An application to sync, on a cluster in memory, and texts to write into its source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tenter.applications import Application, Outcome, SyncRequest, Workplace, sync
from tenter.embedded import EmbeddedCluster
from tenter.environment import Environment
from tenter.errors import NotFound
from tenter.kube import Client
from tenter.manifests import Manifest
from tenter.runner import Progress
from tenter.sources import LocalSource


@dataclass
class Shop:
    """An application named ``shop`` whose manifests lie in a folder, on a cluster in memory."""

    cluster: EmbeddedCluster
    client: Client
    environment: Environment
    folder: Path
    told: list[Progress] = field(default_factory=list)
    listener: Callable[[Any], None] | None = None

    def write(self, text: str, file: str = "all.yaml") -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / file).write_text(text)

    def workplace(self, **changes: Any) -> Workplace:
        given: dict[str, Any] = {
            "client": self.client,
            "environment": self.environment,
            "listener": self.hear,
            "holder": "a test",
            **changes,
        }
        return Workplace(**given)

    def hear(self, event: Progress) -> None:
        (self.listener or self.told.append)(event)

    def request(self, **changes: Any) -> SyncRequest:
        application = Application(
            name="shop",
            source=LocalSource(path=str(self.folder)),
            namespace=changes.pop("namespace", "default"),
        )
        return SyncRequest(**{"application": application, **changes})

    async def sync(self, **changes: Any) -> Outcome:
        return await sync(self.request(**changes), self.workplace())

    async def get(
        self, kind: str, name: str, namespace: str = "default", group: str = ""
    ) -> Manifest:
        resource = await self.client.resource(group, kind)
        return await self.client.get(resource, namespace, name)

    async def exists(
        self, kind: str, name: str, namespace: str = "default", group: str = ""
    ) -> bool:
        try:
            await self.get(kind, name, namespace, group)
        except NotFound:
            return False
        return True

    async def names(self, kind: str, namespace: str = "default", group: str = "") -> list[str]:
        resource = await self.client.resource(group, kind)
        listed = await self.client.list(resource, namespace)
        names = (item["metadata"]["name"] for item in listed.items)
        return [name for name in names if name != "kube-root-ca.crt"]  # every namespace has it

    def events(self, of: type[Any]) -> list[Any]:
        return [event for event in self.told if isinstance(event, of)]


def job(name: str, *, hook: str = "", outcome: str = "", **annotations: str) -> str:
    """Return the text of a Job whose Pod plays ``outcome``; ``name`` is ``name: x``."""
    lines = [f"argocd.argoproj.io/hook: {hook}"] if hook else []
    lines += [f"{key}: {value!r}" for key, value in annotations.items()]
    listed = "\n".join(f"    {line}" for line in lines)
    return f"""
apiVersion: batch/v1
kind: Job
metadata:
  {name}
  annotations:
{listed or "    a: b"}
spec:
  backoffLimit: 0
  template:
    metadata:
      annotations:
        embedded.tenter.dev/outcome: {outcome!r}
    spec:
      restartPolicy: Never
      containers: [{{name: main, image: busybox}}]
---
"""


def config(name: str, **data: str) -> str:
    """Return the text of a ConfigMap."""
    return f"""
apiVersion: v1
kind: ConfigMap
metadata: {{name: {name}}}
data: {data!r}
---
"""


def results(outcome: Outcome) -> list[tuple[str, str]]:
    """Return each result's name and message, in order of execution."""
    return [(r["name"], r["message"]) for r in outcome.operation_state["syncResult"]["resources"]]
