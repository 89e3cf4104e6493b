"""Answers that are no object of the store: documents, refusals, and the header of warnings."""

from __future__ import annotations

from collections.abc import Iterable

from tenter.embedded.presentation import encode
from tenter.embedded.statuses import NoSuchPath, Refusal
from tenter.kube.requests import JSON, Response
from tenter.manifests.keys import Manifest


def document(status: int, content: Manifest, content_type: str = JSON) -> Response:
    """Return ``content`` as an answer."""
    return Response(
        status=status, headers={"content-type": content_type}, body=encode(content) + b"\n"
    )


def refused(refusal: Refusal) -> Response:
    """Return a refusal as an answer."""
    if isinstance(refusal, NoSuchPath):
        plain = {"content-type": "text/plain; charset=utf-8"}
        return Response(status=404, headers=plain, body=f"{refusal.message}\n".encode())
    headers = {"content-type": JSON}
    if refusal.retry_after:
        headers["retry-after"] = str(refusal.retry_after)
    if refusal.code == 401:
        headers["www-authenticate"] = 'Bearer realm="kubernetes"'
    return Response(status=refusal.code, headers=headers, body=encode(refusal.status) + b"\n")


def warning_header(warnings: Iterable[str]) -> str:
    """Return the value of the ``warning`` header (RFC 7234, 5.5) that tells these."""
    return ", ".join(f"299 - {_quoted(text)}" for text in warnings)


def _quoted(text: str) -> str:
    """Return a warning as a quoted string of HTTP; RFC 9110 has no line breaks in one."""
    return '"' + " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"') + '"'
