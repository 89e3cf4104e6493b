"""Builds the control plane's programs, once for each version of them.

They are kept in ``.controlplane`` beside the sources, outside of Git, under a name that is a digest
of everything they are made from; a build that was interrupted leaves nothing under that name.

    python -m conformance.io_build
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tenter.errors import TenterError

SOURCES = Path(__file__).parent / "controlplane"
CACHE = Path(__file__).parent.parent / ".controlplane"
PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kubectl")
_NICENESS = 19
"""The lowest priority: for minutes, the compiler takes every core that nobody else wants."""


class BuildFailed(TenterError):  # noqa: N818 - errors are named after situations
    """The control plane cannot be built: no Go, no module proxy, or a compiler error."""


def binaries() -> Path | None:
    """Return the folder of the programs of the current version, None where they are not built."""
    place = CACHE / _digest()
    return place if all((place / name).is_file() for name in PROGRAMS) else None


def build() -> Path:
    """Build the programs unless they are there, and return their folder. Raises BuildFailed."""
    place = binaries()
    if place is not None:
        return place
    go = shutil.which("go")
    if go is None:
        raise BuildFailed(
            "the control plane is built from Go sources, and there is no `go` on the path. "
            "Install Go 1.26 or later and try again."
        )
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="building-") as unfinished:
        made = Path(unfinished, "bin")
        command = [
            go, "build", "-trimpath", "-ldflags", _linker_flags(), "-o", f"{made}/", "./cmd/...",
        ]  # fmt: skip
        try:
            subprocess.run(  # niced from within, so that no program for it is needed
                command,
                cwd=SOURCES,
                check=True,
                preexec_fn=_step_back,
            )
        except subprocess.CalledProcessError as error:
            raise BuildFailed(
                f"`go build` in {SOURCES} ended with exit code {error.returncode}; what it said is "
                "above. Without the modules at hand it needs its module proxy."
            ) from error
        place = CACHE / _digest()
        shutil.rmtree(place, ignore_errors=True)
        made.rename(place)
    for other in CACHE.iterdir():
        if other != place:
            shutil.rmtree(other, ignore_errors=True)
    return place


def kubernetes_version() -> str:
    """Return the version of Kubernetes that the programs are of, such as ``v1.36.1``."""
    for line in (SOURCES / "go.mod").read_text().splitlines():
        words = line.split()
        if words[:1] == ["k8s.io/kubernetes"]:
            return words[1]
    raise BuildFailed(f"{SOURCES / 'go.mod'} names no version of k8s.io/kubernetes")


def _step_back() -> None:
    os.nice(_NICENESS)


def _linker_flags() -> str:
    version = kubernetes_version()
    major, minor = version.removeprefix("v").split(".")[:2]
    stamps = {"gitVersion": version, "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
    package = "k8s.io/component-base/version"
    return " ".join(
        ["-s", "-w", *(f"-X {package}.{name}={value}" for name, value in stamps.items())]
    )


def _digest() -> str:
    digest = hashlib.sha256(_linker_flags().encode())
    sources = sorted([*SOURCES.glob("go.*"), *SOURCES.glob("cmd/*/*.go")])
    for source in sources:
        digest.update(f"{source.relative_to(SOURCES)}\n".encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def main() -> int:
    """Build, and say what is done and how long it takes."""
    place = binaries()
    if place is not None:
        print(f"the control plane ({kubernetes_version()}) is built: {place}")  # noqa: T201
        return 0
    print(  # noqa: T201
        f"building etcd, kube-apiserver, kube-controller-manager and kubectl "
        f"({kubernetes_version()}) from source, once: five to ten minutes on two cores",
        flush=True,
    )
    began = time.monotonic()
    try:
        place = build()
    except BuildFailed as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 1
    print(f"built in {time.monotonic() - began:.0f} s: {place}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
