"""The kinds that the embedded cluster serves, as data.

One row a resource: how it is named, where it lives, what it can do. What its fields are is
``schema``'s; what happens to its objects beyond these flags is in the few modules named after the
thing (``namespaces``, ``definitions``, ``addresses`` ...). CRDs add rows while the server runs.
"""

from __future__ import annotations

import msgspec

from tenter.embedded.schema import StructType
from tenter.embedded.statuses import qualified

ALL_VERBS = (
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
)
_CUSTOM_VERBS = (
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "create",
    "update",
    "watch",
)
"""The same in the order in which discovery names those of custom resources."""


_CUSTOM_VERBS = (
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "create",
    "update",
    "watch",
)
"""The same, in the order in which discovery names them for kinds of CRDs."""


class Column(msgspec.Struct, frozen=True):
    """A column of a custom resource's table; ``path`` is its JSON path, such as ``.spec.size``."""

    name: str
    type: str
    path: str
    description: str = ""
    format: str = ""
    priority: int = 0


class Scale(msgspec.Struct, frozen=True):
    """Where a kind keeps what its ``scale`` subresource shows; paths as in ``.spec.replicas``."""

    replicas: str = ".spec.replicas"
    status: str = ".status.replicas"
    selector: str = ".spec.selector"


class ResourceType(msgspec.Struct, frozen=True, kw_only=True):
    """One resource as one version serves it; ``group`` is empty for the core group.

    ``status``: has a status subresource, so that its status is not written with the rest.
    ``generation``: counts the changes of its desired state. ``subresources`` are those beside
    ``status`` and ``scale``. ``orphans``: deletion without a policy leaves dependents alone.
    ``upsert``: an update creates what is not there. ``versioned``: an update must state the version
    that it replaces.
    ``fields`` can be selected by beside name and namespace. ``stored`` is False for reviews, which
    are answered and forgotten; ``served`` is False for a version that objects are only stored as.
    ``stored_as`` names the resource whose objects these are, in another form. ``readable`` is what
    can be done with a kind that can only be looked at; empty for all others.
    The rest is a custom resource's: its ``type``, ``columns``, and the
    version its objects are stored as.
    """

    group: str
    version: str
    kind: str
    plural: str
    singular: str
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    namespaced: bool = True
    status: bool = False
    scale: Scale | None = None
    generation: bool = False
    subresources: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    orphans: bool = False
    upsert: bool = False
    versioned: bool = False
    fields: tuple[str, ...] = ()
    stored: bool = True
    stored_as: str = ""
    served: bool = True
    readable: tuple[str, ...] = ()
    custom: bool = False
    type: StructType | None = None
    columns: tuple[Column, ...] = ()
    storage_version: str = ""
    warning: str = ""

    @property
    def name(self) -> str:
        """The resource as messages and the store name it: ``deployments.apps``, ``pods``."""
        return self.stored_as or qualified(self.plural, self.group)

    @property
    def api_version(self) -> str:
        """``apps/v1``, ``v1``."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def verbs(self) -> tuple[str, ...]:
        """The verbs that discovery names."""
        if not self.stored:
            return self.readable or ("create",)
        if self.custom:
            return _CUSTOM_VERBS
        if self.plural == "namespaces" and not self.group:
            return tuple(verb for verb in ALL_VERBS if verb != "deletecollection")
        return ALL_VERBS


_UPDATE = ("get", "patch", "update")
_SCALE = Scale()


def _row(
    group: str,
    version: str,
    kind: str,
    short_names: str = "",
    *,
    plural: str = "",
    cluster: bool = False,
    flags: str = "",
    fields: str = "",
    categories: str = "",
    subresources: tuple[tuple[str, str, tuple[str, ...]], ...] = (),
    storage_version: str = "",
    stored_as: str = "",
    warning: str = "",
) -> ResourceType:
    """Return a row; ``flags`` are words.

    They are status, generation, scale, orphans, upsert, versioned, review and readable.
    """
    words = flags.split()
    singular = kind.lower()
    return ResourceType(
        group=group,
        version=version,
        kind=kind,
        plural=plural or singular + "s",
        singular=singular,
        short_names=tuple(short_names.split()),
        categories=tuple(categories.split()),
        namespaced=not cluster,
        status="status" in words,
        scale=_SCALE if "scale" in words else None,
        generation="generation" in words,
        orphans="orphans" in words,
        upsert="upsert" in words,
        versioned="versioned" in words,
        stored=not {"review", "readable"}.intersection(words),
        readable=("get", "list") if "readable" in words else (),
        stored_as=stored_as,
        fields=tuple(fields.split()),
        subresources=subresources,
        storage_version=storage_version or version,
        warning=warning,
    )


_EVENT_FIELDS = (
    "involvedObject.kind involvedObject.namespace involvedObject.name involvedObject.uid "
    "involvedObject.apiVersion involvedObject.resourceVersion involvedObject.fieldPath reason "
    "reportingComponent source type"
)
_POD_FIELDS = (
    "spec.nodeName spec.restartPolicy spec.schedulerName spec.serviceAccountName spec.hostNetwork "
    "status.phase status.podIP status.nominatedNodeName"
)
_EVENTS_FIELDS = (
    "regarding.kind regarding.namespace regarding.name regarding.uid regarding.apiVersion "
    "regarding.resourceVersion regarding.fieldPath reason reportingController type"
)
_SLICE_FIELDS = "spec.nodeName spec.driver"
_FLOW = "flowcontrol.apiserver.k8s.io"
_RBAC = "rbac.authorization.k8s.io"
_AUTHORIZATION = "authorization.k8s.io"

BUILT_IN: tuple[ResourceType, ...] = (
    _row("", "v1", "Binding", flags="review"),
    _row(
        "",
        "v1",
        "ComponentStatus",
        "cs",
        plural="componentstatuses",
        cluster=True,
        flags="readable",
        warning="v1 ComponentStatus is deprecated in v1.19+",
    ),
    _row("", "v1", "ConfigMap", "cm"),
    _row(
        "",
        "v1",
        "Endpoints",
        "ep",
        plural="endpoints",
        flags="upsert",
        warning="v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
    ),
    _row("", "v1", "Event", "ev", fields=_EVENT_FIELDS, flags="upsert"),
    _row("", "v1", "LimitRange", "limits", flags="upsert"),
    _row(
        "",
        "v1",
        "Namespace",
        "ns",
        cluster=True,
        flags="status",
        fields="status.phase",
        subresources=(("finalize", "Namespace", ("update",)),),
    ),
    _row("", "v1", "Node", "no", cluster=True, flags="status", fields="spec.unschedulable"),
    _row("", "v1", "PersistentVolumeClaim", "pvc", flags="status"),
    _row("", "v1", "PersistentVolume", "pv", cluster=True, flags="status"),
    _row(
        "",
        "v1",
        "Pod",
        "po",
        flags="status generation",
        fields=_POD_FIELDS,
        categories="all",
        subresources=(
            ("binding", "Binding", ("create",)),
            ("eviction", "Eviction", ("create",)),
            ("log", "Pod", ("get",)),
        ),
    ),
    _row("", "v1", "PodTemplate"),
    _row(
        "",
        "v1",
        "ReplicationController",
        "rc",
        flags="status generation scale orphans",
        fields="status.replicas",
        categories="all",
    ),
    _row("", "v1", "ResourceQuota", "quota", flags="status"),
    _row("", "v1", "Secret", fields="type"),
    _row("", "v1", "ServiceAccount", "sa"),
    _row(
        "",
        "v1",
        "Service",
        "svc",
        flags="status upsert",
        categories="all",
        fields="spec.clusterIP spec.type",
    ),
    _row("apps", "v1", "ControllerRevision"),
    _row("apps", "v1", "DaemonSet", "ds", flags="status generation", categories="all"),
    _row("apps", "v1", "Deployment", "deploy", flags="status generation scale", categories="all"),
    _row(
        "apps",
        "v1",
        "ReplicaSet",
        "rs",
        flags="status generation scale",
        fields="status.replicas",
        categories="all",
    ),
    _row("apps", "v1", "StatefulSet", "sts", flags="status generation scale", categories="all"),
    _row("batch", "v1", "CronJob", "cj", flags="status generation", categories="all"),
    _row(
        "batch",
        "v1",
        "Job",
        flags="status generation orphans",
        fields="status.successful",
        categories="all",
    ),
    _row(
        "autoscaling",
        "v2",
        "HorizontalPodAutoscaler",
        "hpa",
        flags="status",
        categories="all",
    ),
    _row(
        "autoscaling",
        "v1",
        "HorizontalPodAutoscaler",
        "hpa",
        flags="status",
        categories="all",
        storage_version="v2",
    ),
    _row(
        "events.k8s.io",
        "v1",
        "Event",
        "ev",
        fields=_EVENTS_FIELDS,
        flags="upsert",
        stored_as="events",
        storage_version="none",
    ),
    _row(
        "certificates.k8s.io",
        "v1",
        "CertificateSigningRequest",
        "csr",
        cluster=True,
        flags="status",
        fields="spec.signerName",
        subresources=(("approval", "CertificateSigningRequest", _UPDATE),),
    ),
    _row("node.k8s.io", "v1", "RuntimeClass", plural="runtimeclasses", cluster=True),
    _row(_FLOW, "v1", "FlowSchema", cluster=True, flags="status generation"),
    _row(_FLOW, "v1", "PriorityLevelConfiguration", cluster=True, flags="status generation"),
    _row("resource.k8s.io", "v1", "DeviceClass", plural="deviceclasses", cluster=True),
    _row("resource.k8s.io", "v1", "ResourceClaim", flags="status"),
    _row("resource.k8s.io", "v1", "ResourceClaimTemplate"),
    _row("resource.k8s.io", "v1", "ResourceSlice", cluster=True, fields=_SLICE_FIELDS),
    _row(_RBAC, "v1", "ClusterRole", cluster=True, flags="upsert"),
    _row(_RBAC, "v1", "ClusterRoleBinding", cluster=True, flags="upsert"),
    _row(_RBAC, "v1", "Role", flags="upsert"),
    _row(_RBAC, "v1", "RoleBinding", flags="upsert"),
    _row(
        "networking.k8s.io", "v1", "Ingress", "ing", plural="ingresses", flags="status generation"
    ),
    _row(
        "networking.k8s.io",
        "v1",
        "IngressClass",
        plural="ingressclasses",
        cluster=True,
        flags="generation",
    ),
    _row(
        "networking.k8s.io",
        "v1",
        "NetworkPolicy",
        "netpol",
        plural="networkpolicies",
        flags="generation",
    ),
    _row(
        "networking.k8s.io",
        "v1",
        "IPAddress",
        "ip",
        plural="ipaddresses",
        cluster=True,
        fields="spec.parentRef.namespace spec.parentRef.name spec.parentRef.resource",
    ),
    _row("networking.k8s.io", "v1", "ServiceCIDR", cluster=True, flags="status"),
    _row("policy", "v1", "PodDisruptionBudget", "pdb", flags="status generation versioned"),
    _row("storage.k8s.io", "v1", "CSIDriver", cluster=True),
    _row("storage.k8s.io", "v1", "CSINode", cluster=True),
    _row("storage.k8s.io", "v1", "CSIStorageCapacity", plural="csistoragecapacities"),
    _row("storage.k8s.io", "v1", "VolumeAttachment", cluster=True, flags="status"),
    _row(
        "storage.k8s.io",
        "v1",
        "VolumeAttributesClass",
        "vac",
        plural="volumeattributesclasses",
        cluster=True,
    ),
    _row("storage.k8s.io", "v1", "StorageClass", "sc", plural="storageclasses", cluster=True),
    _row("coordination.k8s.io", "v1", "Lease", flags="upsert versioned"),
    _row("discovery.k8s.io", "v1", "EndpointSlice", flags="generation"),
    _row(
        "scheduling.k8s.io",
        "v1",
        "PriorityClass",
        "pc",
        plural="priorityclasses",
        cluster=True,
        flags="generation",
    ),
    _row(
        "apiextensions.k8s.io",
        "v1",
        "CustomResourceDefinition",
        "crd crds",
        cluster=True,
        flags="status generation",
        categories="api-extensions",
    ),
    _row(
        "apiregistration.k8s.io",
        "v1",
        "APIService",
        cluster=True,
        flags="status",
        categories="api-extensions",
    ),
    _row(
        "admissionregistration.k8s.io",
        "v1",
        "MutatingWebhookConfiguration",
        cluster=True,
        flags="generation versioned",
        categories="api-extensions",
    ),
    _row(
        "admissionregistration.k8s.io",
        "v1",
        "ValidatingWebhookConfiguration",
        cluster=True,
        flags="generation versioned",
        categories="api-extensions",
    ),
    *(
        _row(
            "admissionregistration.k8s.io",
            "v1",
            kind,
            plural=plural,
            cluster=True,
            flags="status generation" if kind == "ValidatingAdmissionPolicy" else "generation",
            categories="api-extensions",
        )
        for kind, plural in (
            ("MutatingAdmissionPolicy", "mutatingadmissionpolicies"),
            ("MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings"),
            ("ValidatingAdmissionPolicy", "validatingadmissionpolicies"),
            ("ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings"),
        )
    ),
    _row(_AUTHORIZATION, "v1", "LocalSubjectAccessReview", flags="review"),
    _row(_AUTHORIZATION, "v1", "SelfSubjectAccessReview", cluster=True, flags="review"),
    _row(_AUTHORIZATION, "v1", "SelfSubjectRulesReview", cluster=True, flags="review"),
    _row(_AUTHORIZATION, "v1", "SubjectAccessReview", cluster=True, flags="review"),
    _row("authentication.k8s.io", "v1", "SelfSubjectReview", cluster=True, flags="review"),
    _row("authentication.k8s.io", "v1", "TokenReview", cluster=True, flags="review"),
)
"""The built-in resources; webhooks and admission policies are kept but never called."""


def subresource_rows(resource: ResourceType) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """Return (name, kind, API version of that kind, verbs) of a resource's subresources."""
    rows: list[tuple[str, str, str, tuple[str, ...]]] = [
        (
            name,
            kind,
            {"Eviction": "policy/v1"}.get(kind, resource.api_version),
            verbs,
        )
        for name, kind, verbs in resource.subresources
    ]
    if resource.scale:
        rows.append(("scale", "Scale", "autoscaling/v1", _UPDATE))
    if resource.status:
        rows.append(("status", resource.kind, resource.api_version, _UPDATE))
    return sorted(rows)
