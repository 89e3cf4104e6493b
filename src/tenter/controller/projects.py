"""What an Application's project permits, as the cluster has the project now."""

from __future__ import annotations

from collections.abc import Iterable

from tenter.argoproj import (
    Application,
    Destination,
    Project,
    application_refusals,
    missing_project,
    object_refusal,
    read_project,
)
from tenter.errors import SpecError
from tenter.kube.discovery import Discovery
from tenter.kube.informers import Informers
from tenter.manifests import Key


class Projects:
    """The AppProjects of the control plane's ``namespace``, followed by ``informers``."""

    def __init__(self, informers: Informers, namespace: str) -> None:
        self._informers = informers
        self._namespace = namespace

    def find(self, name: str) -> Project:
        """Return the project. Raises ``SpecError`` where there is none, or it cannot be read."""
        found = self._informers.get(Key("argoproj.io", "AppProject", self._namespace, name))
        if found is None:
            raise SpecError(missing_project(name), path="spec.project")
        return read_project(found)

    def refusals(self, application: Application, destination: Destination) -> tuple[str, ...]:
        """Return why the Application may not be as it is; nothing where it may."""
        try:
            project = self.find(application.spec.project_name)
        except SpecError as error:
            return (str(error),)
        return application_refusals(project, application, destination, self._namespace)


def refused_objects(
    project: Project, keys: Iterable[Key], discovery: Discovery, destination: Destination
) -> list[str]:
    """Return why the project does not permit objects, a sentence each; nothing where it does."""
    refused: dict[str, None] = {}
    for key in keys:
        why = object_refusal(
            project,
            key,
            namespaced=is_namespaced(discovery, key),
            destination=destination,
        )
        if why:
            refused[f"{key.short}: {why}"] = None
    return list(refused)


def is_namespaced(discovery: Discovery, key: Key) -> bool:
    """Tell whether objects of the kind of ``key`` live in a namespace, as far as is known."""
    versions = discovery.versions(key.group, key.kind)
    if not versions:
        return bool(key.namespace)
    return discovery.find(key.group, key.kind).namespaced
