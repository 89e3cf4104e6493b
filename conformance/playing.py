"""Plays a script against one cluster, and writes down the answers."""

from __future__ import annotations

import msgspec

from conformance.scripts import Answer, Script, request_of
from tenter.errors import TenterError
from tenter.kube import Request, Response, Transport

_PATIENCE = 30.0
"""Seconds that one request may take; watches in scripts end after a second of their own."""
_FLEETING = frozenset({429, 503})
"""What a server says that is busy, or not ready for a new kind yet: no part of its behaviour."""


async def play(script: Script, transport: Transport, namespace: str) -> list[Answer]:
    """Return the answer to each step of ``script``, played in ``namespace``."""
    answers: list[Answer] = []
    for step in script.steps:
        request = request_of(step, namespace, answers)
        try:
            response = await transport.send(request, timeout=_PATIENCE)
        except TenterError:
            raise
        except Exception as error:  # noqa: BLE001 - a server that breaks is a finding, not our end
            answers.append(Answer(status=0, body=f"{type(error).__name__}: {error}"))
        else:
            answers.append(_answer(request, response))
    return answers


def _answer(request: Request, response: Response) -> Answer:
    if not response.headers.get("content-type", "").startswith("application/json"):
        return Answer(status=response.status, body=response.body.decode(errors="replace"))
    if response.status == 200 and ("watch", "true") in request.query:
        events = [msgspec.json.decode(line) for line in response.body.splitlines()]
        return Answer(status=response.status, body=events)
    return Answer(status=response.status, body=msgspec.json.decode(response.body))
