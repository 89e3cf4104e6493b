"""What the server fills in, and what it refuses, kind by kind."""

from __future__ import annotations

from conformance.catalogue.objects import deployment, job, pod, pod_template, service
from conformance.catalogue.steps import APPS, BATCH, CORE, DEPLOYMENTS, post, script

DEFAULTING = (
    script(
        "defaults of workloads",
        post(DEPLOYMENTS, deployment(paused=True), dryRun="All"),
        post(
            f"{APPS}/statefulsets",
            {**deployment(serviceName="web"), "kind": "StatefulSet"},
            dryRun="All",
        ),
        post(f"{APPS}/daemonsets", {**deployment(), "kind": "DaemonSet"}, dryRun="All"),
        post(f"{APPS}/replicasets", {**deployment(), "kind": "ReplicaSet"}, dryRun="All"),
        post(f"{BATCH}/jobs", job(), dryRun="All"),
        post(
            f"{BATCH}/jobs",
            job(suspend=True, backoffLimit=0, ttlSecondsAfterFinished=5),
            dryRun="All",
        ),
        post(
            f"{BATCH}/cronjobs",
            {
                "apiVersion": "batch/v1",
                "kind": "CronJob",
                "metadata": {"name": "nightly"},
                "spec": {"schedule": "0 3 * * *", "jobTemplate": {"spec": job()["spec"]}},
            },
            dryRun="All",
        ),
    ),
    script(
        "defaults of Pods and Services",
        post(f"{CORE}/pods", pod(), dryRun="All"),
        post(
            f"{CORE}/pods",
            pod(
                containers=[
                    {
                        "name": "main",
                        "image": "registry.example/web",
                        "ports": [{"containerPort": 80}],
                        "livenessProbe": {"httpGet": {"port": 80}},
                        "readinessProbe": {"tcpSocket": {"port": "web"}},
                        "resources": {"limits": {"cpu": "1500m", "memory": "1.5Gi"}},
                        "env": [
                            {"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
                        ],
                    }
                ],
                volumes=[
                    {"name": "a", "configMap": {"name": "settings"}},
                    {"name": "b", "secret": {"secretName": "word"}},
                    {"name": "c", "emptyDir": {}},
                ],
            ),
            dryRun="All",
        ),
        post(f"{CORE}/services", service(clusterIP="None"), dryRun="All"),
        post(
            f"{CORE}/services", service(type="ExternalName", externalName="x.example"), dryRun="All"
        ),
        post(
            f"{CORE}/secrets",
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": "word"},
                "stringData": {"word": "sesame"},
            },
            dryRun="All",
        ),
        post(
            f"{CORE}/persistentvolumeclaims",
            {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": {"name": "disk"},
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "resources": {"requests": {"storage": "1Gi"}},
                },
            },
            dryRun="All",
        ),
        post(
            "/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses",
            {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "Ingress",
                "metadata": {"name": "web"},
                "spec": {
                    "rules": [
                        {
                            "http": {
                                "paths": [
                                    {
                                        "path": "/",
                                        "pathType": "Prefix",
                                        "backend": {
                                            "service": {"name": "web", "port": {"number": 80}}
                                        },
                                    }
                                ]
                            }
                        }
                    ]
                },
            },
            dryRun="All",
        ),
        post(
            "/api/v1/namespaces",
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "fresh"}},
            dryRun="All",
        ),
        post(
            f"{CORE}/serviceaccounts",
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot"}},
            dryRun="All",
        ),
    ),
    script(
        "objects that break their kind's rules",
        post(
            f"{CORE}/pods",
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {}},
        ),
        post(f"{CORE}/pods", pod(restartPolicy="Sometimes")),
        post(f"{CORE}/pods", pod(containers=[{"name": "Bad Name", "image": "a"}])),
        post(f"{CORE}/pods", pod(containers=[{"name": "a"}])),
        post(
            f"{CORE}/pods",
            pod(containers=[{"name": "a", "image": "a"}, {"name": "a", "image": "b"}]),
        ),
        post(
            f"{CORE}/pods", pod(volumes=[{"name": "a", "emptyDir": {}, "hostPath": {"path": "/"}}])
        ),
        post(f"{CORE}/pods", pod(activeDeadlineSeconds=0)),
        post(f"{CORE}/pods", pod(terminationGracePeriodSeconds=-1)),
        post(DEPLOYMENTS, deployment(selector={"matchLabels": {"app": "other"}})),
        post(DEPLOYMENTS, deployment(selector={})),
        post(DEPLOYMENTS, deployment(template={})),
        post(DEPLOYMENTS, {**deployment(), "spec": {}}),
        post(f"{BATCH}/jobs", job(template=pod_template())),
        post(f"{BATCH}/jobs", job(backoffLimit=-1, parallelism=-1)),
        post(f"{BATCH}/jobs", job(completions="three")),
        post(f"{CORE}/services", service(ports=[])),
        post(f"{CORE}/services", service(ports=[{"port": 0}])),
        post(f"{CORE}/services", service(ports=[{"port": 80}, {"port": 81}])),
        post(f"{CORE}/services", service(type="Sometimes")),
        post(f"{CORE}/services", service("1web")),
        post(
            f"{CORE}/secrets",
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": "x"},
                "data": {"a": "not base64!"},
            },
        ),
    ),
)
