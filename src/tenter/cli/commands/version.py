"""``tenter version``: which Tenter this is, on which Python."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version

import click


def installed_number() -> str:
    """Return Tenter's version; empty for a checkout that is not installed."""
    try:
        return installed_version("tenter")
    except PackageNotFoundError:
        return ""


def version_line() -> str:
    """Return the line that names Tenter's version and Python's."""
    number = installed_number() or "from a checkout that is not installed"
    return f"tenter {number} (Python {platform.python_version()})"


@click.command()
def version() -> None:
    """Print Tenter's version and Python's.

    \b
    tenter version
    """
    click.echo(version_line())
