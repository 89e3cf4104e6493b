"""All controllers of an embedded cluster, wired to one view of it.

Here stands which kinds each controller looks after and what else matters to it. The rules are in
the controllers' own modules.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

import msgspec

from tenter.embedded.controllers import (
    daemonset,
    deployment,
    endpoint_slices,
    endpoints,
    job,
    replicaset,
    revisions,
    statefulset,
)
from tenter.embedded.controllers.driver import Controller, Driver
from tenter.embedded.controllers.ownership import controller_of, selects
from tenter.embedded.controllers.recorder import Recorder
from tenter.embedded.controllers.settings import ControllerSettings
from tenter.embedded.controllers.view import View
from tenter.embedded.controllers.writes import Outcome
from tenter.embedded.tasks import task_group
from tenter.environment import Environment
from tenter.kube import Change, Client, Informers, Scope
from tenter.manifests import GroupKind, Key, Manifest, group_version, key_of

JOB = GroupKind("batch", "Job")
POD = GroupKind("", "Pod")
DEPLOYMENT = GroupKind("apps", "Deployment")
REPLICA_SET = GroupKind("apps", "ReplicaSet")
STATEFUL_SET = GroupKind("apps", "StatefulSet")
DAEMON_SET = GroupKind("apps", "DaemonSet")
REVISION = GroupKind("apps", "ControllerRevision")
SERVICE = GroupKind("", "Service")
ENDPOINTS = GroupKind("", "Endpoints")
ENDPOINT_SLICE = GroupKind("discovery.k8s.io", "EndpointSlice")
CLAIM = GroupKind("", "PersistentVolumeClaim")
NODE = GroupKind("", "Node")

# Owners before what they own: a Pod whose Job is not known yet would look bereaved.
_WATCHED = (
    JOB,
    DEPLOYMENT,
    STATEFUL_SET,
    DAEMON_SET,
    REPLICA_SET,
    REVISION,
    NODE,
    SERVICE,
    ENDPOINTS,
    ENDPOINT_SLICE,
    CLAIM,
    POD,
)


@asynccontextmanager
async def run_controllers(
    client: Client,
    environment: Environment,
    settings: ControllerSettings | None = None,
) -> AsyncIterator[None]:
    """Run all controllers on the cluster of ``client`` for as long as the block lasts.

    When the block begins, everything that was there before has been taken in. Raises what the
    first lists raised (ClusterUnreachable, Forbidden).
    """
    settings = settings or ControllerSettings()
    view = View()
    async with Informers(client, environment) as informers, task_group() as group:
        recorder = Recorder(client, environment)
        recording = group.create_task(recorder.run(), name="event recorder")
        drivers = [
            Driver(
                controller,
                view,
                client,
                environment=environment,
                settings=settings,
                group=group,
                recorder=recorder,
            )
            for controller in CONTROLLERS
        ]
        started = False

        def on_change(change: Change) -> None:
            view.tell(change)
            if started:
                for driver in drivers:
                    driver.tell(change.object)
                if change.deleted and change.key.group_kind == JOB:
                    for pod in view.children(POD, change.uid):
                        drivers[0].tell(pod)

        def on_relisted(scope: Scope) -> None:
            if not started:
                return
            view.trust(informers.get)
            for item in view.all_of(scope.group_kind):
                for driver in drivers:
                    driver.tell(item)

        informers.on_change(on_change)
        informers.on_relisted(on_relisted)
        try:
            for kind in _WATCHED:
                await informers.watch(await client.resource(kind.group, kind.kind))
            # Only now is the view whole: a Job without its Pods would make them anew.
            started = True
            for kind in _WATCHED:
                for item in view.all_of(kind):
                    for driver in drivers:
                        driver.tell(item)
            yield
        finally:
            for driver in drivers:
                driver.close()
            recording.cancel()


def _owned_by(kind: GroupKind) -> Callable[[View, Manifest], Iterable[Key]]:
    """Return what names the controller of a changed object, if it is of ``kind``."""

    def concerned(_view: View, manifest: Manifest) -> Iterable[Key]:
        reference = controller_of(manifest)
        if reference is None or reference.get("kind") != kind.kind:
            return ()
        if group_version(reference)[0] != kind.group:
            return ()
        namespace = manifest["metadata"].get("namespace", "")
        return (Key(kind.group, kind.kind, namespace, reference["name"]),)

    return concerned


_owned_by_replica_set = _owned_by(REPLICA_SET)
_owned_by_daemon_set = _owned_by(DAEMON_SET)
_owned_by_service = _owned_by(SERVICE)


def _replica_sets_concerned(view: View, manifest: Manifest) -> Iterable[Key]:
    if key_of(manifest).group_kind == POD and controller_of(manifest) is None:
        labels = manifest["metadata"].get("labels")
        return [
            key_of(item)
            for item in view.within(REPLICA_SET, manifest["metadata"]["namespace"])
            if selects(item["spec"].get("selector"), labels)
        ]
    return _owned_by_replica_set(view, manifest)


def _daemon_sets_concerned(view: View, manifest: Manifest) -> Iterable[Key]:
    if key_of(manifest).group_kind == NODE:
        return [key_of(item) for item in view.all_of(DAEMON_SET)]
    return _owned_by_daemon_set(view, manifest)


def _services_concerned(view: View, manifest: Manifest) -> Iterable[Key]:
    kind = key_of(manifest).group_kind
    metadata = manifest["metadata"]
    if kind == ENDPOINTS:
        return (Key("", "Service", metadata["namespace"], metadata["name"]),)
    if kind == ENDPOINT_SLICE:
        return _owned_by_service(view, manifest)
    if kind != POD:
        return ()
    labels = metadata.get("labels")
    return [
        key_of(service)
        for service in view.within(SERVICE, metadata["namespace"])
        if (chosen := (service.get("spec") or {}).get("selector"))
        and selects({"matchLabels": chosen}, labels)
    ]


def _look_at_job(view: View, item: Manifest, now: float, settings: ControllerSettings) -> Outcome:
    return job.reconcile(item, view.children(POD, _uid(item)), now, settings)


def _look_at_deployment(
    view: View, item: Manifest, now: float, settings: ControllerSettings
) -> Outcome:
    return deployment.reconcile(item, view.children(REPLICA_SET, _uid(item)), now, settings)


def _look_at_replica_set(
    view: View, item: Manifest, now: float, settings: ControllerSettings
) -> Outcome:
    orphans = [
        pod
        for pod in view.children(POD, "")
        if pod["metadata"]["namespace"] == item["metadata"]["namespace"]
    ]
    return replicaset.reconcile(item, [*view.children(POD, _uid(item)), *orphans], now, settings)


def _look_at_stateful_set(
    view: View, item: Manifest, now: float, settings: ControllerSettings
) -> Outcome:
    claims = view.within(CLAIM, item["metadata"]["namespace"])
    outcome = statefulset.reconcile(item, view.children(POD, _uid(item)), claims, now, settings)
    return _with_history(view, item, outcome)


def _look_at_daemon_set(
    view: View, item: Manifest, now: float, settings: ControllerSettings
) -> Outcome:
    outcome = daemonset.reconcile(
        item, view.children(POD, _uid(item)), view.all_of(NODE), now, settings
    )
    return _with_history(view, item, outcome)


def _with_history(view: View, item: Manifest, outcome: Outcome) -> Outcome:
    history = revisions.keep(item, view.children(REVISION, _uid(item)))
    return msgspec.structs.replace(outcome, writes=(*history, *outcome.writes))


def _look_at_service(
    view: View, item: Manifest, now: float, settings: ControllerSettings
) -> Outcome:
    namespace, name = item["metadata"]["namespace"], item["metadata"]["name"]
    pods, present = view.within(POD, namespace), view.get(Key("", "Endpoints", namespace, name))
    outcome = endpoints.reconcile(item, pods, present, now, settings)
    slices = endpoint_slices.reconcile(item, pods, view.children(ENDPOINT_SLICE, _uid(item)))
    return msgspec.structs.replace(outcome, writes=(*outcome.writes, *slices))


def _uid(manifest: Manifest) -> str:
    return str(manifest["metadata"]["uid"])


CONTROLLERS = (
    Controller(JOB, _look_at_job, _owned_by(JOB), lambda pod: Outcome(job.release((pod,)))),
    Controller(DEPLOYMENT, _look_at_deployment, _owned_by(DEPLOYMENT)),
    Controller(REPLICA_SET, _look_at_replica_set, _replica_sets_concerned),
    Controller(STATEFUL_SET, _look_at_stateful_set, _owned_by(STATEFUL_SET)),
    Controller(DAEMON_SET, _look_at_daemon_set, _daemon_sets_concerned),
    Controller(SERVICE, _look_at_service, _services_concerned),
)
