"""The defaults of the built-in kinds, by definition: constants, and rules for the rest.

Sources: the API reference of each field, and what a real API server answers. A rule takes an object
of its definition, its constants filled in already, and returns the fields to set (None takes one
away); it must not change what it is given.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any, TypeAlias

Fields: TypeAlias = dict[str, Any]

_FILE_MODE = {"defaultMode": 0o644}
_CONTAINER = {
    "resources": {},
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
}
_WEBHOOK = {
    "failurePolicy": "Fail",
    "matchPolicy": "Equivalent",
    "namespaceSelector": {},
    "objectSelector": {},
    "timeoutSeconds": 10,
}
_SINCE: Fields = {"lastTransitionTime": None}
_PROBED: Fields = {"lastProbeTime": None, **_SINCE}
_RBAC_GROUP = "rbac.authorization.k8s.io"

CONSTANTS: dict[str, Fields] = {
    "core.v1.PodTemplateSpec": {"metadata": {}, "spec": {}},
    "batch.v1.JobTemplateSpec": {"metadata": {}, "spec": {}},
    "batch.v1.JobSpec": {"template": {}},
    "core.v1.PodSpec": {
        "dnsPolicy": "ClusterFirst",
        "restartPolicy": "Always",
        "schedulerName": "default-scheduler",
        "securityContext": {},
        "terminationGracePeriodSeconds": 30,
    },
    "core.v1.Container": _CONTAINER,
    "core.v1.EphemeralContainer": _CONTAINER,
    "core.v1.Probe": {
        "failureThreshold": 3,
        "periodSeconds": 10,
        "successThreshold": 1,
        "timeoutSeconds": 1,
    },
    "core.v1.HTTPGetAction": {"path": "/", "scheme": "HTTP"},
    "core.v1.GRPCAction": {"service": ""},
    "core.v1.ObjectFieldSelector": {"apiVersion": "v1"},
    "core.v1.SecretVolumeSource": _FILE_MODE,
    "core.v1.ConfigMapVolumeSource": _FILE_MODE,
    "core.v1.DownwardAPIVolumeSource": _FILE_MODE,
    "core.v1.ProjectedVolumeSource": _FILE_MODE,
    "core.v1.ServiceAccountTokenProjection": {"expirationSeconds": 3600},
    "core.v1.HostPathVolumeSource": {"type": ""},
    # Times that are no pointers in Kubernetes' types are written even where there is none.
    "core.v1.Event": {"eventTime": None, "firstTimestamp": None, "lastTimestamp": None},
    "core.v1.ContainerStateRunning": {"startedAt": None},
    "core.v1.ContainerStateTerminated": {"finishedAt": None, "startedAt": None},
    "core.v1.NamespaceCondition": _SINCE,
    "core.v1.NodeCondition": {"lastHeartbeatTime": None, **_SINCE},
    "core.v1.PersistentVolumeClaimCondition": _PROBED,
    "core.v1.PodCondition": _PROBED,
    "core.v1.ReplicationControllerCondition": _SINCE,
    "apps.v1.DaemonSetCondition": _SINCE,
    "apps.v1.DeploymentCondition": {"lastUpdateTime": None, **_SINCE},
    "apps.v1.ReplicaSetCondition": _SINCE,
    "apps.v1.StatefulSetCondition": _SINCE,
    "batch.v1.JobCondition": _PROBED,
    "meta.v1.Condition": _SINCE,
    "core.v1.EndpointPort": {"protocol": "TCP"},
    "core.v1.Secret": {"type": "Opaque"},
    "core.v1.ServiceSpec": {"sessionAffinity": "None", "type": "ClusterIP"},
    "core.v1.Service": {"status": {"loadBalancer": {}}},
    "core.v1.PersistentVolumeClaim": {"status": {"phase": "Pending"}},
    "core.v1.PersistentVolumeClaimSpec": {"resources": {}, "volumeMode": "Filesystem"},
    "core.v1.PersistentVolume": {"status": {"phase": "Pending"}},
    "core.v1.PersistentVolumeSpec": {
        "persistentVolumeReclaimPolicy": "Retain",
        "volumeMode": "Filesystem",
    },
    "core.v1.ReplicationControllerSpec": {"replicas": 1},
    "apps.v1.Deployment": {"status": {}},
    "apps.v1.DeploymentSpec": {
        "template": {},
        "progressDeadlineSeconds": 600,
        "replicas": 1,
        "revisionHistoryLimit": 10,
        "strategy": {},
    },
    "apps.v1.ReplicaSetSpec": {"replicas": 1, "template": {}},
    "apps.v1.StatefulSetSpec": {
        "template": {},
        "persistentVolumeClaimRetentionPolicy": {},
        "podManagementPolicy": "OrderedReady",
        "replicas": 1,
        "revisionHistoryLimit": 10,
        "updateStrategy": {},
    },
    "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy": {
        "whenDeleted": "Retain",
        "whenScaled": "Retain",
    },
    "apps.v1.DaemonSetSpec": {"revisionHistoryLimit": 10, "template": {}, "updateStrategy": {}},
    "apps.v1.DeploymentStrategy": {"type": "RollingUpdate"},
    "apps.v1.DaemonSetUpdateStrategy": {"type": "RollingUpdate"},
    "apps.v1.RollingUpdateDeployment": {"maxSurge": "25%", "maxUnavailable": "25%"},
    "apps.v1.RollingUpdateStatefulSetStrategy": {"partition": 0},
    "apps.v1.RollingUpdateDaemonSet": {"maxSurge": 0, "maxUnavailable": 1},
    "batch.v1.Job": {"status": {}},
    "batch.v1.CronJob": {"status": {}},
    "batch.v1.CronJobSpec": {
        "concurrencyPolicy": "Allow",
        "failedJobsHistoryLimit": 1,
        "successfulJobsHistoryLimit": 3,
        "suspend": False,
    },
    "networking.v1.Ingress": {"status": {"loadBalancer": {}}},
    "networking.v1.NetworkPolicyPort": {"protocol": "TCP"},
    "discovery.v1.EndpointPort": {"name": "", "protocol": "TCP"},
    "autoscaling.v2.HorizontalPodAutoscalerSpec": {"minReplicas": 1},
    "autoscaling.v1.HorizontalPodAutoscalerSpec": {"minReplicas": 1},
    "rbac.v1.RoleRef": {"apiGroup": _RBAC_GROUP},
    "scheduling.v1.PriorityClass": {"preemptionPolicy": "PreemptLowerPriority"},
    "storage.v1.StorageClass": {
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "Immediate",
    },
    "admissionregistration.v1.MutatingWebhook": {**_WEBHOOK, "reinvocationPolicy": "Never"},
    "admissionregistration.v1.ValidatingWebhook": _WEBHOOK,
    "admissionregistration.v1.RuleWithOperations": {"scope": "*"},
    "admissionregistration.v1.ServiceReference": {"port": 443},
    "apiextensions.v1.CustomResourceConversion": {"strategy": "None"},
    "apiextensions.v1.CustomResourceDefinitionSpec": {"conversion": {"strategy": "None"}},
    "apiregistration.v1.ServiceReference": {"port": 443},
}


def _absent(obj: Fields, **values: Any) -> Fields:
    return {name: value for name, value in values.items() if name not in obj}


def _pull_policy(container: Fields) -> Fields:
    """Pull a floating tag each time, a fixed one or a digest once."""
    if container.get("imagePullPolicy"):
        return {}
    image = container.get("image") or ""
    name = image.partition("@")[0]
    tag = name.rpartition("/")[2].partition(":")[2]
    floating = "@" not in image and tag in {"", "latest"}
    return {"imagePullPolicy": "Always" if floating else "IfNotPresent"}


def _pod_spec(spec: Fields) -> Fields:
    more: Fields = {}
    # The older name of the field is kept in step with it.
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account and not account == spec.get("serviceAccountName") == spec.get("serviceAccount"):
        more |= {"serviceAccount": account, "serviceAccountName": account}
    if spec.get("hostNetwork"):
        more["containers"] = [_host_ports(c) for c in spec.get("containers") or ()]
    return more


def _host_ports(container: Fields) -> Fields:
    ports = container.get("ports")
    if not ports:
        return container
    return {**container, "ports": [{"hostPort": p.get("containerPort"), **p} for p in ports]}


def _pod(pod: Fields) -> Fields:
    spec = pod.get("spec") or {}
    more = _absent(spec, enableServiceLinks=True)
    if (spec.get("terminationGracePeriodSeconds") or 0) < 0:
        more["terminationGracePeriodSeconds"] = 1
    for group in ("containers", "initContainers"):
        if any("limits" in (c.get("resources") or {}) for c in spec.get(group) or ()):
            more[group] = [_requests(container) for container in spec[group]]
    filled = {**spec, **more}
    status = {"phase": "Pending", **(pod.get("status") or {})}
    status.setdefault("qosClass", _quality(filled))
    if filled == spec and status == pod.get("status"):
        return {}
    return {"spec": filled, "status": status}


def _requests(container: Fields) -> Fields:
    """Let a container ask for what it may use at most, where it does not ask."""
    resources = container.get("resources") or {}
    if not resources.get("limits"):
        return container
    requests = {**resources["limits"], **(resources.get("requests") or {})}
    return {**container, "resources": {**resources, "requests": requests}}


def _quality(spec: Fields) -> str:
    """Return the quality of service class by the documented rule for cpu and memory."""
    containers = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
    resources = [container.get("resources") or {} for container in containers]
    kinds = ("cpu", "memory")
    sides = ("limits", "requests")
    if not any((r.get(s) or {}).get(k) for r in resources for s in sides for k in kinds):
        return "BestEffort"
    guaranteed = all(
        r.get("limits", {}).get(kind)
        and r.get("requests", {}).get(kind) == r.get("limits", {}).get(kind)
        for r in resources
        for kind in kinds
    )
    return "Guaranteed" if guaranteed else "Burstable"


def _volume(volume: Fields) -> Fields:
    return {"emptyDir": {}} if volume.keys() == {"name"} else {}


def _rolling(strategy: Fields) -> Fields:
    if strategy.get("type") != "RollingUpdate":
        return {}
    return _absent(strategy, rollingUpdate={})


def _daemon_set(daemon_set: Fields) -> Fields:
    metadata = daemon_set.get("metadata") or {}
    mark = {"deprecated.daemonset.template.generation": "0"}
    return {
        "metadata": {**metadata, "annotations": {**mark, **(metadata.get("annotations") or {})}}
    }


def _stateful_rolling(strategy: Fields) -> Fields:
    """Fill in how to roll only where nothing was said of the strategy's type."""
    if strategy.get("type"):
        return {}
    return {"type": "RollingUpdate", **_absent(strategy, rollingUpdate={})}


def _stateful_set(spec: Fields) -> Fields:
    claims = spec.get("volumeClaimTemplates")
    if not claims:
        return {}
    head = {"apiVersion": "v1", "kind": "PersistentVolumeClaim"}
    return {"volumeClaimTemplates": [{**head, **claim} for claim in claims]}


def _job(job: Fields) -> Fields:
    spec = job.get("spec") or {}
    template = spec.get("template") or {}
    labels = (template.get("metadata") or {}).get("labels")
    metadata = job.get("metadata") or {}
    failed = "Failed" if "podFailurePolicy" in spec else "TerminatingOrFailed"
    more = _absent(
        spec,
        backoffLimit=2**31 - 1 if "backoffLimitPerIndex" in spec else 6,
        completionMode="NonIndexed",
        manualSelector=False,
        parallelism=1,
        podReplacementPolicy=failed,
        suspend=False,
    )
    if "completions" not in spec and "parallelism" not in spec:
        more["completions"] = 1
    out: Fields = {"spec": {**spec, **more}} if more else {}
    if labels and not metadata.get("labels"):
        # The very mapping of the template: what the template's labels become, these become too.
        out["metadata"] = {**metadata, "labels": labels}
    return out


def _service(spec: Fields) -> Fields:
    more: Fields = {}
    ports = spec.get("ports")
    if ports and any("targetPort" not in port for port in ports):
        more["ports"] = [{**p, "targetPort": p.get("targetPort", p.get("port", 0))} for p in ports]
    if spec.get("sessionAffinity") == "ClientIP" and "sessionAffinityConfig" not in spec:
        more["sessionAffinityConfig"] = {"clientIP": {"timeoutSeconds": 10800}}
    if spec.get("sessionAffinity") == "None" and "sessionAffinityConfig" in spec:
        more["sessionAffinityConfig"] = None
    kind = spec.get("type")
    if kind == "ExternalName":
        return more
    more |= _absent(spec, internalTrafficPolicy="Cluster")
    if kind in {"NodePort", "LoadBalancer"}:
        more |= _absent(spec, externalTrafficPolicy="Cluster")
    if kind == "LoadBalancer":
        more |= _absent(spec, allocateLoadBalancerNodePorts=True)
    return more


def _namespace(namespace: Fields) -> Fields:
    metadata = namespace.get("metadata") or {}
    labels = metadata.get("labels") or {}
    name = metadata.get("name")
    if not name or labels.get("kubernetes.io/metadata.name") == name:
        return {}
    return {"metadata": {**metadata, "labels": {**labels, "kubernetes.io/metadata.name": name}}}


def _secret(secret: Fields) -> Fields:
    texts = secret.get("stringData")
    if texts is None:
        return {}
    encoded = {
        name: base64.b64encode(str(text or "").encode()).decode() for name, text in texts.items()
    }
    return {"data": {**(secret.get("data") or {}), **encoded}, "stringData": None}


def _replication_controller(spec: Fields) -> Fields:
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    return _absent(spec, selector=dict(labels)) if labels else {}


def _controller_labels(controller: Fields) -> Fields:
    labels = (
        ((controller.get("spec") or {}).get("template") or {}).get("metadata", {}).get("labels")
    )
    metadata = controller.get("metadata") or {}
    if not labels or metadata.get("labels"):
        return {}
    return {"metadata": {**metadata, "labels": dict(labels)}}


def _autoscaler(spec: Fields) -> Fields:
    target = {"type": "Utilization", "averageUtilization": 80}
    cpu = {"type": "Resource", "resource": {"name": "cpu", "target": target}}
    return {} if spec.get("metrics") else {"metrics": [cpu]}


def _limit(item: Fields) -> Fields:
    """Let what is not said be as much as is allowed, and no more be asked for than is given."""
    if item.get("type") != "Container":
        return {}
    default = {**(item.get("max") or {}), **(item.get("default") or {})}
    request = {**(item.get("min") or {}), **default, **(item.get("defaultRequest") or {})}
    more: Fields = {}
    if default:
        more["default"] = default
    if request:
        more["defaultRequest"] = request
    return more


def _network_policy(spec: Fields) -> Fields:
    types = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
    return _absent(spec, policyTypes=types)


def _subject(subject: Fields) -> Fields:
    named = subject.get("kind") in {"User", "Group"}
    return _absent(subject, apiGroup=_RBAC_GROUP) if named else {}


def _names(names: Fields) -> Fields:
    kind = names.get("kind") or ""
    return _absent(names, listKind=f"{kind}List", singular=kind.lower()) if kind else {}


RULES: dict[str, Callable[[Fields], Fields]] = {
    "core.v1.Container": _pull_policy,
    "core.v1.EphemeralContainer": _pull_policy,
    "core.v1.PodSpec": _pod_spec,
    "core.v1.Pod": _pod,
    "core.v1.Volume": _volume,
    "core.v1.ServiceSpec": _service,
    "core.v1.Namespace": _namespace,
    "core.v1.Secret": _secret,
    "core.v1.LimitRangeItem": _limit,
    "core.v1.ReplicationController": _controller_labels,
    "core.v1.ReplicationControllerSpec": _replication_controller,
    "autoscaling.v2.HorizontalPodAutoscalerSpec": _autoscaler,
    "apps.v1.DeploymentStrategy": _rolling,
    "apps.v1.StatefulSetUpdateStrategy": _stateful_rolling,
    "apps.v1.DaemonSetUpdateStrategy": _rolling,
    "apps.v1.DaemonSet": _daemon_set,
    "apps.v1.StatefulSetSpec": _stateful_set,
    "batch.v1.Job": _job,
    "networking.v1.NetworkPolicySpec": _network_policy,
    "rbac.v1.Subject": _subject,
    "apiextensions.v1.CustomResourceDefinitionNames": _names,
}
