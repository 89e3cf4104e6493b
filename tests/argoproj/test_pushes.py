import hashlib
import hmac
import json
from typing import Any

import pytest

from tenter.argoproj import (
    Application,
    Push,
    WebhookSecrets,
    is_affected,
    read_application,
    read_push,
    read_webhook_secrets,
)
from tenter.errors import UsageError, WebhookRefused

SECRETS = WebhookSecrets(github="key", gitlab="token")
GITHUB: dict[str, Any] = {
    "ref": "refs/heads/main",
    "created": False,
    "deleted": False,
    "forced": False,
    "repository": {
        "html_url": "https://github.com/team/shop",
        "clone_url": "https://github.com/team/shop.git",
        "ssh_url": "git@github.com:team/shop.git",
        "default_branch": "main",
    },
    "commits": [
        {"added": ["deploy/a.yaml"], "modified": [], "removed": []},
        {"added": [], "modified": ["README.md"], "removed": ["deploy/a.yaml"]},
    ],
}
GITLAB: dict[str, Any] = {
    "object_kind": "push",
    "ref": "refs/heads/main",
    "total_commits_count": 1,
    "project": {
        "web_url": "https://gitlab.com/team/shop",
        "git_http_url": "https://gitlab.com/team/shop.git",
        "git_ssh_url": "git@gitlab.com:team/shop.git",
        "default_branch": "main",
    },
    "commits": [{"added": ["a.yaml"], "modified": [], "removed": []}],
}


def github(
    fields: Any = None, *, key: str = "key", event: str = "push", body: bytes | None = None
) -> Push | None:
    body = json.dumps(GITHUB if fields is None else fields).encode() if body is None else body
    signature = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "x-github-event": event,
        "x-hub-signature-256": f"sha256={signature}",
        "content-type": "application/json; charset=utf-8",
    }
    return read_push(headers, body, SECRETS)


def gitlab(fields: Any = None, token: str = SECRETS.gitlab) -> Push | None:
    headers = {"x-gitlab-event": "Push Hook", "x-gitlab-token": token}
    return read_push(headers, json.dumps(GITLAB if fields is None else fields).encode(), SECRETS)


def test_a_push_of_github_is_read() -> None:
    assert github() == Push(
        urls=(
            "https://github.com/team/shop",
            "https://github.com/team/shop.git",
            "git@github.com:team/shop.git",
        ),
        ref="refs/heads/main",
        default_branch="main",
        changed=("deploy/a.yaml", "README.md"),
    )


def test_a_push_of_gitlab_is_read() -> None:
    found = gitlab()
    assert found is not None
    assert found.urls[1] == "https://gitlab.com/team/shop.git"
    assert (found.ref, found.changed, found.moves_head) == ("refs/heads/main", ("a.yaml",), True)


@pytest.mark.parametrize("flag", ["created", "deleted", "forced"])
def test_a_ref_that_is_new_or_rewritten_may_change_anything(flag: str) -> None:
    found = github({**GITHUB, flag: True})
    assert found is not None
    assert found.changed is None


def test_a_push_of_more_commits_than_are_told_may_change_anything() -> None:
    found = gitlab({**GITLAB, "total_commits_count": 21})
    assert found is not None
    assert found.changed is None


def test_events_that_move_nothing_are_no_push() -> None:
    assert github(event="ping") is None
    assert gitlab({"object_kind": "merge_request"}) is None


def test_an_event_that_does_not_know_the_secret_is_refused() -> None:
    with pytest.raises(WebhookRefused, match="X-Hub-Signature-256"):
        github(key="guess")
    with pytest.raises(WebhookRefused, match="X-Gitlab-Token"):
        gitlab(token="guess")
    with pytest.raises(WebhookRefused, match="X-Hub-Signature-256"):
        read_push({"x-github-event": "push"}, b"{}", SECRETS)


def test_an_event_for_which_no_secret_is_set_is_refused() -> None:
    only_gitlab = WebhookSecrets(gitlab="token")
    with pytest.raises(WebhookRefused, match="no secret is set"):
        read_push({"x-github-event": "push"}, b"{}", only_gitlab)
    with pytest.raises(WebhookRefused, match="no secret is set"):
        read_push({}, b"{}", SECRETS)


def test_an_empty_token_never_fits() -> None:
    with pytest.raises(WebhookRefused):
        read_push(
            {"x-gitlab-event": "Push Hook", "x-gitlab-token": ""}, b"{}", WebhookSecrets(github="k")
        )


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"ref": 5}', b"\xff"])
def test_what_is_no_event_is_told_to_be_none(body: bytes) -> None:
    with pytest.raises(UsageError):
        github(body=body)


@pytest.mark.parametrize(
    "fields",
    [
        {"ref": "refs/heads/main", "repository": 5, "commits": "many"},
        {"ref": "refs/heads/main", "commits": [5, None]},
        {"ref": "refs/heads/main", "commits": [{"added": 5}]},
    ],
)
def test_an_event_of_a_wrong_shape_names_no_repository_and_changes_anything(fields: Any) -> None:
    found = github(fields)
    assert found is not None
    assert (found.urls, found.changed) == ((), None)


def test_secrets_are_read_from_argo_cds_own() -> None:
    found = read_webhook_secrets({"webhook.github.secret": "g", "admin.password": "hunter2"})
    assert (found.github, found.gitlab, bool(found)) == ("g", "", True)
    assert not read_webhook_secrets({})


def application(
    revision: str = "", url: str = "https://github.com/team/shop", paths: str = ""
) -> Application:
    return read_application(
        {
            "metadata": {
                "name": "shop",
                "annotations": {"argocd.argoproj.io/manifest-generate-paths": paths},
            },
            "spec": {"source": {"repoURL": url, "path": "deploy", "targetRevision": revision}},
        }
    )


def push(ref: str = "refs/heads/main", *changed: str) -> Push:
    return Push(
        urls=("https://github.com/team/shop",),
        ref=ref,
        default_branch="main",
        changed=changed or None,
    )


@pytest.mark.parametrize(
    ("revision", "ref", "affected"),
    [
        ("", "refs/heads/main", True),
        ("HEAD", "refs/heads/main", True),
        ("HEAD", "refs/heads/other", False),
        ("main", "refs/heads/main", True),
        ("main", "refs/heads/other", False),
        ("refs/heads/other", "refs/heads/other", True),
        ("feature/a", "refs/heads/feature/a", True),
        ("v1.2.3", "refs/tags/v1.2.3", True),
        ("1.2.*", "refs/tags/1.2.4", True),
        (">=1.0 <2", "refs/tags/v9", True),
        ("1.x", "refs/tags/v9", True),
        ("main", "refs/tags/v9", False),
        ("1.2.*", "refs/heads/main", False),
        ("0123456789012345678901234567890123456789", "refs/heads/main", False),
    ],
)
def test_an_application_is_affected_where_its_revision_may_have_moved(
    revision: str, ref: str, affected: bool
) -> None:
    assert is_affected(application(revision), push(ref)) is affected


@pytest.mark.parametrize(
    ("url", "affected"),
    [
        ("https://github.com/Team/shop.git", True),
        ("git@github.com:team/shop.git", True),
        ("ssh://git@github.com/team/shop", True),
        ("https://github.com/team/shop2", False),
        ("https://github.com.evil.org/team/shop", False),
    ],
)
def test_an_application_is_affected_however_it_writes_its_repository(
    url: str, affected: bool
) -> None:
    assert is_affected(application(url=url), push()) is affected


@pytest.mark.parametrize(
    ("paths", "changed", "affected"),
    [
        ("", "other/a.yaml", True),
        (".", "deploy/a.yaml", True),
        (".", "other/a.yaml", False),
        (".", "deployment/a.yaml", False),
        (".;../shared", "shared/a.yaml", True),
        ("/shared", "shared/a.yaml", True),
        ("/", "anything", True),
        ("/*/base", "x/base", True),
        ("/[", "anything", True),
    ],
)
def test_paths_narrow_which_changes_concern_an_application(
    paths: str, changed: str, affected: bool
) -> None:
    assert is_affected(application(paths=paths), push("refs/heads/main", changed)) is affected


def test_a_push_that_does_not_tell_its_changes_concerns_every_path() -> None:
    assert is_affected(application(paths="/shared"), push())
