"""A Pod that the API server refuses because its namespace's account is not there yet."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager

import pytest
from tests.runner.ground import Ground, config, messages

from tenter.embedded.service_accounts import ServiceAccounts
from tenter.kube import Request, Response, Stream
from tenter.runner import accounts
from tenter.runner.progress import WaitingFor

ACCOUNT = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
WAITING = "waiting for ServiceAccount/default of namespace default"


def pod(name: str, hook: str = "") -> str:
    annotations = {"argocd.argoproj.io/hook": hook} if hook else {}
    return f"""
apiVersion: v1
kind: Pod
metadata: {{name: {name}, annotations: {annotations!r}}}
spec:
  restartPolicy: Never
  containers: [{{name: main, image: busybox}}]
---
"""


class Listening:
    """Counts the Pods that the API server refuses for their account, dry runs apart."""

    def __init__(self, ground: Ground) -> None:
        self._transport = ground.cluster.transport()
        self.refused = 0

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        response = await self._transport.send(request, timeout=timeout)
        if ("dryRun", "All") not in request.query:
            self.refused += b"error looking up service account" in response.body
        return response

    def stream(
        self,
        request: Request,
        *,
        timeout: float,
    ) -> AbstractAsyncContextManager[Stream]:
        return self._transport.stream(request, timeout=timeout)

    async def aclose(self) -> None:
        await self._transport.aclose()


@pytest.fixture(autouse=True)
def _no_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ServiceAccounts, "look", lambda self, namespace: None)


@pytest.mark.parametrize("hook", ["", "PreSync"])
async def test_a_pod_is_created_as_soon_as_its_account_is_there(ground: Ground, hook: str) -> None:
    transport = Listening(ground)
    tasks: list[asyncio.Task[object]] = []

    async def make_account() -> None:
        await ground.client.create(
            await ground.client.resource("", "ServiceAccount"), ACCOUNT, namespace="default"
        )

    def heard(event: object) -> None:
        if isinstance(event, WaitingFor) and event.message == WAITING:
            tasks.append(asyncio.create_task(make_account()))

    ground.listener = heard
    record = await ground.run(pod("p", hook) + config("settings"), transport=transport)

    assert record.phase == "Succeeded", messages(record)
    assert transport.refused == 1
    assert len(tasks) == 1


async def test_an_account_that_does_not_come_fails_the_pod_and_is_named(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "APPEARS_WITHIN", 0.05)

    record = await ground.run(pod("p"), transport=Listening(ground))

    assert record.phase == "Failed"
    assert 'serviceaccount "default" not found. It did not appear within' in messages(record)["p"]


async def test_an_account_of_the_users_own_is_not_waited_for(ground: Ground) -> None:
    manifest = pod("p").replace("spec:", "spec:\n  serviceAccountName: robot")
    record = await ground.run(manifest, transport=Listening(ground))

    assert record.phase == "Failed"
    assert 'serviceaccount "robot" not found' in messages(record)["p"]
    assert WAITING not in [event.message for event in ground.events(WaitingFor)]
