"""Builds the programs that render charts and overlays, Helm and Kustomize, at pinned versions.

The tests hold Tenter to the real programs, so they must be there on every machine that runs them.
``tools/renderers/go.mod`` pins them. They are kept in ``.renderers`` beside the sources, outside of
Git, under a digest of that file; a build that was interrupted leaves nothing under that name.

    python -m tools.io_renderers
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

SOURCES = Path(__file__).parent / "renderers"
CACHE = Path(__file__).parent.parent / ".renderers"
PACKAGES = {
    "helm": "helm.sh/helm/v4/cmd/helm",
    "kustomize": "sigs.k8s.io/kustomize/kustomize/v5",
}
ADVICE = "build them with `make renderers` (needs go 1.26 or later), or install both on the path"
_NICENESS = 19
"""The lowest priority: for minutes, the compiler takes every core that nobody else wants."""


class NoRenderers(TenterError):  # noqa: N818 - errors are named after situations
    """Helm and Kustomize are neither built nor on the path, or building them failed."""


def found() -> dict[str, Path]:
    """Return where each program is: built, or else on the path; those that are nowhere left out."""
    place = CACHE / _digest()
    programs = {}
    for name in PACKAGES:
        on_path = shutil.which(name)
        if (place / name).is_file():
            programs[name] = place / name
        elif on_path is not None:
            programs[name] = Path(on_path)
    return programs


def build() -> Path:
    """Build the programs and return their folder. Raises NoRenderers with the reason."""
    go = shutil.which("go")
    if go is None:
        raise NoRenderers(
            f"there is no `go` on the path to build Helm and Kustomize with; {ADVICE}"
        )
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="building-") as unfinished:
        made = Path(unfinished, "bin")
        command = [go, "build", "-trimpath", "-ldflags", "-s -w", "-o", f"{made}/"]
        try:
            subprocess.run(
                [*command, *PACKAGES.values()],
                cwd=SOURCES,
                check=True,
                preexec_fn=_step_back,
            )
        except subprocess.CalledProcessError as error:
            raise NoRenderers(
                f"`go build` in {SOURCES} ended with exit code {error.returncode}; what it said is "
                "above. Without the modules at hand it needs its module proxy."
            ) from error
        place = CACHE / _digest()
        shutil.rmtree(place, ignore_errors=True)
        made.rename(place)
    return place


def _step_back() -> None:
    os.nice(_NICENESS)


def _digest() -> str:
    digest = hashlib.sha256()
    for file in sorted(SOURCES.glob("go.*")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def main() -> int:
    """Build what is missing, and say what is done; a machine without go is told and let pass."""
    if len(found()) == len(PACKAGES):
        return 0
    if shutil.which("go") is None:
        # The tests that need them fail and say why; all others can still be run.
        print(f"Helm and Kustomize are missing, and so is go: {ADVICE}", file=sys.stderr)
        return 0
    print("building Helm and Kustomize from source, once: a few minutes on two cores", flush=True)
    began = time.monotonic()
    try:
        place = build()
    except NoRenderers as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"built in {time.monotonic() - began:.0f} s: {place}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
