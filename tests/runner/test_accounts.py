"""A Pod that the API server refuses because its namespace's account is not there yet."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from tests.runner.ground import Ground, config, messages

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


class Admitting:
    """Refuses Pods as a real API server does, while ``account`` says it is missing."""

    def __init__(self, ground: Ground, account: str = "default") -> None:
        self._transport = ground.cluster.transport()
        self._account = account
        self.refused = 0
        self.admits: Callable[[], bool] = lambda: bool(
            ground.cluster.store.objects("serviceaccounts")
        )

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        writes = request.method in {"POST", "PATCH"} and ("dryRun", "All") not in request.query
        if writes and "/pods" in request.path and not self.admits():
            self.refused += 1
            message = (
                f'pods "p" is forbidden: error looking up service account default/{self._account}: '
                f'serviceaccount "{self._account}" not found'
            )
            status = {
                "apiVersion": "v1",
                "kind": "Status",
                "status": "Failure",
                "code": 403,
                "reason": "Forbidden",
                "message": message,
            }
            return Response(
                status=403,
                headers={"content-type": "application/json"},
                body=json.dumps(status).encode(),
            )
        return await self._transport.send(request, timeout=timeout)

    def stream(
        self,
        request: Request,
        *,
        timeout: float,
    ) -> AbstractAsyncContextManager[Stream]:
        return self._transport.stream(request, timeout=timeout)

    async def aclose(self) -> None:
        await self._transport.aclose()


@pytest.mark.parametrize("hook", ["", "PreSync"])
async def test_a_pod_is_created_as_soon_as_its_account_is_there(ground: Ground, hook: str) -> None:
    transport = Admitting(ground)
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

    record = await ground.run(pod("p"), transport=Admitting(ground))

    assert record.phase == "Failed"
    assert 'serviceaccount "default" not found. It did not appear within' in messages(record)["p"]


async def test_an_account_of_the_users_own_is_not_waited_for(ground: Ground) -> None:
    record = await ground.run(pod("p"), transport=Admitting(ground, "robot"))

    assert record.phase == "Failed"
    assert 'serviceaccount "robot" not found' in messages(record)["p"]
    assert WAITING not in [event.message for event in ground.events(WaitingFor)]
