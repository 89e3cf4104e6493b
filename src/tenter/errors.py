"""Every exception a user can meet.

Each class is one situation a user can be in. Its message says what went wrong, where, and what to
do about it, in that order and in whole sentences; the cause is chained. ``exit_code`` is what the
CLI ends with: 1 for a failure, 2 for a mistake in what was asked.
"""

from __future__ import annotations

from typing import Any, ClassVar


class TenterError(Exception):
    """The root of all errors that Tenter raises on purpose."""

    exit_code: ClassVar[int] = 1


class UsageError(TenterError):
    """What was asked cannot be done as asked: a wrong flag, name or combination."""

    exit_code = 2


# Input


class ManifestError(TenterError):
    """A manifest cannot be read, or must not be applied as it is written.

    ``file`` is the path as the user gave it, ``document`` counts from 1 within the file, ``line``
    from 1; each is None where it does not apply.
    """

    exit_code = 2

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        document: int | None = None,
        line: int | None = None,
    ) -> None:
        self.reason = message
        self.file = file
        self.document = document
        self.line = line
        super().__init__(f"{self.where}: {message}" if file else message)

    @property
    def where(self) -> str:
        """``file:line (document n)``, as far as known."""
        place = self.file or ""
        if self.line is not None:
            place += f":{self.line}"
        if self.document is not None:
            place += f" (document {self.document})"
        return place


class NoManifests(ManifestError):
    """A source holds no manifest at all."""


class DuplicateObject(ManifestError):
    """Two manifests name the same object."""


class HookError(ManifestError):
    """A hook's annotations say something that Tenter does not know, or that cannot work."""


class WaveError(ManifestError):
    """A sync wave is not an integer."""


class OptionError(TenterError):
    """A sync option is unknown, or its value is not one it takes."""

    exit_code = 2


class SpecError(TenterError):
    """An Application or AppProject has a field of a wrong type; ``path`` names it."""

    exit_code = 2

    def __init__(self, message: str, *, path: str = "") -> None:
        self.path = path
        super().__init__(message)


class WebhookRefused(TenterError):
    """A webhook does not know the secret that was set for it."""


class SourceError(TenterError):
    """A source cannot be read: a missing path, repository or revision, or one that is refused."""


class RenderError(SourceError):
    """A source was read but did not turn into manifests."""


class HealthCheckError(TenterError):
    """A custom health check failed: a syntax error, a wrong answer, too much time or memory."""


# The cluster


class KubeconfigError(TenterError):
    """A kubeconfig is missing, unreadable or incomplete."""

    exit_code = 2


class NoKubeconfig(KubeconfigError):
    """No kubeconfig was named, and there is none at the usual places."""


class CredentialError(TenterError):
    """The cluster's credentials could not be had: an exec plugin failed, a token file is gone."""


class ClusterUnreachable(TenterError):
    """No answer from the API server: it is down, its name is wrong, or its certificate is."""


class ClusterTimeout(ClusterUnreachable):
    """The API server took longer than the request's time limit."""


class UnknownKind(TenterError):
    """The cluster does not serve this kind."""


class ApiError(TenterError):
    """The API server answered with an error; ``status`` is its ``Status`` object."""

    def __init__(self, message: str, *, code: int, status: dict[str, Any] | None = None) -> None:
        self.code = code
        self.status = status or {}
        super().__init__(message)

    @property
    def reason(self) -> str:
        """Kubernetes' machine-readable reason, such as ``Invalid``; empty where none was given."""
        reason: str = self.status.get("reason") or ""
        return reason

    @property
    def causes(self) -> list[dict[str, Any]]:
        """The fields at fault, each with ``field``, ``message`` and ``reason``."""
        details = self.status.get("details") or {}
        causes: list[dict[str, Any]] = details.get("causes") or []
        return causes


class BadRequest(ApiError):
    """400: the request makes no sense to the server, such as an unknown field under Strict."""


class Unauthorized(ApiError):
    """401: the server does not know these credentials."""


class Forbidden(ApiError):
    """403: these credentials may not do this, or an admission rule refused it."""


class NotFound(ApiError):
    """404: the object, its namespace or its kind does not exist."""


class Conflict(ApiError):
    """409: someone else changed the object meanwhile, or owns the field."""


class AlreadyExists(Conflict):
    """409 with reason AlreadyExists: an object of this name is there already."""


class Expired(ApiError):
    """410: the resource version is too old; list again."""


class Invalid(ApiError):
    """422: the object breaks a rule of its kind."""


class TooManyRequests(ApiError):
    """429, after the client's own retries."""


class ServerFault(ApiError):
    """5xx, after the client's own retries."""


# Operations


class OperationInProgress(TenterError):
    """Another operation of the same application runs; the message names its holder."""


class StoodDown(TenterError):
    """Another process took this operation over while this one was not looking."""


class StateError(TenterError):
    """An application's saved state is missing or unreadable, or belongs to another source."""


class ProcessesRefused(UsageError):
    """A hook's command would run as a local process, which needs ``--run-processes``."""
