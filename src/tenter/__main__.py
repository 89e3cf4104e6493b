"""``python -m tenter`` is the ``tenter`` command."""

from __future__ import annotations

import sys

from tenter.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
