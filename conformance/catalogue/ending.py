"""What controllers do after a deletion: dependents, orphans, namespaces."""

from __future__ import annotations

from typing import Any

from conformance.catalogue.objects import config_map, deployment, job
from conformance.catalogue.steps import (
    BATCH,
    DEPLOYMENT,
    DEPLOYMENTS,
    MAP,
    MAPS,
    delete,
    get,
    patch,
    post,
    script,
)
from conformance.scripts import Step

_OTHER = "/api/v1/namespaces/{ns}-other"


def _gone(path: str) -> Step:
    return Step(method="GET", path=path, until="404")


def _owned(name: str, **reference: Any) -> dict[str, Any]:
    """Return a ConfigMap that belongs to the one that was created first."""
    owner = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "name": "settings",
        "uid": "$0.metadata.uid",
        **reference,
    }
    return config_map(name, ownerReferences=[owner])


def _cascade(name: str, policy: str, *after: Step) -> Any:
    return script(
        name,
        post(MAPS, config_map()),
        post(MAPS, _owned("child", blockOwnerDeletion=True)),
        post(MAPS, _owned("loose")),
        delete(MAP, {"propagationPolicy": policy}),
        *after,
    )


ENDING = (
    _cascade(
        "dependents go in the background",
        "Background",
        _gone(MAP),
        _gone(f"{MAPS}/child"),
        _gone(f"{MAPS}/loose"),
    ),
    _cascade(
        "dependents go first",
        "Foreground",
        _gone(MAP),
        _gone(f"{MAPS}/child"),
        _gone(f"{MAPS}/loose"),
    ),
    _cascade(
        "dependents stay",
        "Orphan",
        _gone(MAP),
        Step(method="GET", path=f"{MAPS}/child", until="metadata.ownerReferences="),
    ),
    script(
        "an owner waits for a dependent that is held",
        post(MAPS, config_map()),
        post(
            MAPS,
            {
                **_owned("child", blockOwnerDeletion=True),
                "metadata": {
                    **_owned("child", blockOwnerDeletion=True)["metadata"],
                    "finalizers": ["example.com/stay"],
                },
            },
        ),
        delete(MAP, {"propagationPolicy": "Foreground"}),
        Step(method="GET", path=f"{MAPS}/child", until="metadata.deletionGracePeriodSeconds=0"),
        get(MAP),
        patch(f"{MAPS}/child", {"metadata": {"finalizers": None}}),
        _gone(f"{MAPS}/child"),
        _gone(MAP),
    ),
    script(
        "a dependent whose owner never was",
        post(MAPS, _owned("lost", uid="00000000-0000-4000-8000-000000000000")),
        _gone(f"{MAPS}/lost"),
    ),
    script(
        "policies of deletion",
        post(DEPLOYMENTS, deployment(paused=True)),
        delete(DEPLOYMENT, {"propagationPolicy": "Foreground", "dryRun": ["All"]}),
        delete(DEPLOYMENT, {"propagationPolicy": "Background", "dryRun": ["All"]}),
        delete(DEPLOYMENT, propagationPolicy="Orphan", dryRun="All"),
        delete(DEPLOYMENT, {"orphanDependents": True, "dryRun": ["All"]}),
        delete(DEPLOYMENT, orphanDependents="true", dryRun="All"),
        delete(DEPLOYMENT, "not json"),
        delete(DEPLOYMENT, {"gracePeriodSeconds": "soon"}),
        delete(DEPLOYMENT, {"kind": "DeleteOptions", "apiVersion": "v2"}),
        delete(DEPLOYMENT, {"kind": "DeleteOptions", "apiVersion": "v1", "dryRun": ["None"]}),
        delete(DEPLOYMENT),
        post(f"{BATCH}/jobs", job(suspend=True)),
        delete(f"{BATCH}/jobs/task", dryRun="All"),
        delete(f"{BATCH}/jobs/task", propagationPolicy="Background"),
    ),
    script(
        "a namespace ends with what is in it",
        post(
            "/api/v1/namespaces",
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "{ns}-other"}},
        ),
        post(f"{_OTHER}/configmaps", config_map(finalizers=["example.com/stay"])),
        post(f"{_OTHER}/configmaps", config_map("free")),
        delete("/api/v1/namespaces/{ns}-other"),
        _gone(f"{_OTHER}/configmaps/free"),
        post(f"{_OTHER}/configmaps", config_map("late")),
        Step(
            method="GET",
            path=f"{_OTHER}/configmaps/settings",
            until="metadata.deletionGracePeriodSeconds=0",
        ),
        patch(f"{_OTHER}/configmaps/settings", {"data": {"still": "here"}}),
        patch(f"{_OTHER}/configmaps/settings", {"metadata": {"finalizers": None}}),
        _gone("/api/v1/namespaces/{ns}-other"),
        get(f"{_OTHER}/configmaps"),
        delete("/api/v1/namespaces/{ns}-other"),
        delete("/api/v1/namespaces/kube-system", dryRun="All"),
        delete("/api/v1/namespaces"),
    ),
)
