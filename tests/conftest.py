"""Options of the whole suite."""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import Any

import pytest
from hypothesis import settings
from tools import io_renderers

# A busy machine is no counterexample.
settings.register_profile("whatever the load", deadline=None)
settings.load_profile("whatever the load")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--cluster",
        choices=("embedded", "real"),
        default="embedded",
        help="what the behaviours are tried on; real needs what `make controlplane` builds",
    )


@pytest.fixture
def renderers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put Helm and Kustomize on the path. A test that needs them fails where there are none."""
    found = io_renderers.found()
    missing = sorted(set(io_renderers.PACKAGES) - set(found))
    if missing:
        pytest.fail(f"no {' and no '.join(missing)} to test with: {io_renderers.ADVICE}", False)
    folders = dict.fromkeys(str(path.parent) for path in found.values())
    monkeypatch.setenv("PATH", os.pathsep.join([*folders, os.environ["PATH"]]))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say how much agreed with a real control plane."""
    if config.getoption("--cluster") != "real":
        return
    passed = [each for each in terminalreporter.getreports("passed") if each.when == "call"]
    behaviours = [each for each in passed if "behaviour" in PurePath(each.nodeid).parts]
    requests = sum(
        value for each in passed for name, value in each.user_properties if name == "requests"
    )
    terminalreporter.write_line(
        f"on a real control plane: {len(behaviours)} behaviours hold, and {requests} requests were "
        "answered alike"
    )
