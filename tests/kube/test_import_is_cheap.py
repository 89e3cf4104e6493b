import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["aiohttp", "cryptography"])
def test_importing_the_client_does_not_import(module: str) -> None:
    program = f"import sys, tenter.kube; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
