"""Lists, selectors, pages and watches."""

from __future__ import annotations

from conformance.catalogue.objects import config_map
from conformance.catalogue.steps import CORE, MAP, MAPS, delete, get, patch, post, script, watch
from conformance.scripts import MERGE, Step

READING = (
    script(
        "selectors",
        post(MAPS, config_map("a", labels={"tier": "front", "size": "1", "of": "it"})),
        post(MAPS, config_map("b", labels={"tier": "back", "of": "it"})),
        post(MAPS, config_map("c", labels={"of": "it"})),
        get(MAPS, labelSelector="tier=front"),
        get(MAPS, labelSelector="tier!=front,tier"),
        get(MAPS, labelSelector="tier in (front, back)"),
        get(MAPS, labelSelector="tier notin (front),of"),
        get(MAPS, labelSelector="!tier,of"),
        get(MAPS, labelSelector="size>0"),
        get(MAPS, labelSelector="tier=="),
        get(MAPS, labelSelector="tier in front"),
        get(MAPS, fieldSelector="metadata.name=b"),
        get(MAPS, fieldSelector="metadata.name!=b,metadata.name!=kube-root-ca.crt"),
        get(MAPS, fieldSelector="data.colour=red"),
        get(MAPS, fieldSelector="metadata.namespace={ns},metadata.name=a"),
    ),
    script(
        "pages",
        *(post(MAPS, config_map(name, labels={"of": "pages"})) for name in "abcde"),
        get(MAPS, labelSelector="of=pages", limit="2"),
        get(f"{CORE}/secrets", limit="2"),
        get(f"{CORE}/secrets", limit="-1"),
        get(f"{CORE}/secrets", limit="two"),
        get(f"{CORE}/secrets", **{"continue": "nonsense"}),
    ),
    script(
        "watches",
        post(MAPS, config_map("a", labels={"of": "watch"})),
        patch(f"{MAPS}/a", {"data": {"x": "1"}}),
        post(MAPS, config_map("b", labels={"of": "watch"})),
        patch(f"{MAPS}/a", {"metadata": {"labels": {"of": "else"}}}),
        delete(f"{MAPS}/b"),
        watch(
            MAPS,
            4,
            resourceVersion="$0.metadata.resourceVersion",
            labelSelector="of=watch",
        ),
        watch(
            MAPS,
            2,
            resourceVersion="$0.metadata.resourceVersion",
            fieldSelector="metadata.name=a",
        ),
        get(MAPS, watch="true", resourceVersion="nonsense", timeoutSeconds="1"),
        get(MAPS, resourceVersion="999999999", resourceVersionMatch="Exact"),
        get(MAPS, resourceVersionMatch="Exact"),
        get(MAPS, resourceVersion="nonsense"),
    ),
    script(
        "what is not there",
        get(MAP),
        get("/api/v1/nothings"),
        get("/apis/none.example/v1"),
        get("/nowhere"),
        get("/api/v1/namespaces/nowhere-at-all/configmaps"),
        get("/api/v1/namespaces/nowhere-at-all"),
        Step(method="PUT", path=MAPS, body={}),
        Step(method="POST", path=MAP, body={}),
        Step(method="PATCH", path=MAPS, body={}, content_type=MERGE),
        post("/api/v1/configmaps", config_map()),
    ),
)
