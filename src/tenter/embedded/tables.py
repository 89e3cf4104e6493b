"""What ``kubectl get`` shows: the columns of each kind, and an object as a row of them.

The columns are those people know; a custom resource's come from its CRD
(``additionalPrinterColumns``). A kind without an entry shows name and age.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias

from tenter.embedded.resources import Column, ResourceType
from tenter.embedded.timestamps import parse_time
from tenter.manifests.keys import Manifest

Cell: TypeAlias = Callable[[Manifest, float], Any]
"""What a column shows of an object at a time (Unix seconds)."""

_NONE = "<none>"
_UNKNOWN = "<unknown>"


def age(since: str | None, now: float) -> str:
    """Return the time since an RFC 3339 time as kubectl writes it: ``5s``, ``3m20s``, ``2d``."""
    start = parse_time(since)
    if start is None:
        return _UNKNOWN
    return duration(now - start)


def duration(seconds: float) -> str:
    """Return ``seconds`` as kubectl writes a duration, coarser the longer it is."""
    whole = max(0, int(seconds))
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if whole < 120:
        return f"{whole}s"
    if minutes < 10:
        return _two(minutes, "m", whole % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if days < 8:
        return _two(days, "d", hours % 24, "h")
    if days < 730:
        return f"{days}d"
    return _two(days // 365, "y", days % 365, "d")


def _two(first: int, unit: str, second: int, subunit: str) -> str:
    return f"{first}{unit}{second}{subunit}" if second else f"{first}{unit}"


def _at(path: str, missing: Any = _NONE) -> Cell:
    steps = path.split(".")

    def cell(manifest: Manifest, _now: float) -> Any:
        value: Any = manifest
        for step in steps:
            value = value.get(step) if isinstance(value, dict) else None
        return missing if value in (None, "") else value

    return cell


def _since(path: str) -> Cell:
    read = _at(path, None)
    return lambda manifest, now: age(read(manifest, now), now)


def _count(path: str) -> Cell:
    read = _at(path, ())
    return lambda manifest, now: len(read(manifest, now))


def _joined(path: str, separator: str = ",") -> Cell:
    read = _at(path, ())
    return lambda manifest, now: separator.join(map(str, read(manifest, now))) or _NONE


def _labels(path: str) -> Cell:
    read = _at(path, {})

    def cell(manifest: Manifest, now: float) -> str:
        pairs = (f"{name}={value}" for name, value in sorted(read(manifest, now).items()))
        return ",".join(pairs) or _NONE

    return cell


def _of(path: str, total: str, missing: int = 0) -> Cell:
    ready, wanted = _at(path, 0), _at(total, missing)
    return lambda manifest, now: f"{ready(manifest, now)}/{wanted(manifest, now)}"


def _images(path: str) -> Cell:
    read = _at(path, ())
    return lambda manifest, now: ",".join(c.get("image", "") for c in read(manifest, now))


def _containers(path: str) -> Cell:
    read = _at(path, ())
    return lambda manifest, now: ",".join(c.get("name", "") for c in read(manifest, now))


def _pod_ready(pod: Manifest, _now: float) -> str:
    statuses = pod.get("status", {}).get("containerStatuses") or ()
    ready = sum(1 for status in statuses if status.get("ready"))
    return f"{ready}/{len(pod.get('spec', {}).get('containers') or ())}"


def _pod_status(pod: Manifest, _now: float) -> str:
    status = pod.get("status", {})
    shown: str = status.get("reason") or status.get("phase") or _UNKNOWN
    for position, container in enumerate(status.get("initContainerStatuses") or ()):
        state = container.get("state", {})
        ended = state.get("terminated")
        if ended is not None and ended.get("exitCode") == 0:
            continue
        if ended is not None:
            return "Init:" + (ended.get("reason") or f"ExitCode:{ended.get('exitCode')}")
        waiting = state.get("waiting", {}).get("reason")
        if waiting and waiting != "PodInitializing":
            return f"Init:{waiting}"
        return f"Init:{position}/{len(pod['spec'].get('initContainers') or ())}"
    running = False
    for container in reversed(status.get("containerStatuses") or ()):
        state = container.get("state", {})
        if reason := state.get("waiting", {}).get("reason"):
            shown = reason
        elif (ended := state.get("terminated")) is not None:
            shown = ended.get("reason") or f"ExitCode:{ended.get('exitCode')}"
        elif container.get("ready") and state.get("running") is not None:
            running = True
    if shown == "Completed" and running:
        shown = "Running"
    if pod["metadata"].get("deletionTimestamp"):
        return "Terminating"
    return shown


def _pod_restarts(pod: Manifest, _now: float) -> int:
    statuses = pod.get("status", {}).get("containerStatuses") or ()
    return sum(int(status.get("restartCount", 0)) for status in statuses)


def _job_completions(job: Manifest, _now: float) -> str:
    spec, done = job.get("spec", {}), job.get("status", {}).get("succeeded", 0)
    if (wanted := spec.get("completions")) is not None:
        return f"{done}/{wanted}"
    parallel = spec.get("parallelism") or 0
    return f"{done}/1 of {parallel}" if parallel > 1 else f"{done}/1"


def _job_duration(job: Manifest, now: float) -> str:
    status = job.get("status", {})
    start = parse_time(status.get("startTime"))
    if start is None:
        return ""
    end = parse_time(status.get("completionTime"))
    return duration((now if end is None else end) - start)


def _job_status(job: Manifest, _now: float) -> str:
    true = [
        condition.get("type")
        for condition in job.get("status", {}).get("conditions") or ()
        if condition.get("status") == "True"
    ]
    if job["metadata"].get("deletionTimestamp") and not {"Complete", "Failed"}.intersection(true):
        return "Terminating"
    for word in ("Complete", "Failed", "Suspended", "FailureTarget", "SuccessCriteriaMet"):
        if word in true:
            return word
    return "Running"


def _service_ports(service: Manifest, _now: float) -> str:
    shown = []
    for port in service.get("spec", {}).get("ports") or ():
        node_port = f":{port['nodePort']}" if port.get("nodePort") else ""
        shown.append(f"{port.get('port')}{node_port}/{port.get('protocol', 'TCP')}")
    return ",".join(shown) or _NONE


def _addresses(manifest: Manifest, _now: float) -> str:
    entries = (manifest.get("status", {}).get("loadBalancer") or {}).get("ingress") or ()
    return ",".join(entry.get("ip") or entry.get("hostname") or "" for entry in entries)


def _external_ip(service: Manifest, now: float) -> str:
    spec = service.get("spec", {})
    match spec.get("type"):
        case "ExternalName":
            return str(spec.get("externalName", _NONE))
        case "LoadBalancer":
            return _addresses(service, now) or "<pending>"
        case _:
            return ",".join(spec.get("externalIPs") or ()) or _NONE


def _endpoints(endpoints: Manifest, _now: float) -> str:
    shown = [
        f"{address.get('ip')}:{port.get('port')}"
        for subset in endpoints.get("subsets") or ()
        for address in subset.get("addresses") or ()
        for port in subset.get("ports") or ({"port": ""},)
    ]
    more = f" + {len(shown) - 3} more..." if len(shown) > 3 else ""
    return ",".join(shown[:3]) + more or _NONE


def _node_status(node: Manifest, _now: float) -> str:
    conditions = node.get("status", {}).get("conditions") or ()
    ready = [c.get("status") for c in conditions if c.get("type") == "Ready"]
    words = ["Ready" if ready[0] == "True" else "NotReady"] if ready else ["Unknown"]
    if node.get("spec", {}).get("unschedulable"):
        words.append("SchedulingDisabled")
    return ",".join(words)


def _node_roles(node: Manifest, _now: float) -> str:
    prefix = "node-role.kubernetes.io/"
    labels = node["metadata"].get("labels") or {}
    roles = (label.removeprefix(prefix) for label in sorted(labels) if label.startswith(prefix))
    return ",".join(roles) or _NONE


def _claim_status(claim: Manifest, _now: float) -> str:
    if claim["metadata"].get("deletionTimestamp"):
        return "Terminating"
    return str(claim.get("status", {}).get("phase", _NONE))


def _ingress_hosts(ingress: Manifest, _now: float) -> str:
    rules = ingress.get("spec", {}).get("rules") or ()
    return ",".join(rule["host"] for rule in rules if rule.get("host")) or "*"


def _event_object(event: Manifest, _now: float) -> str:
    involved = event.get("involvedObject") or {}
    return f"{str(involved.get('kind', '')).lower()}/{involved.get('name', '')}"


def _event_seen(event: Manifest, now: float) -> str:
    return age(
        event.get("lastTimestamp")
        or event.get("eventTime")
        or event["metadata"].get("creationTimestamp"),
        now,
    )


def _conditioned(word: str) -> Cell:
    def cell(manifest: Manifest, _now: float) -> str:
        for condition in manifest.get("status", {}).get("conditions") or ():
            if condition.get("type") == word:
                return str(condition.get("status"))
        return _UNKNOWN

    return cell


def _hpa_reference(scaler: Manifest, _now: float) -> str:
    reference = scaler.get("spec", {}).get("scaleTargetRef") or {}
    return f"{reference.get('kind')}/{reference.get('name')}"


def _role_reference(binding: Manifest, _now: float) -> str:
    reference = binding.get("roleRef") or {}
    return f"{reference.get('kind')}/{reference.get('name')}"


_TABLES: dict[str, tuple[tuple[str, str, int, Cell], ...]] = {
    "pods": (
        ("Ready", "string", 0, _pod_ready),
        ("Status", "string", 0, _pod_status),
        ("Restarts", "string", 0, _pod_restarts),
        ("Age", "string", 0, _since("metadata.creationTimestamp")),
        ("IP", "string", 1, _at("status.podIP")),
        ("Node", "string", 1, _at("spec.nodeName")),
    ),
    "jobs.batch": (
        ("Status", "string", 0, _job_status),
        ("Completions", "string", 0, _job_completions),
        ("Duration", "string", 0, _job_duration),
        ("Age", "string", 0, _since("metadata.creationTimestamp")),
        ("Containers", "string", 1, _containers("spec.template.spec.containers")),
        ("Images", "string", 1, _images("spec.template.spec.containers")),
    ),
    "cronjobs.batch": (
        ("Schedule", "string", 0, _at("spec.schedule")),
        ("Suspend", "boolean", 0, lambda o, _: str(bool(o["spec"].get("suspend")))),
        ("Active", "integer", 0, _count("status.active")),
        ("Last Schedule", "string", 0, _since("status.lastScheduleTime")),
        ("Age", "string", 0, _since("metadata.creationTimestamp")),
    ),
    "deployments.apps": (
        ("Ready", "string", 0, _of("status.readyReplicas", "spec.replicas")),
        ("Up-to-date", "string", 0, _at("status.updatedReplicas", 0)),
        ("Available", "string", 0, _at("status.availableReplicas", 0)),
        ("Age", "string", 0, _since("metadata.creationTimestamp")),
        ("Containers", "string", 1, _containers("spec.template.spec.containers")),
        ("Images", "string", 1, _images("spec.template.spec.containers")),
        ("Selector", "string", 1, _labels("spec.selector.matchLabels")),
    ),
    "replicasets.apps": (
        ("Desired", "integer", 0, _at("spec.replicas", 0)),
        ("Current", "integer", 0, _at("status.replicas", 0)),
        ("Ready", "integer", 0, _at("status.readyReplicas", 0)),
        ("Age", "string", 0, _since("metadata.creationTimestamp")),
        ("Images", "string", 1, _images("spec.template.spec.containers")),
    ),
    "replicationcontrollers": (
        ("Desired", "integer", 0, _at("spec.replicas", 0)),
        ("Current", "integer", 0, _at("status.replicas", 0)),
        ("Ready", "integer", 0, _at("status.readyReplicas", 0)),
        ("Age", "string", 0, _since("metadata.creationTimestamp")),
    ),
    "statefulsets.apps": (
        ("Ready", "string", 0, _of("status.readyReplicas", "spec.replicas")),
        ("Age", "string", 0, _since("metadata.creationTimestamp")),
        ("Images", "string", 1, _images("spec.template.spec.containers")),
    ),
    "daemonsets.apps": (
        ("Desired", "integer", 0, _at("status.desiredNumberScheduled", 0)),
        ("Current", "integer", 0, _at("status.currentNumberScheduled", 0)),
        ("Ready", "integer", 0, _at("status.numberReady", 0)),
        ("Up-to-date", "integer", 0, _at("status.updatedNumberScheduled", 0)),
        ("Available", "integer", 0, _at("status.numberAvailable", 0)),
        ("Node Selector", "string", 0, _labels("spec.template.spec.nodeSelector")),
        ("Age", "string", 0, _since("metadata.creationTimestamp")),
    ),
    "services": (
        ("Type", "string", 0, _at("spec.type")),
        ("Cluster-IP", "string", 0, _at("spec.clusterIP")),
        ("External-IP", "string", 0, _external_ip),
        ("Port(s)", "string", 0, _service_ports),
        ("Age", "string", 0, _since("metadata.creationTimestamp")),
        ("Selector", "string", 1, _labels("spec.selector")),
    ),
    "endpoints": (
        ("Endpoints", "string", 0, _endpoints),
        ("Age", "string", 0, _since("metadata.creationTimestamp")),
    ),
    "configmaps": (
        (
            "Data",
            "string",
            0,
            lambda o, _: len(o.get("data") or ()) + len(o.get("binaryData") or ()),
        ),
        ("Age", "string", 0, _since("metadata.creationTimestamp")),
    ),
    "secrets": (
        ("Type", "string", 0, _at("type")),
        ("Data", "string", 0, _count("data")),
        ("Age", "string", 0, _since("metadata.creationTimestamp")),
    ),
    "serviceaccounts": (
        ("Secrets", "string", 0, _count("secrets")),
        ("Age", "string", 0, _since("metadata.creationTimestamp")),
    ),
    "namespaces": (
        ("Status", "string", 0, _at("status.phase")),
        ("Age", "string", 0, _since("metadata.creationTimestamp")),
    ),
    "nodes": (
        ("Status", "string", 0, _node_status),
        ("Roles", "string", 0, _node_roles),
        ("Age", "string", 0, _since("metadata.creationTimestamp")),
        ("Version", "string", 0, _at("status.nodeInfo.kubeletVersion")),
    ),
    "persistentvolumeclaims": (
        ("Status", "string", 0, _claim_status),
        ("Volume", "string", 0, _at("spec.volumeName", "")),
        ("Capacity", "string", 0, _at("status.capacity.storage", "")),
        ("Access Modes", "string", 0, _joined("status.accessModes")),
        ("StorageClass", "string", 0, _at("spec.storageClassName", "")),
        ("Age", "string", 0, _since("metadata.creationTimestamp")),
    ),
    "persistentvolumes": (
        ("Capacity", "string", 0, _at("spec.capacity.storage", "")),
        ("Access Modes", "string", 0, _joined("spec.accessModes")),
        ("Reclaim Policy", "string", 0, _at("spec.persistentVolumeReclaimPolicy", "")),
        ("Status", "string", 0, _at("status.phase", "")),
        ("StorageClass", "string", 0, _at("spec.storageClassName", "")),
        ("Age", "string", 0, _since("metadata.creationTimestamp")),
    ),
    "ingresses.networking.k8s.io": (
        ("Class", "string", 0, _at("spec.ingressClassName")),
        ("Hosts", "string", 0, _ingress_hosts),
        ("Address", "string", 0, _addresses),
        ("Age", "string", 0, _since("metadata.creationTimestamp")),
    ),
    "events": (
        ("Last Seen", "string", 0, _event_seen),
        ("Type", "string", 0, _at("type", "")),
        ("Reason", "string", 0, _at("reason", "")),
        ("Object", "string", 0, _event_object),
        ("Message", "string", 0, lambda o, _: str(o.get("message", "")).strip()),
    ),
    "horizontalpodautoscalers.autoscaling": (
        ("Reference", "string", 0, _hpa_reference),
        ("MinPods", "string", 0, _at("spec.minReplicas", "<unset>")),
        ("MaxPods", "string", 0, _at("spec.maxReplicas", 0)),
        ("Replicas", "string", 0, _at("status.currentReplicas", 0)),
        ("Age", "string", 0, _since("metadata.creationTimestamp")),
    ),
    "poddisruptionbudgets.policy": (
        ("Min Available", "string", 0, _at("spec.minAvailable", "N/A")),
        ("Max Unavailable", "string", 0, _at("spec.maxUnavailable", "N/A")),
        ("Allowed Disruptions", "integer", 0, _at("status.disruptionsAllowed", 0)),
        ("Age", "string", 0, _since("metadata.creationTimestamp")),
    ),
    "leases.coordination.k8s.io": (
        ("Holder", "string", 0, _at("spec.holderIdentity", "")),
        ("Age", "string", 0, _since("metadata.creationTimestamp")),
    ),
    "customresourcedefinitions.apiextensions.k8s.io": (
        ("Created At", "date", 0, _at("metadata.creationTimestamp")),
    ),
    "apiservices.apiregistration.k8s.io": (
        ("Available", "string", 0, _conditioned("Available")),
        ("Age", "string", 0, _since("metadata.creationTimestamp")),
    ),
    "rolebindings.rbac.authorization.k8s.io": (
        ("Role", "string", 0, _role_reference),
        ("Age", "string", 0, _since("metadata.creationTimestamp")),
    ),
    "clusterrolebindings.rbac.authorization.k8s.io": (
        ("Role", "string", 0, _role_reference),
        ("Age", "string", 0, _since("metadata.creationTimestamp")),
    ),
    "clusterroles.rbac.authorization.k8s.io": (
        ("Created At", "date", 0, _at("metadata.creationTimestamp")),
    ),
    "roles.rbac.authorization.k8s.io": (
        ("Created At", "date", 0, _at("metadata.creationTimestamp")),
    ),
}
"""By resource: (heading, type, priority, cell) of each column after the name."""

_PLAIN: tuple[tuple[str, str, int, Cell], ...] = (
    ("Age", "string", 0, _since("metadata.creationTimestamp")),
)


def columns_of(resource: ResourceType) -> list[dict[str, Any]]:
    """Return a table's ``columnDefinitions``."""
    definitions = [_definition("Name", "string", "name", 0, "")]
    if resource.custom:
        definitions += [
            _definition(
                column.name, column.type, column.format, column.priority, column.description
            )
            for column in resource.columns or (_AGE_COLUMN,)
        ]
        return definitions
    definitions += [
        _definition(heading, type_, "", priority, "")
        for heading, type_, priority, _ in _TABLES.get(resource.name, _PLAIN)
    ]
    if resource.name == "events":
        del definitions[0]
    return definitions


_AGE_COLUMN = Column("Age", "date", ".metadata.creationTimestamp")


def _definition(
    name: str, type_: str, format_: str, priority: int, description: str
) -> dict[str, Any]:
    return {
        "name": name,
        "type": type_,
        "format": format_,
        "description": description or name,
        "priority": priority,
    }


def row_of(resource: ResourceType, manifest: Manifest, now: float) -> list[Any]:
    """Return an object's cells, in the order of :func:`columns_of`."""
    name = manifest["metadata"]["name"]
    if resource.custom:
        columns = resource.columns or (_AGE_COLUMN,)
        return [name, *(_custom_cell(column, manifest, now) for column in columns)]
    cells = [cell(manifest, now) for _, _, _, cell in _TABLES.get(resource.name, _PLAIN)]
    return cells if resource.name == "events" else [name, *cells]


def _custom_cell(column: Column, manifest: Manifest, now: float) -> Any:
    found = read_path(manifest, column.path)
    if not found:
        return None
    value = found[0]
    if column.type == "date":
        return age(value, now) if isinstance(value, str) else _UNKNOWN
    if column.type == "string" and not isinstance(value, str):
        return ",".join(map(str, found)) if isinstance(value, int | float) else str(value)
    return value


_STEP = re.compile(
    r"""\.(?P<field>[^.\[\]]+) | \[(?P<index>\d+|\*)\] | \['(?P<quoted>[^']*)'\]
      | \[\?\(@\.(?P<where>[\w.]+)\s*==\s*["'](?P<is>[^"']*)["']\)\]""",
    re.VERBOSE,
)


def read_path(manifest: Manifest, path: str) -> list[Any]:
    """Return the values at a JSON path of the kind CRDs use: fields, indexes, ``*`` and filters.

    A path that reads nothing, or that is not understood, gives no values.
    """
    values: list[Any] = [manifest]
    text = path.replace("\\.", "\0")
    position = 0
    while position < len(text):
        step = _STEP.match(text, position)
        if step is None:
            return []
        position = step.end()
        values = _follow(values, step)
    return [value for value in values if value is not None]


def _follow(values: list[Any], step: re.Match[str]) -> list[Any]:
    if step["index"] == "*":
        return [item for value in values if isinstance(value, list) for item in value]
    if step["index"]:
        place = int(step["index"])
        return [v[place] for v in values if isinstance(v, list) and place < len(v)]
    if step["where"]:
        return [
            item
            for value in values
            if isinstance(value, list)
            for item in value
            if read_path(item, f".{step['where']}") == [step["is"]]
        ]
    field = (step["quoted"] if step["quoted"] is not None else step["field"]).replace("\0", ".")
    return [value.get(field) for value in values if isinstance(value, dict)]
