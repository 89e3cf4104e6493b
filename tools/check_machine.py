"""Say what this machine lacks before anything is installed; runs on any Python 3."""

import shutil
import sys


def main() -> int:
    """Return 0 when the machine has what `make setup` needs, else print what to install."""
    missing = []
    if sys.version_info < (3, 11):  # noqa: UP036 - this script runs before that is known
        version = ".".join(map(str, sys.version_info[:3]))
        missing.append(
            f"Python 3.11 or later (this is {version}); name another with `make PYTHON=python3.13`"
        )
    try:
        import ensurepip  # noqa: F401, PLC0415
        import venv  # noqa: F401, PLC0415
    except ImportError:
        missing.append("Python's venv module (on Debian and Ubuntu: apt install python3-venv)")
    if shutil.which("git") is None:
        missing.append("git (on Debian and Ubuntu: apt install git)")
    for thing in missing:
        print(f"this machine lacks {thing}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
