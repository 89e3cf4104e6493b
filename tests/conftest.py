"""Options of the whole suite."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--cluster",
        choices=("embedded", "real"),
        default="embedded",
        help="what the behaviours are tried on; real needs what `make controlplane` builds",
    )


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
