"""Credentials of repositories, from Secrets of the types ``repository`` and ``repo-creds``. Pure.

A ``repository`` Secret is for one URL; one that has no credentials borrows those of the longest
``repo-creds`` URL that its own begins with. A Secret with a project is for that project's
Applications only, and comes first for them. The host must be the same to the letter, so that
``https://git.example.com`` never gives its password to ``https://git.example.com.elsewhere.org``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from tenter.argoproj.repository_urls import normalised_url
from tenter.argoproj.secret_data import boolean, secret_name, secret_text, secret_type
from tenter.errors import SpecError
from tenter.manifests import Manifest

_APP_FIELDS = ("githubAppID", "githubAppPrivateKey", "githubAppInstallationID")


class RepositoryAccess(msgspec.Struct, frozen=True, kw_only=True):
    """How a repository is reached. Empty texts are what is not given; certificates are PEM.

    ``kind`` is git or helm. ``insecure`` neither checks certificates nor host keys. Its text for
    people holds no secret.
    """

    url: str
    kind: str = "git"
    project: str = ""
    name: str = ""
    username: str = ""
    password: str = ""
    bearer_token: str = ""
    ssh_private_key: str = ""
    client_certificate: str = ""
    client_key: str = ""
    insecure: bool = False
    force_basic: bool = False
    oci: bool = False
    proxy: str = ""
    no_proxy: str = ""

    @property
    def has_credentials(self) -> bool:
        """Whether it proves who asks."""
        return bool(
            self.password or self.bearer_token or self.ssh_private_key or self.client_certificate
        )

    def __repr__(self) -> str:
        proof = "with credentials" if self.has_credentials else "without credentials"
        return f"<{self.kind} repository {self.url} {proof}>"


class RepositorySecrets(msgspec.Struct, frozen=True, kw_only=True):
    """All repositories and credential templates that Secrets name; ``warnings`` of those unread."""

    repositories: tuple[RepositoryAccess, ...] = ()
    templates: tuple[RepositoryAccess, ...] = ()
    warnings: tuple[str, ...] = ()

    def access(self, url: str, project: str) -> RepositoryAccess:
        """Return how an Application of ``project`` reaches the repository at ``url``.

        Without any Secret for it, it is reached without credentials.
        """
        normal = normalised_url(url)
        if not normal:
            return RepositoryAccess(url=url)
        named = [each for each in self.repositories if normalised_url(each.url) == normal]
        found = _for_project(named, project) or RepositoryAccess(url=url)
        if found.has_credentials:
            return found
        fitting = sorted(
            (each for each in self.templates if _begins(normal, each.url)),
            key=lambda each: len(normalised_url(each.url)),
            reverse=True,
        )
        longest = [each for each in fitting if len(each.url) == len(fitting[0].url)]
        template = _for_project(longest, project) or _for_project(fitting, project)
        return found if template is None else _borrowed(found, template)

    def charts(self, project: str) -> tuple[RepositoryAccess, ...]:
        """Return the Helm repositories that let Applications of ``project`` in by a password."""
        return tuple(
            each
            for each in self.repositories
            if each.kind in {"helm", "oci"} and each.password and each.project in {"", project}
        )


def read_repository_secrets(secrets: Iterable[Manifest]) -> RepositorySecrets:
    """Return what the Secrets say; those of other types are passed over."""
    repositories: list[RepositoryAccess] = []
    templates: list[RepositoryAccess] = []
    warnings: list[str] = []
    for secret in secrets:
        kind = secret_type(secret)
        if kind not in {"repository", "repo-creds"}:
            continue
        try:
            access = _read(secret)
        except SpecError as error:
            warnings.append(str(error))
            continue
        (repositories if kind == "repository" else templates).append(access)
    return RepositorySecrets(
        repositories=tuple(repositories), templates=tuple(templates), warnings=tuple(warnings)
    )


def _read(secret: Manifest) -> RepositoryAccess:
    data = secret_text(secret)
    where = secret_name(secret)
    if not data.get("url"):
        raise SpecError(f"{where}: it has no url; say which repository it is for", path="data.url")
    if any(data.get(field) for field in _APP_FIELDS):
        raise SpecError(
            f"{where}: GitHub Apps are not supported; use a deploy key (sshPrivateKey) or a token "
            "(username and password)",
            path="data.githubAppID",
        )
    kind = data.get("type") or "git"
    if kind not in {"git", "helm", "oci"}:
        raise SpecError(f'{where}: its type is "{kind}"; it is git, helm or oci', path="data.type")
    return RepositoryAccess(
        url=data["url"].strip(),
        kind=kind,
        project=data.get("project", ""),
        name=data.get("name", ""),
        username=data.get("username", ""),
        password=data.get("password", ""),
        bearer_token=data.get("bearerToken", ""),
        ssh_private_key=data.get("sshPrivateKey", ""),
        client_certificate=data.get("tlsClientCertData", ""),
        client_key=data.get("tlsClientCertKey", ""),
        insecure=boolean(data.get("insecure", ""))
        or boolean(data.get("insecureIgnoreHostKey", "")),
        force_basic=boolean(data.get("forceHttpBasicAuth", "")),
        oci=boolean(data.get("enableOCI", "")) or kind == "oci",
        proxy=data.get("proxy", ""),
        no_proxy=data.get("noProxy", ""),
    )


def _for_project(found: Sequence[RepositoryAccess], project: str) -> RepositoryAccess | None:
    for wanted in (project, ""):
        for each in found:
            if each.project == wanted:
                return each
    return None


def _begins(url: str, prefix: str) -> bool:
    """Tell whether the normal form ``url`` begins with ``prefix``, and is of the same host."""
    start = normalised_url(prefix)
    if not start or not url.startswith(start):
        return False
    return _host(url) == _host(start)


def _host(normal: str) -> str:
    return (normal.partition("://")[2] or normal).partition("/")[0]


def _borrowed(own: RepositoryAccess, template: RepositoryAccess) -> RepositoryAccess:
    return msgspec.structs.replace(
        own,
        username=own.username or template.username,
        password=template.password,
        bearer_token=template.bearer_token,
        ssh_private_key=template.ssh_private_key,
        client_certificate=template.client_certificate,
        client_key=template.client_key,
        insecure=own.insecure or template.insecure,
        force_basic=own.force_basic or template.force_basic,
        oci=own.oci or template.oci,
        proxy=own.proxy or template.proxy,
        no_proxy=own.no_proxy or template.no_proxy,
    )
