"""Keeps one user's credentials current: files re-read, exec plugins run again when they expire.

A request asks for them each time; nearly always the answer is the one before.
"""

from __future__ import annotations

import asyncio
import base64
import math
from pathlib import Path
from urllib.parse import quote

import msgspec

from tenter.environment import Environment
from tenter.errors import CredentialError
from tenter.kube.io_exec_plugin import run_plugin
from tenter.kube.kubeconfig import Connection, User, decode_base64

# How long what was read from files is believed, in seconds: a service account's token is renewed
# minutes before it ends.
_REREAD = 60.0
# Credentials are renewed this long before they end, so that none ends on its way.
_LEEWAY = 10.0


class Authentication(msgspec.Struct, frozen=True, eq=False):
    """What proves who a request comes from: headers, and a client certificate and key as PEM."""

    headers: tuple[tuple[str, str], ...]
    certificate: str = ""
    key: str = ""


class Credentials:
    """The credentials of ``connection.user``, in the order client-go prefers them.

    A certificate, and with it one of token file, token, name and password, or exec plugin.
    """

    def __init__(self, connection: Connection, environment: Environment) -> None:
        self._connection = connection
        self._environment = environment
        self._current: Authentication | None = None
        self._until = math.inf
        self._renewing = asyncio.Lock()

    async def current(self) -> Authentication:
        """Return what to send now. Raises CredentialError where it cannot be had."""
        current = self._valid()
        if current is None:
            async with self._renewing:
                current = self._valid()
                if current is None:
                    current, self._until = await self._renew()
                    self._current = current
        return current

    def reject(self, rejected: Authentication) -> bool:
        """Take note that the server answered 401 to ``rejected``.

        Returns whether it is worth another try, because others may be had.
        """
        user = self._connection.user
        if rejected is self._current:
            self._current = None
        return bool(user.token_file or user.exec or user.client_certificate)

    def _valid(self) -> Authentication | None:
        return self._current if self._environment.now() < self._until else None

    async def _renew(self) -> tuple[Authentication, float]:
        user = self._connection.user
        headers = _impersonation(user)
        certificate = user.client_certificate or user.client_certificate_data
        key = user.client_key or user.client_key_data
        if bool(certificate) != bool(key):
            raise CredentialError(
                f"the user for {self._connection} has only one of client-certificate and "
                "client-key: add the other to the kubeconfig"
            )
        pem = _pem(user.client_certificate, user.client_certificate_data, "client-certificate-data")
        key_pem = _pem(user.client_key, user.client_key_data, "client-key-data")
        reads_files = user.token_file or user.client_certificate or user.client_key
        until = self._environment.now() + _REREAD if reads_files else math.inf
        if user.token_file:
            headers.append(("Authorization", f"Bearer {_read(user.token_file).strip()}"))
        elif user.token:
            headers.append(("Authorization", f"Bearer {user.token}"))
        elif user.username:
            pair = base64.b64encode(f"{user.username}:{user.password}".encode()).decode()
            headers.append(("Authorization", f"Basic {pair}"))
        elif user.exec is not None:
            status = await run_plugin(user.exec, self._connection)
            if status.token:
                headers.append(("Authorization", f"Bearer {status.token}"))
            if status.client_certificate_data:
                pem, key_pem = status.client_certificate_data, status.client_key_data
            until = math.inf
            if status.expiration_timestamp is not None:
                until = status.expiration_timestamp.timestamp() - _LEEWAY
        return Authentication(tuple(headers), pem, key_pem), until


def _impersonation(user: User) -> list[tuple[str, str]]:
    if not user.impersonate:
        return []
    headers = [("Impersonate-User", user.impersonate)]
    if user.impersonate_uid:
        headers.append(("Impersonate-Uid", user.impersonate_uid))
    headers += [("Impersonate-Group", group) for group in user.impersonate_groups]
    headers += [
        (f"Impersonate-Extra-{quote(field, safe='')}", value)
        for field, values in user.impersonate_extra.items()
        for value in values
    ]
    return headers


def _pem(file: str, data: str, field: str) -> str:
    return decode_base64(data, f"{field} of the kubeconfig's user") if data else _read_if(file)


def _read_if(file: str) -> str:
    return _read(file) if file else ""


def _read(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise CredentialError(
            f"the credentials in {file} cannot be read ({error}): does the kubeconfig name the "
            "right file, and may you read it?"
        ) from error
