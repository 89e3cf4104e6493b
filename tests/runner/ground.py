"""Operations run on a cluster in memory, with a journal that is a list."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tenter.embedded import EmbeddedCluster
from tenter.engine import AttemptFacts, Plan, Record, SyncOptions, Target, plan, read_options
from tenter.environment import Environment
from tenter.errors import ClusterUnreachable, NotFound
from tenter.health import Scripts
from tenter.kube import Client, Informers, Request, Response, Stream, Transport
from tenter.manifests import Manifest, read_documents
from tenter.runner import (
    Control,
    Operation,
    Progress,
    Report,
    Requests,
    SavedOperation,
    Surroundings,
    run_operation,
)
from tenter.scripting.jq_in_process import JqInProcess

WRITES = ("POST", "PUT", "PATCH", "DELETE")


class Planner:
    """Plans one list of targets for each attempt."""

    def __init__(self, targets: list[Target], options: SyncOptions) -> None:
        self.targets = targets
        self.options = options

    def plan(self, facts: AttemptFacts) -> Plan:
        return plan(self.targets, self.options, facts)

    async def next_facts(self, previous: AttemptFacts, started: int) -> AttemptFacts:
        return msgspec.structs.replace(previous, number=previous.number + 1, started=started)


class Journal:
    """Keeps every save; ``failures`` are raised first, one a save."""

    def __init__(self, *failures: Exception) -> None:
        self.saves: list[SavedOperation] = []
        self.failures = list(failures)
        self.requests: Requests | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def save(self, saved: SavedOperation) -> None:
        await self.gate.wait()
        if self.failures:
            raise self.failures.pop(0)
        self.saves.append(saved)

    def listen(self, requests: Requests) -> None:
        self.requests = requests


class LossyTransport:
    """Loses the answer to the ``lost``-th write (counting from 0) that is no dry run."""

    def __init__(self, transport: Transport, lost: int) -> None:
        self.transport = transport
        self.lost = lost
        self.writes: list[str] = []

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        answer = await self.transport.send(request, timeout=timeout)
        dry = ("dryRun", "All") in request.query or request.path.endswith("reviews")
        if request.method in WRITES and not dry:
            self.writes.append(f"{request.method} {request.path}")
            if len(self.writes) == self.lost + 1:
                raise ClusterUnreachable("the answer was lost")
        return answer

    def stream(
        self,
        request: Request,
        *,
        timeout: float,
    ) -> AbstractAsyncContextManager[Stream]:
        return self.transport.stream(request, timeout=timeout)

    async def aclose(self) -> None:
        await self.transport.aclose()


@dataclass
class Ground:
    """Where operations run; ``client`` looks at what they did."""

    cluster: EmbeddedCluster
    client: Client
    environment: Environment
    told: list[Progress] = field(default_factory=list)
    listener: Callable[[Any], None] | None = None
    started: int = 1_700_000_000

    def hear(self, event: Progress) -> None:
        self.told.append(event)
        if self.listener is not None:
            self.listener(event)

    async def run(
        self,
        text: str,
        *options: str,
        journal: Journal | None = None,
        control: Control | None = None,
        transport: Transport | None = None,
        scripts: Scripts | None = None,
        **changes: Any,
    ) -> Record:
        """Sync the manifests of ``text`` into namespace default and return the ended record."""
        chosen = msgspec.structs.replace(read_options(options), **changes)
        targets = []
        for document in read_documents(text, "all.yaml"):
            metadata = {"namespace": "default", **document.manifest["metadata"]}
            if document.manifest["kind"] in {"Namespace", "CustomResourceDefinition"}:
                del metadata["namespace"]
            targets.append(Target({**document.manifest, "metadata": metadata}, "all.yaml"))
        self.started += 10
        facts = AttemptFacts(
            operation=f"op{self.started}",
            number=0,
            started=self.started,
            revision="0123456789",
            destination_namespace=changes.get("destination", "default"),
        )
        now = self.environment.now()
        record = Record(operation=facts.operation, options=chosen, attempt=facts, started_at=now)
        operation = Operation(
            application="shop",
            record=record,
            report=Report(operation=facts.operation),
            planner=Planner(targets, chosen),
        )
        client = Client(transport, self.environment) if transport else self.client
        async with Informers(client, self.environment, keep_managed_fields=True) as informers:
            surroundings = Surroundings(
                client=client,
                informers=informers,
                environment=self.environment,
                listener=self.hear,
                scripts=scripts,
                paths=JqInProcess(),
            )
            await run_operation(surroundings, operation, journal or Journal(), control)
        return record

    async def get(self, kind: str, name: str, group: str = "") -> Manifest:
        resource = await self.client.resource(group, kind)
        return await self.client.get(resource, "default", name)

    async def exists(self, kind: str, name: str, group: str = "") -> bool:
        try:
            await self.get(kind, name, group)
        except NotFound:
            return False
        return True

    async def names(self, kind: str, group: str = "") -> list[str]:
        resource = await self.client.resource(group, kind)
        listed = await self.client.list(resource, "default")
        return [item["metadata"]["name"] for item in listed.items]

    def events(self, of: type[Any]) -> list[Any]:
        return [event for event in self.told if isinstance(event, of)]


def job(
    name: str,
    *,
    hook: str = "",
    policy: str = "",
    outcome: str = "",
    options: str = "",
    **more: str,
) -> str:
    """Return the text of a Job whose Pod plays ``outcome``."""
    annotations = {
        "argocd.argoproj.io/hook": hook,
        "argocd.argoproj.io/hook-delete-policy": policy,
        "argocd.argoproj.io/sync-options": options,
        **more,
    }
    said = {key: value for key, value in annotations.items() if value}
    return f"""
apiVersion: batch/v1
kind: Job
metadata: {{name: {name}, annotations: {said!r}}}
spec:
  backoffLimit: 0
  template:
    metadata: {{annotations: {{embedded.tenter.dev/outcome: {outcome!r}}}}}
    spec:
      restartPolicy: Never
      containers: [{{name: main, image: busybox}}]
---
"""


def config(name: str, options: str = "", wave: str = "", **data: str) -> str:
    """Return the text of a ConfigMap."""
    annotations = {
        "argocd.argoproj.io/sync-options": options,
        "argocd.argoproj.io/sync-wave": wave,
    }
    said = {key: value for key, value in annotations.items() if value}
    return f"""
apiVersion: v1
kind: ConfigMap
metadata: {{name: {name}, annotations: {said!r}}}
data: {data!r}
---
"""


def messages(record: Record) -> dict[str, str]:
    """Return each result's message by its object's name."""
    return {result.key.name: result.message for result in record.results.values()}
