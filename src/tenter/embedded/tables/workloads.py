"""What is shown of Pods and of what runs them."""

from __future__ import annotations

from typing import Any

from tenter.embedded.tables.ages import age, duration
from tenter.embedded.tables.cells import NONE, Cell, count, each, field, labels, ratio
from tenter.embedded.tables.printed import AGE, NAME, Printed, containers, number, selecting
from tenter.embedded.timestamps import parse_time
from tenter.manifests.keys import Manifest


def _pod_summary(pod: Manifest) -> tuple[str, int, int, str]:
    """Return a Pod's state in a word, its ready containers, restarts, and the last one's time.

    The state is what says most about it: the reason of the container that holds it up.
    """
    status, spec = pod.get("status", {}), pod.get("spec", {})
    shown = status.get("reason") or status.get("phase") or ""
    if any(
        each.get("type") == "PodScheduled" and each.get("reason") == "SchedulingGated"
        for each in status.get("conditions") or ()
    ):
        shown = "SchedulingGated"
    sidecars = {
        each["name"]
        for each in spec.get("initContainers") or ()
        if each.get("restartPolicy") == "Always"
    }
    begun = status.get("initContainerStatuses") or []
    ready = 0
    held = ""
    for position, container in enumerate(begun):
        sidecar = container["name"] in sidecars
        if sidecar and container.get("started"):
            ready += bool(container.get("ready"))
            continue
        held = _held_up(container, position, len(spec.get("initContainers") or ()))
        if held:
            break
    if held and not _is_true(status, "Initialized"):
        return (held, ready, *_restarts(begun))
    running, failed = False, ""
    statuses = status.get("containerStatuses") or []
    for container in reversed(statuses):
        state = container.get("state", {})
        if reason := state.get("waiting", {}).get("reason"):
            shown = reason
        elif (ended := state.get("terminated")) is not None:
            shown = _ending(ended)
            failed = shown if ended.get("exitCode") else failed
        elif container.get("ready") and state.get("running") is not None:
            running = True
            ready += 1
    if shown == "Completed":
        if running and _is_true(status, "Ready"):
            shown = "Running"
        else:
            shown = failed or ("NotReady" if running else shown)
    counted = [*statuses, *(each for each in begun if each["name"] in sidecars)]
    return (shown, ready, *_restarts(counted))


def _held_up(container: Manifest, position: int, total: int) -> str:
    """Return what an init container waits for or failed with; empty if it is done."""
    state = container.get("state", {})
    ended = state.get("terminated")
    if ended is not None:
        return "" if ended.get("exitCode") == 0 else f"Init:{_ending(ended)}"
    waiting = state.get("waiting", {}).get("reason")
    if waiting and waiting != "PodInitializing":
        return f"Init:{waiting}"
    return f"Init:{position}/{total}"


def _ending(ended: Manifest) -> str:
    if ended.get("reason"):
        return str(ended["reason"])
    if ended.get("signal"):
        return f"Signal:{ended['signal']}"
    return f"ExitCode:{ended.get('exitCode', 0)}"


def _restarts(statuses: list[Manifest]) -> tuple[int, str]:
    """Return how often containers were started again, and when the last one had ended."""
    ended = [
        (each.get("lastState") or {}).get("terminated", {}).get("finishedAt") or ""
        for each in statuses
    ]
    return sum(each.get("restartCount", 0) for each in statuses), max(ended, default="")


def _is_true(status: Manifest, condition: str) -> bool:
    return any(
        each.get("type") == condition and each.get("status") == "True"
        for each in status.get("conditions") or ()
    )


def _pod_ready(pod: Manifest, _now: float) -> str:
    spec = pod.get("spec", {})
    sidecars = sum(
        each.get("restartPolicy") == "Always" for each in spec.get("initContainers") or ()
    )
    return f"{_pod_summary(pod)[1]}/{len(spec.get('containers') or ()) + sidecars}"


def _pod_status(pod: Manifest, _now: float) -> str:
    status = pod.get("status", {})
    if pod["metadata"].get("deletionTimestamp"):
        if status.get("reason") == "NodeLost":
            return "Unknown"
        if status.get("phase") not in ("Succeeded", "Failed"):
            return "Terminating"
    return _pod_summary(pod)[0]


def _pod_restarts(pod: Manifest, now: float) -> str:
    _, _, restarts, last = _pod_summary(pod)
    return f"{restarts} ({age(last, now)} ago)" if restarts and last else str(restarts)


def _pod_address(pod: Manifest, _now: float) -> str:
    addresses = pod.get("status", {}).get("podIPs") or ()
    return addresses[0].get("ip", NONE) if addresses else NONE


def _readiness_gates(pod: Manifest, _now: float) -> str:
    gates = pod.get("spec", {}).get("readinessGates") or ()
    if not gates:
        return NONE
    met = sum(_is_true(pod.get("status", {}), gate.get("conditionType", "")) for gate in gates)
    return f"{met}/{len(gates)}"


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
    status = job.get("status", {})
    for word in ("Complete", "Failed"):
        if _is_true(status, word):
            return word
    if job["metadata"].get("deletionTimestamp"):
        return "Terminating"
    for word in ("Suspended", "FailureTarget", "SuccessCriteriaMet"):
        if _is_true(status, word):
            return word
    return "Running"


def _last_schedule(cron_job: Manifest, now: float) -> str:
    last = cron_job.get("status", {}).get("lastScheduleTime")
    return age(last, now) if last else NONE


def _suspend(cron_job: Manifest, _now: float) -> str:
    return str(bool(cron_job["spec"].get("suspend")))


def _reference(scaler: Manifest, _now: float) -> str:
    target = scaler.get("spec", {}).get("scaleTargetRef") or {}
    return f"{target.get('kind')}/{target.get('name')}"


def _targets(scaler: Manifest, _now: float) -> str:
    """Show the current value of an autoscaler's metrics beside what they should be."""
    wanted = scaler.get("spec", {}).get("metrics") or []
    current = scaler.get("status", {}).get("currentMetrics") or []
    if not wanted:
        return NONE
    shown = [
        _target(metric, current[place] if place < len(current) else {})
        for place, metric in enumerate(wanted)
    ]
    more = f" + {len(shown) - 2} more..." if len(shown) > 2 else ""
    return ", ".join(shown[:2]) + more


def _target(metric: Manifest, status: Manifest) -> str:
    field_name = {
        "External": "external",
        "Pods": "pods",
        "Object": "object",
        "Resource": "resource",
        "ContainerResource": "containerResource",
    }.get(metric.get("type", ""))
    if field_name is None:
        return "<unknown type>"
    source = metric.get(field_name) or {}
    target = source.get("target") or {}
    now: dict[str, Any] = (status.get(field_name) or {}).get("current") or {}
    if field_name in ("resource", "containerResource"):
        if "averageValue" in target:
            shown, wanted = now.get("averageValue", _UNKNOWN), target["averageValue"]
        else:
            used, share = now.get("averageUtilization"), target.get("averageUtilization")
            shown = _UNKNOWN if used is None else f"{used}%"
            wanted = "<auto>" if share is None else f"{share}%"
        return f"{source.get('name', '')}: {shown}/{wanted}"
    if "averageValue" in target:
        average = "" if field_name == "pods" else " (avg)"
        return f"{now.get('averageValue', _UNKNOWN)}/{target['averageValue']}{average}"
    return f"{now.get('value', _UNKNOWN)}/{target.get('value', '0')}"


def _revision_owner(revision: Manifest, _now: float) -> str:
    for owner in revision["metadata"].get("ownerReferences") or ():
        if owner.get("controller"):
            group = owner["apiVersion"].rpartition("/")[0]
            kind = f"{owner['kind']}.{group}" if group else owner["kind"]
            return f"{kind.lower()}/{owner['name']}"
    return NONE


def _text(path: str, missing: str) -> Cell:
    read = field(path, None)

    def cell(manifest: Manifest, now: float) -> str:
        found = read(manifest, now)
        return missing if found is None else str(found)

    return cell


_UNKNOWN = "<unknown>"
_POD = "spec.template.spec"
_REPLICAS = (
    NAME,
    number("Desired", "spec.replicas"),
    number("Current", "status.replicas"),
    number("Ready", "status.readyReplicas"),
    AGE,
    *containers(_POD),
)

WORKLOADS: dict[str, tuple[Printed, ...]] = {
    "pods": (
        NAME,
        Printed("Ready", _pod_ready),
        Printed("Status", _pod_status),
        Printed("Restarts", _pod_restarts),
        AGE,
        Printed("IP", _pod_address, wide=True),
        Printed("Node", field("spec.nodeName"), wide=True),
        Printed("Nominated Node", field("status.nominatedNodeName"), wide=True),
        Printed("Readiness Gates", _readiness_gates, wide=True),
    ),
    "podtemplates": (
        NAME,
        Printed("Containers", each("template.spec.containers", "name")),
        Printed("Images", each("template.spec.containers", "image")),
        Printed("Pod Labels", labels("template.metadata.labels")),
    ),
    "replicationcontrollers": (
        *_REPLICAS,
        Printed("Selector", labels("spec.selector"), wide=True),
    ),
    "jobs.batch": (
        NAME,
        Printed("Status", _job_status),
        Printed("Completions", _job_completions),
        Printed("Duration", _job_duration),
        AGE,
        *containers(_POD),
        selecting("spec.selector"),
    ),
    "cronjobs.batch": (
        NAME,
        Printed("Schedule", field("spec.schedule")),
        Printed("Timezone", field("spec.timeZone")),
        Printed("Suspend", _suspend, type="boolean"),
        Printed("Active", count("status.active"), type="integer"),
        Printed("Last Schedule", _last_schedule),
        AGE,
        *containers(f"spec.jobTemplate.{_POD}"),
        selecting("spec.jobTemplate.spec.selector"),
    ),
    "deployments.apps": (
        NAME,
        Printed("Ready", ratio("status.readyReplicas", "spec.replicas")),
        Printed("Up-to-date", field("status.updatedReplicas", 0)),
        Printed("Available", field("status.availableReplicas", 0)),
        AGE,
        *containers(_POD),
        selecting("spec.selector"),
    ),
    "replicasets.apps": (*_REPLICAS, selecting("spec.selector")),
    "statefulsets.apps": (
        NAME,
        Printed("Ready", ratio("status.readyReplicas", "spec.replicas")),
        AGE,
        *containers(_POD),
    ),
    "daemonsets.apps": (
        NAME,
        number("Desired", "status.desiredNumberScheduled"),
        number("Current", "status.currentNumberScheduled"),
        number("Ready", "status.numberReady"),
        number("Up-to-date", "status.updatedNumberScheduled"),
        number("Available", "status.numberAvailable"),
        Printed("Node Selector", labels(f"{_POD}.nodeSelector")),
        AGE,
        *containers(_POD),
        selecting("spec.selector"),
    ),
    "controllerrevisions.apps": (
        NAME,
        Printed("Controller", _revision_owner),
        Printed("Revision", field("revision", 0)),
        AGE,
    ),
    "horizontalpodautoscalers.autoscaling": (
        NAME,
        Printed("Reference", _reference),
        Printed("Targets", _targets),
        Printed("MinPods", _text("spec.minReplicas", "<unset>")),
        Printed("MaxPods", field("spec.maxReplicas", 0)),
        Printed("Replicas", field("status.currentReplicas", 0)),
        AGE,
    ),
    "poddisruptionbudgets.policy": (
        NAME,
        Printed("Min Available", _text("spec.minAvailable", "N/A")),
        Printed("Max Unavailable", _text("spec.maxUnavailable", "N/A")),
        number("Allowed Disruptions", "status.disruptionsAllowed"),
        AGE,
    ),
    "priorityclasses.scheduling.k8s.io": (
        NAME,
        Printed("Value", field("value", 0), type="integer"),
        Printed("Global-Default", field("globalDefault", missing=False), type="boolean"),
        AGE,
        Printed("PreemptionPolicy", field("preemptionPolicy", "")),
    ),
    "runtimeclasses.node.k8s.io": (NAME, Printed("Handler", field("handler", "")), AGE),
}
"""By resource."""
