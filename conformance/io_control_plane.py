"""Runs a Kubernetes control plane on free loopback ports: etcd, API server, controller manager.

It is the released one, unprivileged and without containers; admission is as it is by default.
There is no scheduler and no kubelet: the tests bring Tenter's node. Everything is stopped when the
block ends, however it ends, and also when this process is killed.
"""

from __future__ import annotations

import ctypes
import http.client
import json
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tenter.embedded.io_certificates import Secrets, new_secrets
from tenter.embedded.kubeconfig import kubeconfig_text
from tenter.errors import ClusterTimeout, ClusterUnreachable

_PATIENCE = 60.0
"""Seconds for the whole control plane to be ready; it takes 3 on an idle machine."""
_PROBE_PAUSE = 0.05
"""Seconds between two questions whether a program is ready: they tell in no other way."""
_FAREWELL = 8.0
"""Seconds that a program has to end by itself."""
ALL_CONTROLLERS = (
    "*,-nodelifecycle,-nodeipam,-cloud-node-lifecycle,-service-lb-controller,-node-route-controller"
)
"""All but those that need a cloud, or take our node for dead."""
NO_WORKLOADS = (
    "garbagecollector,namespace,serviceaccount,"
    "persistentvolume-protection-controller,persistentvolumeclaim-protection-controller"
)
"""Those that belong to the API: nothing but clients then writes to workloads."""
JSON = "application/json"
PROTOBUF = "application/vnd.kubernetes.protobuf"


class ControlPlane:
    """A control plane, running inside ``with``. ``place`` is an empty folder for what it keeps.

    ``storage`` is the form in which the API server stores objects; as ``JSON`` its store can be
    read without Kubernetes' types. ``users`` are further users, of no group and with no rights of
    their own: names to tokens.
    """

    def __init__(
        self,
        binaries: Path,
        place: Path,
        *,
        storage: str = PROTOBUF,
        users: dict[str, str] | None = None,
        controllers: str = ALL_CONTROLLERS,
    ) -> None:
        self._binaries = binaries
        self._place = place
        self._storage = storage
        self._users = users or {}
        self._controllers = controllers
        self._stack = ExitStack()
        self._secrets: Secrets = new_secrets(time.time())
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        etcd, peer, server, manager = _free_ports(4)
        self.store_url = f"http://127.0.0.1:{etcd}"
        self.url = f"https://127.0.0.1:{server}"
        self._peer_url = f"http://127.0.0.1:{peer}"
        self._server_port = server
        self._manager_port = manager

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._write_files()
            deadline = time.monotonic() + _PATIENCE
            # What is started later ends earlier: an API server without its store does not end.
            self._start(stack, "etcd", self._etcd_flags())
            self._until_ready("etcd", lambda: _answers(self.store_url, "/health"), deadline)
            self._start(stack, "kube-apiserver", self._server_flags())
            self._until_ready("kube-apiserver", lambda: self._serves("/readyz"), deadline)
            self._start(stack, "kube-controller-manager", self._manager_flags())
            self._until_ready(
                "kube-controller-manager",
                lambda: self._serves("/api/v1/namespaces/default/serviceaccounts/default"),
                deadline,
            )
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    @property
    def kubectl(self) -> Path:
        """The kubectl of the same release."""
        return self._binaries / "kubectl"

    @property
    def token(self) -> str:
        """The bearer token of the administrator, who is of ``system:masters``."""
        return self._secrets.token

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self._place / "kubeconfig"

    def kubeconfig_of(self, user: str) -> str:
        """Return the text of a kubeconfig for one of ``users``."""
        return kubeconfig_text(
            url=self.url,
            token=self._users[user],
            certificate_authority=self._secrets.authority,
        )

    def log(self, program: str) -> str:
        """Return what a program has said so far."""
        return self._log(program).read_text(errors="replace")

    # Files

    def _write_files(self) -> None:
        self._place.mkdir(parents=True, exist_ok=True)
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        tokens = [f'{self.token},admin,1,"system:masters"']
        tokens += [f"{token},{name},{name}" for name, token in self._users.items()]
        admin = kubeconfig_text(
            url=self.url, token=self.token, certificate_authority=self._secrets.authority
        )
        for name, content in {
            "service-accounts.key": private,
            "server.crt": self._secrets.certificate,
            "server.key": self._secrets.key,
            "tokens.csv": "\n".join(tokens).encode(),
            "kubeconfig": admin.encode(),
        }.items():
            path = self._place / name
            path.touch(mode=0o600)
            path.write_bytes(content)

    def _log(self, program: str) -> Path:
        return self._place / f"{program}.log"

    # Flags

    def _etcd_flags(self) -> dict[str, str]:
        return {
            "name": "store",
            "data-dir": str(self._place / "store"),
            "listen-client-urls": self.store_url,
            "advertise-client-urls": self.store_url,
            "listen-peer-urls": self._peer_url,
            "initial-advertise-peer-urls": self._peer_url,
            "initial-cluster": f"store={self._peer_url}",
            "unsafe-no-fsync": "true",
            "log-level": "warn",
        }

    def _server_flags(self) -> dict[str, str]:
        key = str(self._place / "service-accounts.key")
        return {
            "etcd-servers": self.store_url,
            "storage-media-type": self._storage,
            "bind-address": "127.0.0.1",
            "advertise-address": "127.0.0.1",
            "secure-port": str(self._server_port),
            "cert-dir": str(self._place),
            "tls-cert-file": str(self._place / "server.crt"),
            "tls-private-key-file": str(self._place / "server.key"),
            "service-account-key-file": key,
            "service-account-signing-key-file": key,
            "service-account-issuer": "https://kubernetes.default.svc",
            "token-auth-file": str(self._place / "tokens.csv"),
            "authorization-mode": "RBAC",
            "service-cluster-ip-range": "10.96.0.0/16",
            "endpoint-reconciler-type": "none",
            # Old versions are forgotten when a test asks for it, and not after some minutes.
            "etcd-compaction-interval": "0",
            # These are read from the store itself, so that it is known when versions are gone.
            "watch-cache-sizes": "limitranges#0",
            # The node's name is in no name service; its address is loopback's.
            "kubelet-preferred-address-types": "InternalIP",
        }

    def _manager_flags(self) -> dict[str, str]:
        return {
            "kubeconfig": str(self.kubeconfig),
            "service-account-private-key-file": str(self._place / "service-accounts.key"),
            "use-service-account-credentials": "false",
            "leader-elect": "false",
            "bind-address": "127.0.0.1",
            "secure-port": str(self._manager_port),
            "cert-dir": str(self._place),
            "controllers": self._controllers,
            # By default it takes 20 requests a second, at which the tests would wait for it.
            "kube-api-qps": "500",
            "kube-api-burst": "1000",
            "concurrent-job-syncs": "20",
        }

    # Processes

    def _start(self, stack: ExitStack, program: str, flags: dict[str, str]) -> None:
        log: IO[bytes] = stack.enter_context(self._log(program).open("wb"))
        process = subprocess.Popen(
            [self._binaries / program, *(f"--{name}={value}" for name, value in flags.items())],
            cwd=self._place,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is ours to pass on, in the right order
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - started before there are threads
        )
        stack.callback(_end, process)
        self._running[program] = process

    def _until_ready(self, program: str, is_ready: Callable[[], bool], deadline: float) -> None:
        while not is_ready():
            for name, process in self._running.items():
                if process.poll() is not None:
                    raise ClusterUnreachable(
                        f"{name} ended with exit code {process.returncode} while the control "
                        f"plane was started. It said: {_last_lines(self.log(name))}"
                    )
            if time.monotonic() > deadline:
                raise ClusterTimeout(
                    f"{program} was not ready within {_PATIENCE:g} s. It said: "
                    f"{_last_lines(self.log(program))}"
                )
            time.sleep(_PROBE_PAUSE)

    def _serves(self, path: str) -> bool:
        context = ssl.create_default_context(cadata=self._secrets.authority.decode())
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self._server_port, timeout=5, context=context
        )
        return _is_answered(connection, path, {"Authorization": f"Bearer {self.token}"})


def _answers(url: str, path: str) -> bool:
    host = url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=5)
    return _is_answered(connection, path, {})


def _is_answered(
    connection: http.client.HTTPConnection, path: str, headers: dict[str, str]
) -> bool:
    try:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False  # it does not listen yet
    finally:
        connection.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_FAREWELL)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _die_with_parent() -> None:
    """Have the kernel end this process when its parent ends without a word (Linux)."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]


def _last_lines(text: str) -> str:
    return json.dumps(text.splitlines()[-3:])
