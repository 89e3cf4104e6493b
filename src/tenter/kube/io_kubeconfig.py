"""Finds out which cluster is meant: kubeconfig files, or the Pod's own service account.

What is looked at, in order: the file that was named, the files of ``KUBECONFIG``, the one in the
home folder, the service account that Kubernetes mounts into Pods. Reads files once, at the start.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from tenter.errors import KubeconfigError, NoKubeconfig
from tenter.kube.kubeconfig import Connection, User, connection, merge

_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


def find_connection(
    kubeconfig: str | Path | None = None,
    context: str | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    account: Path = _ACCOUNT,
) -> Connection:
    """Return how to reach the cluster that the user means.

    ``kubeconfig`` names one file, ``context`` a context in it (None: the current one). ``environ``
    and ``account`` are the process's environment and the mounted service account's folder. Raises
    KubeconfigError, saying where was looked.
    """
    variables = os.environ if environ is None else environ
    if kubeconfig is not None:
        return connection(merge([_read(Path(kubeconfig))]), context)
    files = _files(variables)
    found = [_read(file) for file in files if file.is_file()]
    if found:
        return connection(merge(found), context)
    if "KUBERNETES_SERVICE_HOST" in variables and (account / "token").is_file():
        return _in_cluster(variables, account)
    looked = ", ".join(str(file) for file in files)
    raise NoKubeconfig(
        f"there is no kubeconfig (looked for {looked}), and this is no Pod with a service "
        "account: name a file with --kubeconfig or KUBECONFIG, or use --embedded"
    )


def _files(variables: Mapping[str, str]) -> list[Path]:
    named = [name for name in variables.get("KUBECONFIG", "").split(os.pathsep) if name]
    return [Path(name) for name in named] or [Path.home() / ".kube" / "config"]


def _read(file: Path) -> tuple[str, str]:
    try:
        return str(file.absolute()), file.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise KubeconfigError(f"the kubeconfig {file} cannot be read: {error}") from error


def _in_cluster(variables: Mapping[str, str], account: Path) -> Connection:
    host = variables["KUBERNETES_SERVICE_HOST"]
    port = variables.get("KUBERNETES_SERVICE_PORT", "443")
    namespace = account / "namespace"
    return Connection(
        server=f"https://{f'[{host}]' if ':' in host else host}:{port}",
        user=User(token_file=str(account / "token")),
        context="the Pod's service account",
        namespace=namespace.read_text(encoding="utf-8").strip()
        if namespace.is_file()
        else "default",
        ca_file=str(account / "ca.crt"),
    )
