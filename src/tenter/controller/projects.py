"""What an Application's project permits, as the cluster has the project now."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tenter.argoproj import (
    Application,
    Clusters,
    Destination,
    GlobalProject,
    Project,
    application_refusals,
    missing_project,
    object_refusal,
    read_project,
    with_global_projects,
)
from tenter.errors import SpecError
from tenter.kube.discovery import Discovery
from tenter.kube.informers import Informers
from tenter.manifests import Key

ProjectRules = Callable[[], tuple[tuple[GlobalProject, ...], Clusters]]
"""Returns the global projects of the settings, and the clusters of which some have a project."""


class Projects:
    """The AppProjects of the control plane's ``namespace``, followed by ``informers``."""

    def __init__(self, informers: Informers, namespace: str, rules: ProjectRules) -> None:
        self._informers = informers
        self._namespace = namespace
        self._rules = rules

    def find(self, name: str) -> Project:
        """Return the project, with the global ones that hold for it.

        Raises ``SpecError`` where there is none, or it or a global one cannot be read.
        """
        found = self._informers.get(self._key(name))
        if found is None:
            raise SpecError(missing_project(name), path="spec.project")
        project = read_project(found)
        rules, _ = self._rules()
        named = {
            rule.project_name: self._informers.get(self._key(rule.project_name)) for rule in rules
        }
        others = {name: read_project(each) for name, each in named.items() if each is not None}
        return with_global_projects(project, rules, others)

    def refusals(self, application: Application, destination: Destination) -> tuple[str, ...]:
        """Return why the Application may not be as it is; nothing where it may."""
        try:
            project = self.find(application.spec.project_name)
        except SpecError as error:
            return (str(error),)
        _, clusters = self._rules()
        return application_refusals(
            project,
            application,
            destination,
            self._namespace,
            clusters.of_project(project.name),
        )

    def _key(self, name: str) -> Key:
        return Key("argoproj.io", "AppProject", self._namespace, name)


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
