"""Runs a kubeconfig's exec plugin: a program that logs in and prints an ExecCredential.

How clouds and identity providers hand out short-lived credentials. Source: the Kubernetes
documentation, "Authenticating", section "client-go credential plugins".
"""

from __future__ import annotations

import asyncio
import base64
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from tenter.errors import CredentialError
from tenter.kube.kubeconfig import Connection, ExecPlugin

_SECONDS = 60.0
_SECONDS_WITH_A_PERSON = 600.0


class ExecStatus(msgspec.Struct, frozen=True, rename="camel"):
    """What a plugin gave: a token, a client certificate (PEM), or both, and until when.

    ``expiration_timestamp`` is None where the plugin did not say.
    """

    token: str = ""
    client_certificate_data: str = ""
    client_key_data: str = ""
    expiration_timestamp: datetime | None = None


class _ExecCredential(msgspec.Struct, rename="camel"):
    api_version: str
    kind: str
    status: ExecStatus | None = None


async def run_plugin(plugin: ExecPlugin, connection: Connection) -> ExecStatus:
    """Run ``plugin`` for ``connection`` and return the credentials it printed.

    It has the terminal if there is one and the plugin may; what it says there the user sees.
    Raises CredentialError when it cannot be started, fails, takes too long or prints no
    credentials.
    """
    interactive = (
        plugin.interactive_mode != "Never" and sys.stdin is not None and sys.stdin.isatty()
    )
    if plugin.interactive_mode == "Always" and not interactive:
        raise CredentialError(
            f"the exec plugin {plugin.command} for {connection} must ask something, and there is "
            "no terminal: run this command in one, or log in beforehand"
        )
    process = await _start(plugin, connection, interactive=interactive)
    seconds = _SECONDS_WITH_A_PERSON if interactive else _SECONDS
    try:
        async with asyncio.timeout(seconds):
            printed, complaint = await process.communicate()
    except TimeoutError as error:
        raise CredentialError(
            f"the exec plugin {plugin.command} for {connection} did not end within {seconds:g} s: "
            "run it by hand to see what it waits for"
        ) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        said = (complaint or b"").decode(errors="replace").strip()[-2000:]
        raise CredentialError(
            f"the exec plugin {plugin.command} for {connection} ended with exit code "
            f"{process.returncode}{f': {said}' if said else ''}. Log in again with its tool"
        )
    return _read(plugin, printed)


async def _start(
    plugin: ExecPlugin, connection: Connection, *, interactive: bool
) -> asyncio.subprocess.Process:
    information = _information(plugin, connection, interactive=interactive)
    try:
        return await asyncio.create_subprocess_exec(
            plugin.command,
            *plugin.args,
            env={
                **os.environ,
                **plugin.variables,
                "KUBERNETES_EXEC_INFO": msgspec.json.encode(information).decode(),
            },
            stdin=None if interactive else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=None if interactive else asyncio.subprocess.PIPE,
        )
    except OSError as error:
        raise CredentialError(
            f"the exec plugin {plugin.command} for {connection} could not be started: "
            f"{error.strerror or error}. {plugin.install_hint or 'Is it installed?'}"
        ) from error


def _information(
    plugin: ExecPlugin, connection: Connection, *, interactive: bool
) -> dict[str, Any]:
    spec: dict[str, Any] = {"interactive": interactive}
    if plugin.provide_cluster_info:
        trusted = connection.ca_data
        if connection.ca_file and not trusted:
            trusted = Path(connection.ca_file).read_text(encoding="utf-8")
        cluster = {
            "server": connection.server,
            "tls-server-name": connection.tls_server_name,
            "insecure-skip-tls-verify": connection.insecure,
            "certificate-authority-data": base64.b64encode(trusted.encode()).decode(),
            "proxy-url": connection.proxy or "",
            "config": connection.exec_config,
        }
        spec["cluster"] = {field: value for field, value in cluster.items() if value}
    return {"apiVersion": plugin.api_version, "kind": "ExecCredential", "spec": spec}


def _read(plugin: ExecPlugin, printed: bytes) -> ExecStatus:
    try:
        credential = msgspec.json.decode(printed, type=_ExecCredential)
    except msgspec.DecodeError as error:
        # What it printed may be half a secret: it is not repeated.
        raise CredentialError(
            f"the exec plugin {plugin.command} printed no ExecCredential: {error}"
        ) from error
    status = credential.status
    if credential.kind != "ExecCredential" or credential.api_version != plugin.api_version:
        raise CredentialError(
            f"the exec plugin {plugin.command} printed {credential.kind} of "
            f"{credential.api_version}, and the kubeconfig says ExecCredential of "
            f"{plugin.api_version}: make the two agree"
        )
    if status is None or not (status.token or status.client_certificate_data):
        raise CredentialError(
            f"the exec plugin {plugin.command} printed neither a token nor a client certificate"
        )
    if bool(status.client_certificate_data) != bool(status.client_key_data):
        raise CredentialError(
            f"the exec plugin {plugin.command} printed only one of client certificate and key"
        )
    return status
