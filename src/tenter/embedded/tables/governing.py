"""What is shown of the cluster itself: namespaces, nodes, access, limits, admission, events."""

from __future__ import annotations

from typing import Any

from tenter.embedded.tables.ages import UNKNOWN, age, duration
from tenter.embedded.tables.cells import NONE, Cell, count, field
from tenter.embedded.tables.printed import AGE, NAME, Printed
from tenter.manifests.keys import Manifest


def _amount(*names: str) -> Cell:
    return lambda manifest, _now: sum(len(manifest.get(name) or ()) for name in names)


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
    roles = {label.removeprefix(prefix) for label in labels if label.startswith(prefix)}
    roles.add(labels.get("kubernetes.io/role", ""))
    return ",".join(sorted(roles - {""})) or NONE


def _node_address(kind: str) -> Cell:
    def cell(node: Manifest, _now: float) -> str:
        for address in node.get("status", {}).get("addresses") or ():
            if address.get("type") == kind:
                return str(address.get("address"))
        return NONE

    return cell


def _kernel(node: Manifest, _now: float) -> str:
    about = node.get("status", {}).get("nodeInfo") or {}
    version = about.get("kernelVersion") or UNKNOWN
    architecture = about.get("architecture")
    return f"{version} ({architecture})" if architecture else version


def _role_reference(binding: Manifest, _now: float) -> str:
    reference = binding.get("roleRef") or {}
    return f"{reference.get('kind')}/{reference.get('name')}"


def _subjects(kind: str) -> Cell:
    def cell(binding: Manifest, _now: float) -> str:
        found = [each for each in binding.get("subjects") or () if each.get("kind") == kind]
        if kind == "ServiceAccount":
            return ", ".join(f"{each.get('namespace', '')}/{each['name']}" for each in found)
        return ", ".join(each["name"] for each in found)

    return cell


def _quota(*, limits: bool) -> Cell:
    def cell(quota: Manifest, _now: float) -> str:
        status = quota.get("status", {})
        used = status.get("used") or {}
        return ", ".join(
            f"{name}: {used.get(name, '0')}/{hard}"
            for name, hard in sorted((status.get("hard") or {}).items())
            if name.startswith("limits.") is limits
        )

    return cell


def _service_of(api_service: Manifest, _now: float) -> str:
    service = api_service.get("spec", {}).get("service")
    return f"{service.get('namespace')}/{service.get('name')}" if service else "Local"


def _available(api_service: Manifest, _now: float) -> str:
    for entry in api_service.get("status", {}).get("conditions") or ():
        if entry.get("type") == "Available":
            status = str(entry.get("status"))
            reason = entry.get("reason")
            return f"{status} ({reason})" if status != "True" and reason else status
    return "Unknown"


def _param_kind(policy: Manifest, _now: float) -> str:
    kind = policy.get("spec", {}).get("paramKind")
    return f"{kind.get('apiVersion', '')}/{kind.get('kind', '')}" if kind else "<unset>"


def _param_reference(binding: Manifest, _now: float) -> str:
    reference = binding.get("spec", {}).get("paramRef") or {}
    if not reference.get("name"):
        return "<unset>"
    return f"{reference.get('namespace') or '*'}/{reference['name']}"


def _certificate(request: Manifest, _now: float) -> str:
    status = request.get("status", {})
    types = [each.get("type") for each in status.get("conditions") or ()]
    words = [next((word for word in ("Denied", "Approved") if word in types), "Pending")]
    if "Failed" in types:
        words.append("Failed")
    if status.get("certificate"):
        words.append("Issued")
    return ",".join(words)


def _requested(request: Manifest, _now: float) -> str:
    seconds = request.get("spec", {}).get("expirationSeconds")
    return NONE if seconds is None else duration(seconds)


def _dangling(flow_schema: Manifest, _now: float) -> str:
    for entry in flow_schema.get("status", {}).get("conditions") or ():
        if entry.get("type") == "Dangling":
            return str(entry.get("status"))
    return "?"


def _claim_state(claim: Manifest, _now: float) -> str:
    status, deleted = claim.get("status", {}), claim["metadata"].get("deletionTimestamp")
    words = ["deleted"] if deleted else []
    if status.get("allocation"):
        words.append("allocated")
        words += ["reserved"] if status.get("reservedFor") else []
    elif not deleted:
        words.append("pending")
    return ",".join(words)


def _event_object(event: Manifest, _now: float) -> str:
    involved = event.get("involvedObject") or {}
    kind = str(involved.get("kind", "")).lower()
    return f"{kind}/{involved['name']}" if involved.get("name") else kind


def _first_seen(event: Manifest, now: float) -> str:
    return age(event.get("firstTimestamp") or event.get("eventTime"), now)


def _last_seen(event: Manifest, now: float) -> str:
    series = event.get("series")
    if series:
        return age(series.get("lastObservedTime"), now)
    last = event.get("lastTimestamp")
    return age(last, now) if last else _first_seen(event, now)


def _event_source(event: Manifest, _now: float) -> str:
    source = event.get("source") or {}
    component = source.get("component") or event.get("reportingComponent") or ""
    host = source.get("host") or event.get("reportingInstance") or ""
    return f"{component}, {host}" if host else component


def _event_count(event: Manifest, _now: float) -> int:
    series: dict[str, Any] = event.get("series") or {}
    return int(series.get("count") or event.get("count") or 1)


_BINDING = (
    NAME,
    Printed("Role", _role_reference),
    AGE,
    Printed("Users", _subjects("User"), wide=True),
    Printed("Groups", _subjects("Group"), wide=True),
    Printed("ServiceAccounts", _subjects("ServiceAccount"), wide=True),
)
_POLICY_BINDING = (
    NAME,
    Printed("PolicyName", field("spec.policyName", "")),
    Printed("ParamRef", _param_reference),
    AGE,
)
_WEBHOOKS = (NAME, Printed("Webhooks", count("webhooks"), type="integer"), AGE)
_ADMISSION = "admissionregistration.k8s.io"
_RBAC = "rbac.authorization.k8s.io"
_FLOW = "flowcontrol.apiserver.k8s.io"
_QUEUING = "spec.limited.limitResponse.queuing"

GOVERNING: dict[str, tuple[Printed, ...]] = {
    "configmaps": (NAME, Printed("Data", _amount("data", "binaryData")), AGE),
    "secrets": (NAME, Printed("Type", field("type")), Printed("Data", _amount("data")), AGE),
    "serviceaccounts": (NAME, AGE),
    "namespaces": (NAME, Printed("Status", field("status.phase", "")), AGE),
    "nodes": (
        NAME,
        Printed("Status", _node_status),
        Printed("Roles", _node_roles),
        AGE,
        Printed("Version", field("status.nodeInfo.kubeletVersion", "")),
        Printed("Internal-IP", _node_address("InternalIP"), wide=True),
        Printed("External-IP", _node_address("ExternalIP"), wide=True),
        Printed("OS-Image", field("status.nodeInfo.osImage", UNKNOWN), wide=True),
        Printed("Kernel-Version", _kernel, wide=True),
        Printed(
            "Container-Runtime",
            field("status.nodeInfo.containerRuntimeVersion", UNKNOWN),
            wide=True,
        ),
    ),
    "resourcequotas": (
        NAME,
        Printed("Request", _quota(limits=False)),
        Printed("Limit", _quota(limits=True)),
        AGE,
    ),
    "events": (
        Printed("Last Seen", _last_seen),
        Printed("Type", field("type", "")),
        Printed("Reason", field("reason", "")),
        Printed("Object", _event_object),
        Printed("Subobject", field("involvedObject.fieldPath", ""), wide=True),
        Printed("Source", _event_source, wide=True),
        Printed("Message", lambda event, _: str(event.get("message", "")).strip()),
        Printed("First Seen", _first_seen, wide=True),
        Printed("Count", _event_count, wide=True),
        Printed("Name", field("metadata.name"), format="name", wide=True),
    ),
    f"rolebindings.{_RBAC}": _BINDING,
    f"clusterrolebindings.{_RBAC}": _BINDING,
    "apiservices.apiregistration.k8s.io": (
        NAME,
        Printed("Service", _service_of),
        Printed("Available", _available),
        AGE,
    ),
    f"mutatingwebhookconfigurations.{_ADMISSION}": _WEBHOOKS,
    f"validatingwebhookconfigurations.{_ADMISSION}": _WEBHOOKS,
    f"mutatingadmissionpolicies.{_ADMISSION}": (
        NAME,
        Printed("Mutations", count("spec.mutations"), type="integer"),
        Printed("ParamKind", _param_kind),
        AGE,
    ),
    f"validatingadmissionpolicies.{_ADMISSION}": (
        NAME,
        Printed("Validations", count("spec.validations"), type="integer"),
        Printed("ParamKind", _param_kind),
        AGE,
    ),
    f"mutatingadmissionpolicybindings.{_ADMISSION}": _POLICY_BINDING,
    f"validatingadmissionpolicybindings.{_ADMISSION}": _POLICY_BINDING,
    "certificatesigningrequests.certificates.k8s.io": (
        NAME,
        AGE,
        Printed("SignerName", field("spec.signerName")),
        Printed("Requestor", field("spec.username", "")),
        Printed("RequestedDuration", _requested),
        Printed("Condition", _certificate),
    ),
    "leases.coordination.k8s.io": (
        NAME,
        Printed("Holder", field("spec.holderIdentity", "")),
        AGE,
    ),
    f"flowschemas.{_FLOW}": (
        NAME,
        Printed("PriorityLevel", field("spec.priorityLevelConfiguration.name", "")),
        Printed("MatchingPrecedence", field("spec.matchingPrecedence", 0)),
        Printed("DistinguisherMethod", field("spec.distinguisherMethod.type")),
        AGE,
        Printed("MissingPL", _dangling),
    ),
    f"prioritylevelconfigurations.{_FLOW}": (
        NAME,
        Printed("Type", field("spec.type", "")),
        Printed("NominalConcurrencyShares", field("spec.limited.nominalConcurrencyShares")),
        Printed("Queues", field(f"{_QUEUING}.queues")),
        Printed("HandSize", field(f"{_QUEUING}.handSize")),
        Printed("QueueLengthLimit", field(f"{_QUEUING}.queueLengthLimit")),
        AGE,
    ),
    "deviceclasses.resource.k8s.io": (NAME, AGE),
    "resourceclaims.resource.k8s.io": (NAME, Printed("State", _claim_state), AGE),
    "resourceclaimtemplates.resource.k8s.io": (NAME, AGE),
    "resourceslices.resource.k8s.io": (
        NAME,
        Printed("Node", field("spec.nodeName", "")),
        Printed("Driver", field("spec.driver", "")),
        Printed("Pool", field("spec.pool.name", "")),
        AGE,
    ),
}
"""By resource."""
