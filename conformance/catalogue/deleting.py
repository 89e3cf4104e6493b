"""Finalizers, preconditions, grace periods and collections."""

from __future__ import annotations

from conformance.catalogue.objects import config_map, pod
from conformance.catalogue.steps import CORE, MAP, MAPS, apply, delete, get, patch, post, script

DELETING = (
    script(
        "finalizers",
        post(MAPS, config_map(finalizers=["example.com/stay", "example.com/too"])),
        delete(MAP),
        delete(MAP),
        patch(MAP, {"data": {"still": "here"}}),
        patch(MAP, {"metadata": {"finalizers": ["example.com/stay", "example.com/new"]}}),
        patch(MAP, {"metadata": {"finalizers": ["example.com/stay"]}}),
        post(MAPS, config_map()),
        apply(MAP, config_map(data={"x": "y"})),
        patch(MAP, {"metadata": {"finalizers": None}}),
        get(MAP),
    ),
    script(
        "preconditions",
        post(MAPS, config_map()),
        delete(MAP, {"preconditions": {"uid": "00000000-0000-4000-8000-000000000000"}}),
        delete(MAP, {"preconditions": {"resourceVersion": "1"}}),
        delete(MAP, {"propagationPolicy": "Sideways"}),
        delete(MAP, {"propagationPolicy": "Foreground", "orphanDependents": True}),
        delete(MAP, {"gracePeriodSeconds": -7}),
        delete(MAP, {"preconditions": {"uid": "$0.metadata.uid"}}),
        get(MAP),
    ),
    script(
        "a Pod is deleted with grace",
        post(f"{CORE}/pods", pod(nodeName="nowhere", serviceAccountName="default")),
        delete(f"{CORE}/pods/task", {"gracePeriodSeconds": 20}),
        delete(f"{CORE}/pods/task", {"gracePeriodSeconds": 30}),
        delete(f"{CORE}/pods/task", {"gracePeriodSeconds": 5}),
        delete(f"{CORE}/pods/task", {"gracePeriodSeconds": 0}),
        get(f"{CORE}/pods/task"),
    ),
    script(
        "deletecollection",
        *(post(MAPS, config_map(name, labels={"of": "many"})) for name in "ab"),
        post(MAPS, config_map("c", labels={"of": "one"})),
        delete(MAPS, labelSelector="of=many"),
        get(MAPS, labelSelector="of"),
    ),
)
