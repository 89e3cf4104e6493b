"""What an AppProject permits: sources, destinations and kinds. Pure.

Each question returns why not, as a sentence that says what to change, and an empty text where it
is permitted. A rule that cannot be read permits nothing: an unreadable pattern matches nothing
where it allows, and everything where it denies.

The rules are those of Argo CD's documentation ("Projects"): a pattern that begins with ``!``
denies, and one denial outweighs any permission.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TypeAlias

from tenter.argoproj.application import Application
from tenter.argoproj.project import KindPattern, Project, ResourcePattern
from tenter.argoproj.repository_urls import normalised_url
from tenter.argoproj.status import Destination
from tenter.errors import UsageError
from tenter.globs import compiled, matches
from tenter.manifests import GroupKind, Key

_Pattern: TypeAlias = KindPattern | ResourcePattern


def missing_project(name: str) -> str:
    """Return why an Application whose project does not exist may do nothing."""
    return (
        f"the project {name} does not exist; create the AppProject, or set spec.project to one "
        "that does"
    )


def application_refusals(
    project: Project,
    application: Application,
    destination: Destination,
    control_plane: str,
    project_clusters: Collection[str] = (),
) -> tuple[str, ...]:
    """Return why the Application as a whole is not permitted.

    ``destination`` has both server and name, as far as known. ``control_plane`` is the namespace
    of the controller, in which any project may be used; ``project_clusters`` are the server URLs
    and names of the project's own clusters.
    """
    refusals = [
        namespace_refusal(project, application.namespace, control_plane),
        *(
            source_refusal(project, source.repo_url)
            for source in application.spec.all_sources
            if source.repo_url
        ),
        destination_refusal(project, destination, project_clusters),
        integrity_refusal(project),
    ]
    return tuple(refusal for refusal in refusals if refusal)


def namespace_refusal(project: Project, namespace: str, control_plane: str) -> str:
    """Return why Applications of ``namespace`` may not use the project."""
    if namespace in {"", control_plane} or any(
        _names(rule, namespace) for rule in project.spec.source_namespaces
    ):
        return ""
    return (
        f"applications in the namespace {namespace} may not use the project {project.name}; add "
        "the namespace to the project's sourceNamespaces"
    )


def source_refusal(project: Project, repo_url: str) -> str:
    """Return why the project does not permit the repository.

    Patterns are compared with the URL's normal form; ``*`` stays within one part of its path.
    """
    url = normalised_url(repo_url)
    denied = not url
    permitted = False
    for rule in project.spec.source_repos:
        pattern = normalised_url(rule.removeprefix("!"))
        if rule.startswith("!"):
            # As in the reference, a denial permits all that it does not deny.
            denied = denied or not pattern or _matches(pattern, url, "/", otherwise=True)
            permitted = True
        elif rule == "*" or _matches(pattern, url, "/"):
            permitted = True
    if permitted and not denied:
        return ""
    return (
        f"the repository {repo_url} is not permitted in the project {project.name}; "
        f"{'it is denied by' if permitted else 'add it to'} the project's sourceRepos"
    )


def integrity_refusal(project: Project) -> str:
    """Return why nothing of a project may be used that asks for signed commits."""
    if not project.spec.signature_keys and project.spec.source_integrity is None:
        return ""
    return (
        f"the project {project.name} asks for signed commits (signatureKeys or sourceIntegrity), "
        "which Tenter does not verify; use a project without them, or leave its Applications to "
        "Argo CD"
    )


def destination_refusal(
    project: Project, destination: Destination, project_clusters: Collection[str] = ()
) -> str:
    """Return why the project does not permit the cluster and namespace.

    ``project_clusters`` are the server URLs and names of the clusters that belong to the project,
    which it may be limited to.
    """
    place = destination.server or destination.name
    if not _permits_destination(project, destination):
        return (
            f"the namespace {destination.namespace or '(none)'} of the cluster {place} is not "
            f"permitted in the project {project.name}; add it to the project's destinations"
        )
    limited = project.spec.permit_only_project_scoped_clusters
    if limited and not (
        destination.server in project_clusters or destination.name in project_clusters
    ):
        return (
            f"the cluster {place} does not belong to the project {project.name}, which permits "
            "only its own clusters; name the project in the cluster's Secret"
        )
    return ""


def _permits_destination(project: Project, destination: Destination) -> bool:
    permitted = False
    for rule in project.spec.destinations:
        server = bool(destination.server) and _holds(rule.server, destination.server)
        name = bool(destination.name) and _holds(rule.name, destination.name)
        namespace = _holds(rule.namespace, destination.namespace)
        if (server or name) and namespace:
            permitted = True
        elif (
            (rule.server.startswith("!") and not server)
            or (rule.name.startswith("!") and not name)
            or (rule.namespace.startswith("!") and not namespace)
        ):
            return False
    return permitted


def kind_refusal(project: Project, kind: GroupKind, name: str, *, namespaced: bool) -> str:
    """Return why the project does not permit objects of ``kind`` (of this name)."""
    spec = project.spec
    allowed: Sequence[_Pattern] | None
    denied: Sequence[_Pattern]
    if namespaced:
        allowed, denied = spec.namespace_resource_whitelist, spec.namespace_resource_blacklist
        lists = "namespaceResourceWhitelist and namespaceResourceBlacklist"
    else:
        allowed, denied = spec.cluster_resource_whitelist, spec.cluster_resource_blacklist
        lists = "clusterResourceWhitelist and clusterResourceBlacklist"
    # Namespaced kinds are permitted unless listed otherwise, cluster-scoped ones only if listed.
    permitted = allowed is None or _covered(allowed, kind, name)
    if permitted and not _covered(denied, kind, name, otherwise=True):
        return ""
    return (
        f"resource {kind.group}:{kind.kind} is not permitted in project {project.name}; see its "
        f"{lists}"
    )


def object_refusal(
    project: Project, key: Key, *, namespaced: bool, destination: Destination
) -> str:
    """Return why the project does not permit the object: its kind, or the namespace it is in.

    It holds for ordinary objects, hooks, prunes, inline manifests and the namespace that a sync
    creates, alike. ``destination`` says the cluster.
    """
    refusal = kind_refusal(project, key.group_kind, key.name, namespaced=namespaced)
    if refusal or not namespaced:
        return refusal
    place = Destination(
        server=destination.server,
        name=destination.name,
        namespace=key.namespace or destination.namespace,
    )
    if _permits_destination(project, place):
        return ""
    return (
        f"namespace {place.namespace} is not permitted in project {project.name}; add it to the "
        f"project's destinations, or move {key.short} to a namespace that is"
    )


def project_faults(project: Project) -> tuple[str, ...]:
    """Return what of the project's patterns cannot be read, one sentence each."""
    return tuple(_faults(project))


def _faults(project: Project) -> Iterator[str]:
    spec = project.spec
    named: list[tuple[str, Iterable[str]]] = [
        ("sourceRepos", spec.source_repos),
        ("sourceNamespaces", spec.source_namespaces),
        (
            "destinations",
            [
                part
                for rule in spec.destinations
                for part in (rule.server, rule.name, rule.namespace)
            ],
        ),
    ]
    for field in (
        "cluster_resource_whitelist",
        "cluster_resource_blacklist",
        "namespace_resource_whitelist",
        "namespace_resource_blacklist",
    ):
        rules: Iterable[_Pattern] = getattr(spec, field) or ()
        first, *rest = field.split("_")
        name = first + "".join(word.capitalize() for word in rest)
        named.append((name, [part for rule in rules for part in (rule.group, rule.kind)]))
    for field, patterns in named:
        for pattern in patterns:
            if pattern == "!*":
                yield f"project {project.name}: spec.{field}: !* denies all; remove the rule"
            try:
                compiled(pattern.removeprefix("!"), "/")
            except UsageError as error:
                yield f"project {project.name}: spec.{field}: {error}"


def _covered(
    rules: Iterable[_Pattern],
    kind: GroupKind,
    name: str,
    *,
    otherwise: bool = False,
) -> bool:
    return any(
        _matches(rule.group, kind.group, otherwise=otherwise)
        and _matches(rule.kind, kind.kind, otherwise=otherwise)
        and (
            isinstance(rule, KindPattern)
            or not rule.name
            or _matches(rule.name, name, otherwise=otherwise)
        )
        for rule in rules
    )


def _holds(rule: str, text: str) -> bool:
    """Tell whether ``text`` satisfies a rule, which with ``!`` is not to match."""
    if rule.startswith("!"):
        return not _matches(rule[1:], text, otherwise=True)
    return _matches(rule, text)


def _names(rule: str, namespace: str) -> bool:
    """Tell whether a rule of ``sourceNamespaces`` matches: a pattern, or /a regular expression/."""
    if len(rule) > 2 and rule.startswith("/") and rule.endswith("/"):
        try:
            return re.search(rule[1:-1], namespace) is not None
        except re.error:
            return False
    return _matches(rule, namespace)


def _matches(pattern: str, text: str, separator: str = "", *, otherwise: bool = False) -> bool:
    try:
        return matches(pattern, text, separator)
    except UsageError:
        return otherwise
