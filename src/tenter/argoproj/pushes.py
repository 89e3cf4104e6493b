"""Push events of Git servers: is one genuine, what moved, and which Applications care? Pure.

A webhook only says where to look; what is deployed is always read from the repository itself. Even
so a forged one costs work, so that none is read whose secret is wrong.

Sources: GitHub's documentation, "Validating webhook deliveries" and "Webhook events and payloads";
GitLab's documentation, "Webhooks" and "Webhook events".
"""

from __future__ import annotations

import hashlib
import hmac
import posixpath
import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from tenter.argoproj.application import Application
from tenter.argoproj.repository_urls import without_user
from tenter.argoproj.source import ApplicationSource
from tenter.errors import UsageError, WebhookRefused
from tenter.globs import matches

MANIFEST_PATHS = "argocd.argoproj.io/manifest-generate-paths"
"""Annotation: the paths, with ; between them, whose changes concern the Application."""

_HEADS, _TAGS = "refs/heads/", "refs/tags/"
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_RANGE = re.compile(r"[*^~<>=|\s]|(^|\.)x(\.|$)", re.IGNORECASE)


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """One ref of one repository that moved.

    ``urls`` are all the ways in which the repository is written. ``ref`` is a full name such as
    ``refs/heads/main``. ``changed`` are paths from the repository's root; None where the event does
    not tell all of them.
    """

    urls: tuple[str, ...]
    ref: str
    default_branch: str = ""
    changed: tuple[str, ...] | None = None

    @property
    def moves_head(self) -> bool:
        """Whether the default branch moved; without word of it, it may have."""
        return not self.default_branch or self.ref == _HEADS + self.default_branch

    def is_of(self, repo_url: str) -> bool:
        """Tell whether the repository at ``repo_url`` is meant, by https or ssh alike."""
        wanted = without_user(repo_url)
        return bool(wanted) and any(without_user(url) == wanted for url in self.urls)


class WebhookSecrets(msgspec.Struct, frozen=True, kw_only=True):
    """The secrets that Git servers were given, as texts; empty where a server may send nothing."""

    github: str = ""
    gitlab: str = ""

    def __bool__(self) -> bool:
        return bool(self.github or self.gitlab)

    def __repr__(self) -> str:
        return "<secrets of webhooks>"


def read_webhook_secrets(texts: Mapping[str, str]) -> WebhookSecrets:
    """Return the secrets in the texts of Argo CD's Secret ``argocd-secret``."""
    return WebhookSecrets(
        github=texts.get("webhook.github.secret", ""),
        gitlab=texts.get("webhook.gitlab.secret", ""),
    )


def provider_of(headers: Mapping[str, str]) -> str:
    """Return who sent an event: github, gitlab, or empty. Names of ``headers`` are lower-case."""
    if "x-github-event" in headers:
        return "github"
    return "gitlab" if "x-gitlab-event" in headers else ""


def read_push(headers: Mapping[str, str], body: bytes, secrets: WebhookSecrets) -> Push | None:
    """Return the push that a request tells of; None for events that move nothing.

    ``headers`` have lower-case names, ``body`` is as it was received. Raises ``WebhookRefused``
    where the request does not know the secret, and ``UsageError`` where it makes no sense.
    """
    provider = provider_of(headers)
    if provider == "github" and secrets.github:
        _check_github(headers, body, secrets.github)
        event = headers["x-github-event"]
        return _github(_decoded(headers, body)) if event == "push" else None
    if provider == "gitlab" and secrets.gitlab:
        _check_gitlab(headers, secrets.gitlab)
        fields = _decoded(headers, body)
        moves = fields.get("object_kind") in {"push", "tag_push"}
        return _gitlab(fields) if moves else None
    raise _refused("no secret is set for events of this kind")


def is_affected(application: Application, push: Push) -> bool:
    """Tell whether the Application may want something else after ``push``."""
    return any(
        push.is_of(source.repo_url)
        and _follows(source, push)
        and _concerns(application, source, push)
        for source in application.spec.all_sources
    )


# Genuine?


def _check_github(headers: Mapping[str, str], body: bytes, secret: str) -> None:
    given = headers.get("x-hub-signature-256", "")
    wanted = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        raise _refused("the signature X-Hub-Signature-256 does not fit the secret")


def _check_gitlab(headers: Mapping[str, str], secret: str) -> None:
    # Of digests, so that not even the secret's length shows in the time that this takes.
    given, wanted = (
        hashlib.sha256(text.encode()).digest()
        for text in (headers.get("x-gitlab-token", ""), secret)
    )
    if not hmac.compare_digest(given, wanted):
        raise _refused("the token X-Gitlab-Token does not fit the secret")


def _refused(why: str) -> WebhookRefused:
    return WebhookRefused(f"the webhook is refused: {why}")


# What moved?


def _decoded(headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    if headers.get("content-type", "").partition(";")[0].strip() not in {"", "application/json"}:
        raise UsageError(
            "the webhook's content is not JSON; set its content type to application/json"
        )
    try:
        fields = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise UsageError(f"the webhook's content cannot be read as JSON: {error}") from error
    if not isinstance(fields, dict):
        raise UsageError("the webhook's content is no JSON object")
    return fields


def _github(fields: dict[str, Any]) -> Push:
    repository = _mapping(fields.get("repository"))
    # A new, deleted or rewritten ref changes more than its commits tell of.
    plain = not (fields.get("created") or fields.get("deleted") or fields.get("forced"))
    return Push(
        urls=_texts(repository.get(name) for name in ("html_url", "clone_url", "ssh_url")),
        ref=_ref(fields),
        default_branch=str(repository.get("default_branch") or ""),
        changed=_changed(fields.get("commits")) if plain else None,
    )


def _gitlab(fields: dict[str, Any]) -> Push:
    project = _mapping(fields.get("project"))
    commits = fields.get("commits")
    count = fields.get("total_commits_count")
    # GitLab tells of the last twenty commits, and says how many there were.
    complete = isinstance(commits, list) and count == len(commits) and count
    return Push(
        urls=_texts(project.get(name) for name in ("web_url", "git_http_url", "git_ssh_url")),
        ref=_ref(fields),
        default_branch=str(project.get("default_branch") or ""),
        changed=_changed(commits) if complete else None,
    )


def _ref(fields: dict[str, Any]) -> str:
    ref = fields.get("ref")
    if not isinstance(ref, str) or not ref:
        raise UsageError("the push event names no ref")
    return ref


def _changed(commits: Any) -> tuple[str, ...] | None:
    if not isinstance(commits, list) or not commits:
        return None
    paths: dict[str, None] = {}
    for commit in commits:
        for field in ("added", "modified", "removed"):
            named = _mapping(commit).get(field)
            if not isinstance(named, list):
                return None
            paths.update(dict.fromkeys(_texts(named)))
    return tuple(paths)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(values: Iterable[Any]) -> tuple[str, ...]:
    return tuple(value for value in values if isinstance(value, str) and value)


# Who cares?


def _follows(source: ApplicationSource, push: Push) -> bool:
    """Tell whether the source's revision is, or may now be, the ref that moved."""
    revision = source.target_revision
    if revision in {"", "HEAD"}:
        return push.moves_head
    if _COMMIT.fullmatch(revision):
        return False
    short = push.ref.removeprefix(_HEADS).removeprefix(_TAGS)
    if revision in {push.ref, short}:
        return True
    return push.ref.startswith(_TAGS) and _RANGE.search(revision) is not None


def _concerns(application: Application, source: ApplicationSource, push: Push) -> bool:
    text = application.metadata.annotations.get(MANIFEST_PATHS, "")
    patterns = [_rooted(part.strip(), source.path) for part in text.split(";") if part.strip()]
    if not patterns or push.changed is None:
        return True
    return any(_is_within(path, pattern) for path in push.changed for pattern in patterns)


def _rooted(pattern: str, path: str) -> str:
    """Return a pattern of the annotation from the repository's root on."""
    joined = pattern if pattern.startswith("/") else posixpath.join("/", path, pattern)
    return posixpath.normpath(joined).lstrip("/")


def _is_within(path: str, pattern: str) -> bool:
    if pattern in {"", "."} or path == pattern or path.startswith(f"{pattern}/"):
        return True
    try:
        return matches(pattern, path)
    except UsageError:
        return True  # a pattern that cannot be read must not hide a change
