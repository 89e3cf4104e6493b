"""Health of what gives Pods an address or storage: Services, Ingresses and volume claims."""

from __future__ import annotations

from tenter.health.fields import items_at, mapping_at, text_at
from tenter.health.verdict import Health, HealthStatus
from tenter.manifests import Manifest

_PROVISIONER = "volume.kubernetes.io/storage-provisioner"
_OLD_PROVISIONER = "volume.beta.kubernetes.io/storage-provisioner"


def is_load_balancer(obj: Manifest) -> bool:
    """Tell whether ``obj`` is a Service that waits for a load balancer."""
    return (
        obj.get("apiVersion") == "v1"
        and obj.get("kind") == "Service"
        and text_at(obj, "spec", "type") == "LoadBalancer"
    )


def service_health(service: Manifest) -> Health:
    """Judge a Service: a load balancer needs an address, any other is healthy as it stands."""
    if is_load_balancer(service) and not _addresses(service):
        return Health(HealthStatus.PROGRESSING, "waiting for the load balancer's address")
    return Health(HealthStatus.HEALTHY)


def ingress_health(ingress: Manifest) -> Health:
    """Judge an Ingress: its controller has given it an address."""
    if not _addresses(ingress):
        return Health(HealthStatus.PROGRESSING, "waiting for the Ingress controller's address")
    return Health(HealthStatus.HEALTHY)


def volume_claim_health(claim: Manifest) -> Health:
    """Judge a PersistentVolumeClaim by its phase."""
    match text_at(claim, "status", "phase"):
        case "" | "Pending":
            return Health(HealthStatus.PROGRESSING, _volume_wait(claim))
        case "Bound":
            return Health(HealthStatus.HEALTHY)
        case "Lost":
            return Health(HealthStatus.DEGRADED, "the claim's volume is lost")
        case phase:
            return Health(HealthStatus.UNKNOWN, f"the claim's phase is {phase}")


def _volume_wait(claim: Manifest) -> str:
    """Say for whom a claim waits: its provisioner once there is one, else perhaps for a Pod."""
    annotations = mapping_at(claim, "metadata", "annotations")
    provisioner = text_at(annotations, _PROVISIONER) or text_at(annotations, _OLD_PROVISIONER)
    if provisioner:
        return f"waiting for {provisioner} to provision a volume"
    name = text_at(claim, "spec", "storageClassName")
    if not name:
        return "waiting for a volume"
    return (
        f"waiting for a volume of class {name} "
        f"(with WaitForFirstConsumer: until a Pod that uses the claim is scheduled)"
    )


def _addresses(obj: Manifest) -> list[str]:
    """Return the load balancer's addresses: an entry without IP and hostname leads nowhere."""
    entries = items_at(obj, "status", "loadBalancer", "ingress")
    return [found for e in entries if (found := text_at(e, "ip") or text_at(e, "hostname"))]
