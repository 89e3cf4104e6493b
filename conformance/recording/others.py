"""Stories of storage, networking, autoscaling, extensions, and kinds without a check."""

from __future__ import annotations

from typing import Any

from conformance.recording.objects import NEVER_READY, RUNS, holds, other, phase, workload
from conformance.recording.stage import Stage
from conformance.recording.stories import story
from tenter.manifests import Manifest

_SPACE = {"resources": {"requests": {"storage": "1Mi"}}, "accessModes": ["ReadWriteOnce"]}


def claim(storage_class: str) -> Manifest:
    """Return a PersistentVolumeClaim."""
    spec = {**_SPACE, "storageClassName": storage_class}
    return other("v1", "PersistentVolumeClaim", spec)


def volume(stage: Stage) -> Manifest:
    """Return a PersistentVolume for the claim of this stage."""
    spec = {
        "capacity": {"storage": "1Mi"},
        "accessModes": ["ReadWriteOnce"],
        "hostPath": {"path": "/nowhere"},
        "storageClassName": "by-hand",
        "claimRef": {"name": "subject", "namespace": stage.namespace},
    }
    return other("v1", "PersistentVolume", spec, name=f"of-{stage.namespace}")


@story("v1", "PersistentVolumeClaim")
async def claim_waits_for_a_volume(stage: Stage) -> None:
    await stage.create(claim("by-hand"))
    await stage.until(phase("Pending"))


@story("v1", "PersistentVolumeClaim")
async def claim_waits_for_its_first_consumer(stage: Stage) -> None:
    storage_class = other("storage.k8s.io/v1", "StorageClass", name=f"late-{stage.namespace}")
    storage_class["provisioner"] = "example.com/disks"
    storage_class["volumeBindingMode"] = "WaitForFirstConsumer"
    await stage.create(storage_class, claim(f"late-{stage.namespace}"))
    await stage.until(phase("Pending"))


@story("v1", "PersistentVolumeClaim")
async def claim_waits_for_its_provisioner(stage: Stage) -> None:
    storage_class = other("storage.k8s.io/v1", "StorageClass", name=f"now-{stage.namespace}")
    storage_class["provisioner"] = "example.com/disks"
    await stage.create(storage_class, claim(f"now-{stage.namespace}"))
    await stage.until(
        lambda state: state["metadata"]["annotations"]["volume.kubernetes.io/storage-provisioner"]
    )


@story("v1", "PersistentVolumeClaim")
async def claim_is_bound_and_loses_its_volume(stage: Stage) -> None:
    backing = volume(stage)
    await stage.create(backing, claim("by-hand"))
    await stage.until(phase("Bound"))
    await stage.delete(backing)
    await stage.patch(backing, {"metadata": {"finalizers": None}})
    await stage.until(phase("Lost"))


def service(kind: str, **spec: Any) -> Manifest:
    """Return a Service of this type."""
    return other("v1", "Service", {"type": kind, "ports": [{"port": 80}], **spec})


@story("v1", "Service")
async def service_has_a_cluster_address(stage: Stage) -> None:
    await stage.create(service("ClusterIP"))
    await stage.until(lambda state: state["spec"]["clusterIP"])


@story("v1", "Service")
async def service_is_headless(stage: Stage) -> None:
    await stage.create(service("ClusterIP", clusterIP="None"))
    await stage.until(lambda state: state["spec"]["clusterIP"])


@story("v1", "Service")
async def service_is_a_name(stage: Stage) -> None:
    await stage.create(service("ExternalName", externalName="shop.example"))
    await stage.until(lambda state: state["spec"]["externalName"])


@story("v1", "Service")
async def load_balancer_gets_its_address(stage: Stage) -> None:
    """Stand-in: the cloud's controller."""
    subject = service("LoadBalancer")
    await stage.create(subject)
    await stage.until(lambda state: state["spec"]["clusterIP"])
    status = {"loadBalancer": {"ingress": [{"ip": "192.0.2.10", "ipMode": "VIP"}]}}
    await stage.write_status(subject, status, manager="cloud-controller-manager")
    await stage.until(lambda state: state["status"]["loadBalancer"]["ingress"])


@story("networking.k8s.io/v1", "Ingress")
async def ingress_gets_its_address(stage: Stage) -> None:
    """Stand-in: an Ingress controller."""
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    subject = other("networking.k8s.io/v1", "Ingress", {"defaultBackend": backend})
    await stage.create(subject)
    await stage.until(lambda state: state["spec"])
    status = {"loadBalancer": {"ingress": [{"hostname": "shop.example"}]}}
    await stage.write_status(subject, status, manager="nginx-ingress-controller")
    await stage.until(lambda state: state["status"]["loadBalancer"]["ingress"])


def autoscaler(target: str = "subject") -> Manifest:
    """Return an autoscaler by CPU of the Deployment ``target``."""
    metric = {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
    }
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": target},
        "minReplicas": 1,
        "maxReplicas": 3,
        "metrics": [metric],
    }
    return other("autoscaling/v2", "HorizontalPodAutoscaler", spec)


@story("autoscaling/v2", "HorizontalPodAutoscaler")
async def autoscaler_has_no_target(stage: Stage) -> None:
    await stage.create(autoscaler("nothing"))
    await stage.until(holds("AbleToScale", "False", "FailedGetScale"))


@story("autoscaling/v2", "HorizontalPodAutoscaler")
async def autoscaler_has_no_metrics(stage: Stage) -> None:
    await stage.create(workload("Deployment", RUNS, replicas=1), autoscaler())
    await stage.until(holds("ScalingActive", "False", "FailedGetResourceMetric"))


@story("autoscaling/v1", "HorizontalPodAutoscaler")
async def autoscaler_of_the_first_version_has_no_metrics(stage: Stage) -> None:
    await stage.create(workload("Deployment", RUNS, replicas=1), autoscaler())
    name = "autoscaling.alpha.kubernetes.io/conditions"
    await stage.until(lambda state: "FailedGet" in state["metadata"]["annotations"][name])


@story("autoscaling/v2", "HorizontalPodAutoscaler")
async def autoscaler_is_disabled_by_a_target_of_nothing(stage: Stage) -> None:
    await stage.create(workload("Deployment", RUNS, replicas=0), autoscaler())
    await stage.until(holds("ScalingActive", "False", "ScalingDisabled"))


@story("autoscaling/v2", "HorizontalPodAutoscaler")
async def autoscaler_brings_its_target_within_limits(stage: Stage) -> None:
    await stage.create(workload("Deployment", NEVER_READY, replicas=5), autoscaler())
    await stage.until(holds("AbleToScale", "True", "SucceededRescale"))


def definition(stage: Stage, kind: str = "Widget", plural: str = "widgets") -> Manifest:
    """Return a CustomResourceDefinition of a group that is the stage's own."""
    group = f"{stage.namespace}.example.com"
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    spec = {
        "group": group,
        "scope": "Namespaced",
        "names": {"kind": kind, "plural": plural},
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
    }
    return other(
        "apiextensions.k8s.io/v1", "CustomResourceDefinition", spec, name=f"{plural}.{group}"
    )


@story("apiextensions.k8s.io/v1", "CustomResourceDefinition", name="widgets.definition-is-est")
async def definition_is_established(stage: Stage) -> None:
    subject = definition(stage)
    await stage.create(subject)
    await stage.until(holds("Established"))


@story("apiextensions.k8s.io/v1", "CustomResourceDefinition", name="gadgets.definition-names")
async def definition_names_are_taken(stage: Stage) -> None:
    first, second = definition(stage), definition(stage, plural="gadgets")
    await stage.create(first)
    await stage.other_until(first, holds("Established"))
    await stage.create(second)
    await stage.until(holds("NamesAccepted", "False"))


@story("apiextensions.k8s.io/v1", "CustomResourceDefinition", name="widgets.definition-is-del")
async def definition_is_deleted(stage: Stage) -> None:
    subject = definition(stage)
    subject["metadata"]["finalizers"] = ["example.com/keeps"]
    await stage.create(subject)
    await stage.until(holds("Established"))
    await stage.delete(subject)
    await stage.until(holds("Terminating"))
    await stage.patch(subject, {"metadata": {"finalizers": None}})


def api_service(stage: Stage) -> Manifest:
    """Return an APIService for a Service of this stage."""
    group = f"{stage.namespace}.example.com"
    spec = {
        "group": group,
        "version": "v1",
        "groupPriorityMinimum": 100,
        "versionPriority": 100,
        "insecureSkipTLSVerify": True,
        "service": {"name": "backend", "namespace": stage.namespace},
    }
    return other("apiregistration.k8s.io/v1", "APIService", spec, name=f"v1.{group}")


@story("apiregistration.k8s.io/v1", "APIService", name="v1.apps")
async def api_service_is_the_servers_own(stage: Stage) -> None:
    await stage.until(holds("Available"))


@story("apiregistration.k8s.io/v1", "APIService", name="v1.api-service-has-no-s")
async def api_service_has_no_service(stage: Stage) -> None:
    subject = api_service(stage)
    await stage.create(subject)
    await stage.until(holds("Available", "False", "ServiceNotFound"))
    await stage.delete(subject)


@story("apiregistration.k8s.io/v1", "APIService", name="v1.api-service-has-no-e")
async def api_service_has_no_endpoints(stage: Stage) -> None:
    backend = other(
        "v1", "Service", {"selector": {"app": "none"}, "ports": [{"port": 443}]}, name="backend"
    )
    subject = api_service(stage)
    await stage.create(backend, subject)
    await stage.until(holds("Available", "False", "MissingEndpoints"))
    await stage.delete(subject)


@story("apiregistration.k8s.io/v1", "APIService", name="v1.api-service-does-not")
async def api_service_does_not_answer(stage: Stage) -> None:
    backend = other(
        "v1", "Service", {"selector": {"app": "subject"}, "ports": [{"port": 443}]}, name="backend"
    )
    subject = api_service(stage)
    await stage.create(backend, workload("Deployment", RUNS, replicas=1), subject)
    await stage.until(holds("Available", "False", "FailedDiscoveryCheck"))
    await stage.delete(subject)


# Kinds without a check


@story("policy/v1", "PodDisruptionBudget")
async def disruption_budget_allows_nothing(stage: Stage) -> None:
    budget = {"minAvailable": 1, "selector": {"matchLabels": {"app": "subject"}}}
    await stage.create(
        workload("Deployment", NEVER_READY, replicas=1),
        other("policy/v1", "PodDisruptionBudget", budget),
    )
    await stage.until(holds("DisruptionAllowed", "False"))


@story("v1", "Namespace", name="subject-of-namespace")
async def namespace_is_deleted(stage: Stage) -> None:
    name = f"subject-of-{stage.namespace}"
    subject = other("v1", "Namespace", name=name)
    keeper = other("v1", "ConfigMap", name="keeper")
    keeper["metadata"].update(finalizers=["example.com/keeps"], namespace=name)
    await stage.create(subject)
    await stage.until(phase("Active"))
    await stage.create(keeper)
    await stage.delete(subject)
    await stage.until(holds("NamespaceFinalizersRemaining"))
    await stage.patch(keeper, {"metadata": {"finalizers": None}})


@story("v1", "ConfigMap")
async def config_map_is_there(stage: Stage) -> None:
    await stage.create({**other("v1", "ConfigMap"), "data": {"greeting": "hello"}})
    await stage.until(lambda state: state["metadata"]["uid"])
