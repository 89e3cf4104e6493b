"""The flags of ``sync``, ``plan`` and ``diff``: how to sync."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from tenter.cli.flags import ApplicationChoice, Command


@dataclass(frozen=True)
class SyncChoice:
    """The options of one sync, as the library takes them."""

    revision: str | None
    path: str | None
    chart: str | None
    values: tuple[Path, ...]
    set_values: tuple[str, ...]
    release_name: str | None
    recurse: bool
    remote_bases: bool
    prune: bool
    dry_run: bool
    resources: tuple[str, ...]
    with_hooks: bool
    sync_options: tuple[str, ...]
    retry_limit: int | None
    timeout: str | None
    confirm_prune: bool
    adopt: bool
    keep_manifests: bool
    create_namespace: bool
    health_scripts: Path | None
    ignore_differences: Path | None

    def keywords(self, application: ApplicationChoice) -> dict[str, Any]:
        """Return the library's keywords, those left at their default omitted."""
        from tenter.library import read_selected

        given: dict[str, Any] = {
            "application": application.name,
            "namespace": application.namespace,
            "state_namespace": application.state_namespace,
            "revision": self.revision,
            "path": self.path,
            "chart": self.chart,
            "values": self.values,
            "set_values": self.set_values,
            "release_name": self.release_name,
            "recurse": self.recurse,
            "remote_bases": self.remote_bases,
            "prune": self.prune,
            "dry_run": self.dry_run,
            "resources": tuple(read_selected(text) for text in self.resources),
            "with_hooks": self.with_hooks,
            "sync_options": self.sync_options,
            "retry_limit": self.retry_limit,
            "timeout": self.timeout,
            "confirm_prune": self.confirm_prune,
            "adopt": self.adopt,
            "keep_manifests": self.keep_manifests,
            "create_namespace": self.create_namespace,
            "health_scripts": self.health_scripts,
            "ignore_differences": self.ignore_differences,
        }
        return {name: value for name, value in given.items() if value not in (None, False, ())}


def sync_flags(command: Command) -> Command:
    """Add the flags; the command gets ``choice: SyncChoice``."""
    names = tuple(SyncChoice.__dataclass_fields__)

    @functools.wraps(command)
    def with_choice(*args: Any, **kwargs: Any) -> Any:
        choice = SyncChoice(**{name: kwargs.pop(name) for name in names})
        return command(*args, choice=choice, **kwargs)

    decorated: Command = with_choice
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated


_OPTIONS = (
    click.option("--revision", metavar="REV", help="Branch, tag, commit or chart version."),
    click.option("--path", metavar="DIR", help="The folder inside the repository."),
    click.option(
        "--chart", metavar="NAME", help="The chart, where REPO is a Helm repository or registry."
    ),
    click.option(
        "--values",
        multiple=True,
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False, exists=True),
        help="A file with values for the chart; may be repeated.",
    ),
    click.option(
        "--set",
        "set_values",
        multiple=True,
        metavar="NAME=VALUE",
        help="One value for the chart, such as image.tag=1.2; may be repeated.",
    ),
    click.option(
        "--release-name",
        metavar="NAME",
        help="The chart's release; by default the application's name.",
    ),
    click.option("--recurse", is_flag=True, help="Read the sub-folders of plain manifests too."),
    click.option(
        "--allow-remote-bases",
        "remote_bases",
        is_flag=True,
        help="Let a kustomization fetch bases from elsewhere.",
    ),
    click.option("--prune", is_flag=True, help="Delete what the source no longer has."),
    click.option("--dry-run", is_flag=True, help="Let the server check all; change nothing."),
    click.option(
        "--resource",
        "resources",
        multiple=True,
        metavar="G:K:NS/N",
        help="Sync only this resource, without hooks; may be repeated.",
    ),
    click.option("--with-hooks", is_flag=True, help="With --resource: run the hooks as well."),
    click.option(
        "--sync-option",
        "sync_options",
        multiple=True,
        metavar="NAME=VALUE",
        help="A sync option, such as PruneLast=true; may be repeated.",
    ),
    click.option(
        "--retry-limit",
        type=int,
        metavar="N",
        help="Try a failed sync N times more; a negative number is for ever.",
    ),
    click.option("--timeout", metavar="TIME", help="Fail after this time, such as 90s or 10m."),
    click.option("--confirm-prune", is_flag=True, help="Approve prunes that ask for it."),
    click.option("--adopt", is_flag=True, help="Take over an application of another source."),
    click.option(
        "--keep-manifests", is_flag=True, help="Keep the manifests, to roll back without Git."
    ),
    click.option("--create-namespace", is_flag=True, help="Create the target namespace."),
    click.option(
        "--ignore-differences",
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
        help="Differences to leave alone: rules, an Application, or argocd-cm.",
    ),
    click.option(
        "--health-scripts",
        metavar="DIR",
        type=click.Path(path_type=Path, exists=True),
        help="Lua health checks, laid out GROUP/KIND/health.lua, or Argo CD's argocd-cm in a file.",
    ),
)
