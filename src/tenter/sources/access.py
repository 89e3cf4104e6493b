"""What proves to a repository's server who asks, and to us that it is the right server."""

from __future__ import annotations

import msgspec


class GitAccess(msgspec.Struct, frozen=True, kw_only=True):
    """How one Git repository is reached; empty texts leave that to Git's own settings.

    ``password`` (with ``username``) or ``bearer_token`` are for https, ``ssh_private_key`` (as
    OpenSSH writes it) is for ssh. ``known_hosts`` are lines of that file, ``authorities`` and the
    client's certificate and key are PEM. ``insecure`` neither checks certificates nor host keys.
    ``proxy`` is a URL, ``no_proxy`` a list of hosts with commas. Its text for people holds no
    secret.
    """

    username: str = ""
    password: str = ""
    bearer_token: str = ""
    ssh_private_key: str = ""
    known_hosts: str = ""
    authorities: str = ""
    client_certificate: str = ""
    client_key: str = ""
    insecure: bool = False
    proxy: str = ""
    no_proxy: str = ""

    def __repr__(self) -> str:
        return "<how a repository is reached>"


ANYBODY = GitAccess()
"""No credentials but those that Git finds by itself."""
