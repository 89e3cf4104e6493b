"""``tenter version``: which Tenter this is, on which Python."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version

import click


def version_line() -> str:
    """Return the line that names Tenter's version and Python's."""
    try:
        number = installed_version("tenter")
    except PackageNotFoundError:
        number = "from a checkout that is not installed"
    return f"tenter {number} (Python {platform.python_version()})"


@click.command()
def version() -> None:
    """Print Tenter's version and Python's.

    \b
    tenter version
    """
    click.echo(version_line())
