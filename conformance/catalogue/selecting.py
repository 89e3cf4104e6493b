"""Selectors of fields, kind by kind, and pages of several sizes."""

from __future__ import annotations

from typing import Any

from conformance.catalogue.objects import config_map, job, pod
from conformance.catalogue.steps import BATCH, CORE, MAPS, get, patch, post, script, watch
from conformance.scripts import Step

_PODS, _SECRETS, _EVENTS = f"{CORE}/pods", f"{CORE}/secrets", f"{CORE}/events"

_OWN: dict[str, Any] = {
    "serviceAccountName": "default",
    "automountServiceAccountToken": False,
}


def _event(name: str, about: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": name},
        "involvedObject": {"kind": "Pod", "name": about, "namespace": "{ns}"},
        "reason": "Told",
        "type": "Normal",
    }


SELECTING = (
    script(
        "field selectors",
        post(_PODS, pod("a", nodeName="nowhere", **_OWN)),
        post(_PODS, pod("b", restartPolicy="Never", **_OWN)),
        patch(f"{_PODS}/a/status", {"status": {"phase": "Running"}}),
        get(_PODS, fieldSelector="spec.nodeName=nowhere"),
        get(_PODS, fieldSelector="spec.nodeName="),
        get(_PODS, fieldSelector="spec.nodeName!=nowhere"),
        get(_PODS, fieldSelector="status.phase=Running"),
        get(_PODS, fieldSelector="status.phase!=Running,spec.restartPolicy=Never"),
        get(_PODS, fieldSelector="spec.serviceAccountName==default,metadata.name=b"),
        get(_PODS, fieldSelector="spec.containers=main"),
        get(_PODS, fieldSelector="status.phase>Running"),
        get(_PODS, fieldSelector="nonsense"),
        watch(
            _PODS,
            2,
            resourceVersion="$0.metadata.resourceVersion",
            fieldSelector="status.phase=Pending",
        ),
    ),
    script(
        "field selectors of other kinds",
        post(_SECRETS, {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}}),
        post(
            _SECRETS,
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": "b"},
                "type": "example.com/own",
            },
        ),
        get(_SECRETS, fieldSelector="type=example.com/own"),
        get(_SECRETS, fieldSelector="type!=example.com/own,metadata.name=a"),
        get(_SECRETS, fieldSelector="data.a=b"),
        post(_EVENTS, _event("one", "a")),
        post(_EVENTS, _event("two", "b")),
        get(_EVENTS, fieldSelector="involvedObject.name=a,involvedObject.kind=Pod"),
        get(_EVENTS, fieldSelector="reason=Told,involvedObject.name!=a"),
        get(_EVENTS, fieldSelector="message=x"),
        post(f"{BATCH}/jobs", job("a", suspend=True)),
        get(f"{BATCH}/jobs", fieldSelector="status.successful=0"),
        get(f"{BATCH}/jobs", fieldSelector="status.successful=1"),
        get(f"{BATCH}/jobs", fieldSelector="status.failed=0"),
        get("/api/v1/namespaces", fieldSelector="metadata.name={ns},status.phase=Active"),
        get("/api/v1/namespaces", fieldSelector="metadata.name={ns},status.phase=Terminating"),
        get("/api/v1/namespaces", fieldSelector="spec.finalizers=kubernetes"),
    ),
    script(
        "label selectors that are odd",
        post(MAPS, config_map("a", labels={"example.com/tier": "", "n": "5"})),
        get(MAPS, labelSelector="example.com/tier"),
        get(MAPS, labelSelector="example.com/tier="),
        get(MAPS, labelSelector="example.com/tier in ()"),
        get(MAPS, labelSelector="example.com/tier in (,x)"),
        get(MAPS, labelSelector=" n = 5 , example.com/tier "),
        get(MAPS, labelSelector="n>4,n<6"),
        get(MAPS, labelSelector="n>x"),
        get(MAPS, labelSelector="n in (5"),
        get(MAPS, labelSelector="a/b/c=d"),
        get(MAPS, labelSelector="n=not a value"),
        get(MAPS, labelSelector="n=" + "x" * 64),
        get(MAPS, labelSelector=",n=5"),
        get(MAPS, labelSelector="n=5,"),
        get(MAPS, labelSelector="n=5,n!=5"),
        get(MAPS, labelSelector="n,n notin (1,2),!m"),
    ),
    script(
        "all pages of a list",
        *(
            post(_SECRETS, {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}})
            for name in "abcde"
        ),
        get(_SECRETS, limit="2"),
        get(_SECRETS, limit="2", **{"continue": "$5.metadata.continue"}),
        get(_SECRETS, limit="2", **{"continue": "$6.metadata.continue"}),
        get(_SECRETS, limit="5"),
        # What is asked of any version may lag behind.
        Step(
            method="GET",
            path=_SECRETS,
            query={"limit": "4", "resourceVersion": "0"},
            until="items.4.metadata.name=e",
        ),
        get(
            _SECRETS,
            limit="2",
            resourceVersion="1",
            **{"continue": "$5.metadata.continue"},
        ),
        get("/api/v1/secrets", limit="1", fieldSelector="metadata.namespace={ns}"),
    ),
)
