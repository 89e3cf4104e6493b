"""The flags that several commands share, and what they stand for.

Each decorator adds its flags to a command and gives it one value for them all, so that a command
reads as what it does.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from tenter.cli.formats import Format
from tenter.errors import ProcessesRefused, UsageError

if TYPE_CHECKING:
    from tenter.library import Cluster

Command: TypeAlias = Callable[..., Any]


@dataclass(frozen=True)
class ClusterChoice:
    """Which cluster a command works on."""

    kubeconfig: str | None = None
    context: str | None = None
    embedded: bool = False
    data: Path | None = None
    run_processes: bool = False
    verbose: bool = False

    @property
    def named(self) -> bool:
        """Whether the user chose a cluster, rather than taking the default."""
        return bool(self.kubeconfig or self.context or self.embedded or self.data)

    def cluster(self) -> Cluster:
        """Return the chosen cluster, not yet opened. Raises UsageError for flags that clash."""
        cluster = self._chosen()
        if self.verbose:
            cluster.tell_requests(lambda line: click.echo(line, err=True))
        return cluster

    def _chosen(self) -> Cluster:
        from tenter.library import Cluster

        if self.embedded and (self.kubeconfig or self.context):
            raise UsageError(
                "--embedded runs a cluster of its own, so it cannot be used with --kubeconfig or "
                "--context. Leave one of them out."
            )
        if not self.embedded:
            if self.run_processes:
                raise ProcessesRefused(
                    "--run-processes runs containers as processes of this machine, which only the "
                    "embedded cluster does. Add --embedded, or leave it out."
                )
            if self.data:
                raise UsageError("--data belongs to an embedded cluster. Add --embedded.")
            return Cluster.from_kubeconfig(self.kubeconfig, self.context)
        return Cluster.embedded(run_processes=self.run_processes, data=self.data)

    def told(self) -> str:
        """Return the flags that name this cluster again, for commands offered to the user."""
        parts = []
        if self.kubeconfig:
            parts.append(f"--kubeconfig {self.kubeconfig}")
        if self.context:
            parts.append(f"--context {self.context}")
        if self.embedded:
            parts.append("--embedded")
        if self.data:
            parts.append(f"--data {self.data}")
        return " ".join(parts)


@dataclass(frozen=True)
class ApplicationChoice:
    """Which application a command works on, and where its state is kept."""

    name: str | None = None
    namespace: str | None = None
    state_namespace: str | None = None

    def place(self) -> dict[str, str | None]:
        """Return the library's keywords for where the application is."""
        return {"namespace": self.namespace, "state_namespace": self.state_namespace}

    def told(self, name: str) -> str:
        """Return the flags that name this application, called ``name``, again."""
        parts = [f"--app {name}"]
        if self.namespace:
            parts.append(f"-n {self.namespace}")
        if self.state_namespace:
            parts.append(f"--state-namespace {self.state_namespace}")
        return " ".join(parts)


def cluster_flags(command: Command) -> Command:
    """Add the flags that choose a cluster; the command gets ``cluster: ClusterChoice``."""
    names = ("kubeconfig", "context", "embedded", "data", "run_processes", "verbose")

    @functools.wraps(command)
    def with_cluster(*args: Any, **kwargs: Any) -> Any:
        choice = ClusterChoice(**{name: kwargs.pop(name) for name in names})
        return command(*args, cluster=choice, **kwargs)

    return _decorated(
        with_cluster,
        click.option(
            "--kubeconfig",
            metavar="FILE",
            help="The kubeconfig to use; by default $KUBECONFIG or ~/.kube/config.",
        ),
        click.option("--context", metavar="NAME", help="The kubeconfig's context to use."),
        click.option(
            "--embedded", is_flag=True, help="Use an embedded cluster in this process instead."
        ),
        click.option(
            "--data",
            metavar="DIR",
            type=click.Path(path_type=Path, file_okay=False),
            help="Keep the embedded cluster in DIR (see tenter cluster).",
        ),
        click.option(
            "--run-processes",
            is_flag=True,
            help="Run the embedded cluster's containers as processes of this machine.",
        ),
        click.option(
            "-v",
            "--verbose",
            is_flag=True,
            help="Say on standard error what is asked of the cluster; bodies are never shown.",
        ),
    )


def application_flags(command: Command) -> Command:
    """Add the flags that choose an application; gives ``application: ApplicationChoice``."""

    @functools.wraps(command)
    def with_application(*args: Any, **kwargs: Any) -> Any:
        choice = ApplicationChoice(
            name=kwargs.pop("app"),
            namespace=kwargs.pop("namespace"),
            state_namespace=kwargs.pop("state_namespace"),
        )
        return command(*args, application=choice, **kwargs)

    return _decorated(
        with_application,
        click.option(
            "--app", metavar="NAME", help="The application; by default the folder's name."
        ),
        click.option(
            "-n",
            "--namespace",
            metavar="NS",
            help="The target namespace; by default the context's.",
        ),
        click.option(
            "--state-namespace",
            metavar="NS",
            help="Where the application's record is kept; by default the target namespace.",
        ),
    )


def output_flag(command: Command) -> Command:
    """Add ``-o text|json|yaml``; the command gets ``output: Format``."""

    @functools.wraps(command)
    def with_output(*args: Any, **kwargs: Any) -> Any:
        return command(*args, output=Format(kwargs.pop("output")), **kwargs)

    return _decorated(
        with_output,
        click.option(
            "-o",
            "--output",
            type=click.Choice([form.value for form in Format]),
            default=Format.TEXT.value,
            show_default=True,
            help="How to print.",
        ),
    )


def _decorated(command: Command, *options: Callable[[Command], Command]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command
