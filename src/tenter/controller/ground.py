"""What all Applications share: the control plane, its settings, sources and destinations."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tenter.applications.destination import completed
from tenter.argoproj import Application
from tenter.controller.destinations import Destinations
from tenter.controller.live import LiveObjects
from tenter.controller.projects import Projects
from tenter.controller.settings import ControllerOptions, Settings
from tenter.controller.wanted import Place, Sources
from tenter.environment import Environment
from tenter.kube.client import Client
from tenter.manifests import Key


@dataclass(slots=True)
class Ground:
    """``client`` is the control plane's. ``settings`` are exchanged when ``argocd-cm`` changes.

    ``look_again`` has an Application looked at, now or in that many seconds. ``ensure`` returns
    when this process may still write for an Application, and raises ``StoodDown`` otherwise.
    """

    client: Client
    environment: Environment
    options: ControllerOptions
    settings: Settings
    destinations: Destinations
    projects: Projects
    sources: Sources
    look_again: Callable[[Key, float], None]
    ensure: Callable[[Key], Awaitable[None]]

    @property
    def now(self) -> float:
        """The wall clock, in Unix seconds."""
        return self.environment.now()

    def place(self, application: Application, live: LiveObjects) -> Place:
        """Return where the Application's manifests go, on the cluster of ``live``."""
        server = self.destinations.full(application.spec.destination).server
        return Place(
            application=application.instance(self.options.namespace),
            namespace=application.spec.destination.namespace,
            discovery=live.client.discovery,
            tracking=self.settings.tracking,
            complete=functools.partial(completed, live.client),
            project=application.spec.project_name,
            excluded=lambda kind: self.settings.excludes(kind, server),
        )
