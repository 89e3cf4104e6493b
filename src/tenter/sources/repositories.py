"""Read a repository's address, and refuse those that are unsafe or that Git would misread.

Only https and ssh reach the network: ``git://`` and ``http://`` neither authenticate the server
nor keep its answer from being changed, and ``ext::`` runs programs. A password in a URL ends up in
process lists, logs and caches; credential helpers and SSH agents keep it out of them.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import unquote, urlsplit

import msgspec

from tenter.errors import SourceError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_SCP_LIKE = re.compile(r"(?:([^@:/\s]+)@)?(\[[0-9A-Fa-f:.]+\]|[^@:/\s\[\]]+):(?!:)(\S.*)")
_HELPER = re.compile(r"[A-Za-z0-9+.-]+::")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Repository(msgspec.Struct, frozen=True):
    """A repository's address: a ``url`` for Git to fetch, or else a ``path`` of this machine."""

    url: str = ""
    path: str = ""

    def __str__(self) -> str:
        return self.url or self.path


def is_remote(address: str) -> bool:
    """Tell whether ``address`` is written as a URL or scp-like, rather than as a local path."""
    return any(form.match(address) for form in (_SCHEME, _SCP_LIKE, _HELPER))


def read_repository(address: str) -> Repository:
    """Return the repository that ``address`` names: https, ssh, scp-like, file, or a local path.

    Raises ``SourceError`` for other protocols, for user names or passwords where they do not
    belong, for link-local hosts, and for what Git would take for an option.
    """
    if not address:
        raise SourceError("the repository is empty; give a URL or a path")
    if _CONTROL.search(address):
        raise SourceError(f"the repository {address!r} holds control characters; remove them")
    if address.startswith("-"):
        raise _refused(address, "starts with '-', as an option does; write ./ before a path")
    scheme = _SCHEME.match(address)
    if scheme:
        return _read_url(address, scheme[1].lower())
    if _HELPER.match(address):
        raise _refused(address, "names a remote helper, which could run any program; use https")
    scp_like = _SCP_LIKE.fullmatch(address)
    if scp_like is None:
        return Repository(path=address)
    user, host, path = scp_like.groups()
    if host.startswith("-") or path.startswith("-") or (user or "").startswith("-"):
        raise _refused(address, "has a part that starts with '-', as an option does")
    _check_host(address, host.strip("[]"))
    return Repository(url=address)


def check_address(address: str, shown: str) -> None:
    """Refuse an address that charts or their values are not to be read from.

    ``shown`` is what it is called in messages. Charts come by https or oci, or from servers inside
    a company by http. Raises ``SourceError`` for other protocols, for user names and passwords in
    it, and for link-local hosts.
    """
    try:
        url = urlsplit(address)
        host = url.hostname or ""
        _ = url.port
    except ValueError as error:
        raise SourceError(f"{shown}: the address is malformed: {error}") from error
    if _CONTROL.search(address) or address.startswith("-") or not host:
        raise SourceError(f"{shown} is no address; write https://HOST/PATH or oci://HOST/PATH")
    if url.scheme not in {"https", "http", "oci"}:
        raise SourceError(f"{shown}: {url.scheme} is not supported; use https or oci")
    if url.username is not None or url.password is not None:
        raise SourceError(
            f"{shown.replace(f'{url.username}:{url.password}@', '')}: an address must not carry a "
            "user name or password, which would end up in logs; leave them out"
        )
    _check_host(shown, host)


def _read_url(address: str, scheme: str) -> Repository:
    try:
        url = urlsplit(address)
        host = url.hostname or ""
        _ = url.port
    except ValueError as error:
        raise SourceError(f"the repository URL {address!r} is malformed: {error}") from error
    shown = f"{scheme}://{host}{url.path}"
    if scheme == "file":
        if host not in {"", "localhost"} or not url.path:
            raise _refused(shown, "is on another machine; a file URL is file:///path")
        return Repository(path=unquote(url.path))
    if scheme not in {"https", "ssh"}:
        raise _refused(shown, "uses a protocol that is not supported; use https or ssh")
    if url.password is not None or (scheme == "https" and url.username is not None):
        raise _refused(
            shown,
            "carries a user name or password; leave it out and use a Git credential helper or "
            "an SSH key",
        )
    if not host:
        raise _refused(shown, "has no host; a URL is https://host/path")
    if host.startswith("-") or (url.username or "").startswith("-"):
        raise _refused(shown, "has a part that starts with '-', as an option does")
    if url.query or url.fragment:
        raise _refused(shown, "has a query or fragment; give the repository's plain URL")
    _check_host(shown, host)
    return Repository(url=address)


def _check_host(shown: str, host: str) -> None:
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return
    if number.is_link_local:
        raise _refused(shown, "is at a link-local address, where clouds serve machine credentials")


def _refused(address: str, reason: str) -> SourceError:
    return SourceError(f"the repository {address} is refused: it {reason}")
