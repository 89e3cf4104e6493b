"""Cells that sum up an object of one kind, such as a Pod's status."""

from __future__ import annotations

from tenter.embedded.tables.ages import UNKNOWN, age, duration
from tenter.embedded.tables.cells import NONE
from tenter.embedded.timestamps import parse_time
from tenter.manifests.keys import Manifest


def pod_ready(pod: Manifest, _now: float) -> str:
    """Show how many of a Pod's containers are ready."""
    statuses = pod.get("status", {}).get("containerStatuses") or ()
    ready = sum(1 for status in statuses if status.get("ready"))
    return f"{ready}/{len(pod.get('spec', {}).get('containers') or ())}"


def pod_status(pod: Manifest, _now: float) -> str:
    """Show the reason or state that says most about a Pod, as kubectl chooses it."""
    status = pod.get("status", {})
    shown: str = status.get("reason") or status.get("phase") or UNKNOWN
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


def pod_restarts(pod: Manifest, _now: float) -> int:
    """Show how often a Pod's containers were started again."""
    statuses = pod.get("status", {}).get("containerStatuses") or ()
    return sum(int(status.get("restartCount", 0)) for status in statuses)


def job_completions(job: Manifest, _now: float) -> str:
    """Show how many of a Job's Pods have succeeded, and how many should."""
    spec, done = job.get("spec", {}), job.get("status", {}).get("succeeded", 0)
    if (wanted := spec.get("completions")) is not None:
        return f"{done}/{wanted}"
    parallel = spec.get("parallelism") or 0
    return f"{done}/1 of {parallel}" if parallel > 1 else f"{done}/1"


def job_duration(job: Manifest, now: float) -> str:
    """Show how long a Job took, or has been running."""
    status = job.get("status", {})
    start = parse_time(status.get("startTime"))
    if start is None:
        return ""
    end = parse_time(status.get("completionTime"))
    return duration((now if end is None else end) - start)


def job_status(job: Manifest, _now: float) -> str:
    """Show the condition that a Job is in."""
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


def service_ports(service: Manifest, _now: float) -> str:
    """Show a Service's ports, with their node ports."""
    shown = []
    for port in service.get("spec", {}).get("ports") or ():
        node_port = f":{port['nodePort']}" if port.get("nodePort") else ""
        shown.append(f"{port.get('port')}{node_port}/{port.get('protocol', 'TCP')}")
    return ",".join(shown) or NONE


def addresses(manifest: Manifest, _now: float) -> str:
    """Show the addresses that a load balancer gave."""
    entries = (manifest.get("status", {}).get("loadBalancer") or {}).get("ingress") or ()
    return ",".join(entry.get("ip") or entry.get("hostname") or "" for entry in entries)


def external_ip(service: Manifest, now: float) -> str:
    """Show where a Service is reached from outside."""
    spec = service.get("spec", {})
    match spec.get("type"):
        case "ExternalName":
            return str(spec.get("externalName", NONE))
        case "LoadBalancer":
            return addresses(service, now) or "<pending>"
        case _:
            return ",".join(spec.get("externalIPs") or ()) or NONE


def endpoints(endpoints: Manifest, _now: float) -> str:
    """Show the first three addresses of an Endpoints object."""
    shown = [
        f"{address.get('ip')}:{port.get('port')}"
        for subset in endpoints.get("subsets") or ()
        for address in subset.get("addresses") or ()
        for port in subset.get("ports") or ({"port": ""},)
    ]
    more = f" + {len(shown) - 3} more..." if len(shown) > 3 else ""
    return ",".join(shown[:3]) + more or NONE


def node_status(node: Manifest, _now: float) -> str:
    """Show whether a Node is ready, and takes Pods."""
    conditions = node.get("status", {}).get("conditions") or ()
    ready = [c.get("status") for c in conditions if c.get("type") == "Ready"]
    words = ["Ready" if ready[0] == "True" else "NotReady"] if ready else ["Unknown"]
    if node.get("spec", {}).get("unschedulable"):
        words.append("SchedulingDisabled")
    return ",".join(words)


def node_roles(node: Manifest, _now: float) -> str:
    """Show the roles that a Node's labels give it."""
    prefix = "node-role.kubernetes.io/"
    labels = node["metadata"].get("labels") or {}
    roles = (label.removeprefix(prefix) for label in sorted(labels) if label.startswith(prefix))
    return ",".join(roles) or NONE


def claim_status(claim: Manifest, _now: float) -> str:
    """Show a claim's phase, or that it is being deleted."""
    if claim["metadata"].get("deletionTimestamp"):
        return "Terminating"
    return str(claim.get("status", {}).get("phase", NONE))


def ingress_hosts(ingress: Manifest, _now: float) -> str:
    """Show the hosts of an Ingress' rules."""
    rules = ingress.get("spec", {}).get("rules") or ()
    return ",".join(rule["host"] for rule in rules if rule.get("host")) or "*"


def event_object(event: Manifest, _now: float) -> str:
    """Show what an Event is about."""
    involved = event.get("involvedObject") or {}
    return f"{str(involved.get('kind', '')).lower()}/{involved.get('name', '')}"


def event_seen(event: Manifest, now: float) -> str:
    """Show how long ago an Event was last seen."""
    return age(
        event.get("lastTimestamp")
        or event.get("eventTime")
        or event["metadata"].get("creationTimestamp"),
        now,
    )


def hpa_reference(scaler: Manifest, _now: float) -> str:
    """Show what an autoscaler scales."""
    reference = scaler.get("spec", {}).get("scaleTargetRef") or {}
    return f"{reference.get('kind')}/{reference.get('name')}"


def role_reference(binding: Manifest, _now: float) -> str:
    """Show the role that a binding grants."""
    reference = binding.get("roleRef") or {}
    return f"{reference.get('kind')}/{reference.get('name')}"
