from tenter.manifests import kind_rank

ORDER = [
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
]


def test_kinds_are_ordered_as_argo_cd_orders_them() -> None:
    backwards = ORDER[::-1]
    assert sorted(backwards, key=kind_rank) == ORDER


def test_every_known_kind_has_a_rank_of_its_own() -> None:
    assert len({kind_rank(kind) for kind in ORDER}) == len(ORDER)


def test_unknown_kinds_come_last_and_share_a_rank() -> None:
    assert kind_rank("Certificate") == kind_rank("Workflow") > kind_rank("APIService")
