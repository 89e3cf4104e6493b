"""Objects of kinds that CustomResourceDefinitions define: versions, schemas, subresources."""

from __future__ import annotations

from typing import Any

from conformance.catalogue.steps import CRDS, apply, delete, get, patch, post, put, script
from conformance.scripts import APPLY, JSON_PATCH, STRATEGIC, Step

_CRD = f"{CRDS}/boats.{{ns}}.example"
_BOATS = "/apis/{ns}.example/v1/namespaces/{ns}/boats"
_BOAT = f"{_BOATS}/ark"

_SPEC = {
    "type": "object",
    "required": ["length"],
    "properties": {
        "length": {"type": "integer", "minimum": 1, "maximum": 100},
        "name": {"type": "string", "maxLength": 5, "pattern": "^[a-z]*$"},
        "colour": {"type": "string", "enum": ["red", "blue"], "default": "red"},
        "sails": {
            "type": "array",
            "maxItems": 3,
            "items": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string"},
                    "area": {"type": "number", "default": 1.5},
                },
            },
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
        },
        "ports": {
            "type": "array",
            "items": {"type": "string"},
            "x-kubernetes-list-type": "set",
        },
        "cargo": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "crew": {"type": "object", "additionalProperties": {"type": "integer"}},
        "depth": {"x-kubernetes-int-or-string": True},
        "anchor": {"type": "string", "nullable": True},
        "engine": {
            "type": "object",
            "default": {},
            "properties": {"power": {"type": "integer", "default": 10}},
        },
    },
}
_STATUS = {
    "type": "object",
    "properties": {"afloat": {"type": "boolean"}, "crew": {"type": "integer"}},
}


def _definition(*versions: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "boats.{ns}.example"},
        "spec": {
            "group": "{ns}.example",
            "scope": "Namespaced",
            "names": {"plural": "boats", "singular": "boat", "kind": "Boat", "shortNames": ["bo"]},
            "versions": list(versions) or [_version()],
            **spec,
        },
    }


def _version(name: str = "v1", **more: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"spec": _SPEC, "status": _STATUS}}
    return {
        "name": name,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        **more,
    }


def _boat(called: str = "ark", version: str = "v1", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": f"{{ns}}.example/{version}",
        "kind": "Boat",
        "metadata": {"name": called},
        "spec": {"length": 10, **spec},
    }


def _defined(definition: dict[str, Any]) -> tuple[Step, ...]:
    """Return the creation of a definition, and the wait until its objects are served."""
    return (
        post(CRDS, definition),
        Step(method="GET", path=_CRD, until="status.conditions.1.status=True"),
        Step(method="GET", path=_BOATS, until="200"),
    )


EXTENDING = (
    script(
        "custom objects",
        *_defined(_definition()),
        post(_BOATS, _boat()),
        post(_BOATS, _boat()),
        get(_BOAT),
        get(_BOATS),
        put(_BOAT, _boat()),
        patch(_BOAT, {"spec": {"length": 20, "crew": {"noah": 600}}}),
        patch(_BOAT, [{"op": "add", "path": "/spec/crew/shem", "value": 98}], JSON_PATCH),
        patch(_BOAT, {"spec": {"length": 1}}, STRATEGIC),
        patch(_BOAT, {"spec": {"crew": None}}),
        get(f"{_BOAT}/status"),
        get(f"{_BOAT}/scale"),
        delete(_BOAT),
        get(_BOAT),
        get("/apis/{ns}.example/v1/namespaces/{ns}/ships"),
        get("/apis/{ns}.example/v2/namespaces/{ns}/boats"),
        post("/apis/{ns}.example/v1/boats", _boat()),
        get("/apis/{ns}.example/v1/boats"),
        post(_BOATS, {**_boat(), "kind": "Ship"}),
        post(_BOATS, {**_boat(), "apiVersion": "v1"}),
        post(_BOATS, {"metadata": {"name": "bare"}}),
        post(_BOATS, _boat("Not A Name")),
        post(_BOATS, "this is no JSON"),
        delete(_BOATS),
    ),
    script(
        "schemas of custom objects",
        *_defined(_definition()),
        post(_BOATS, {**_boat(), "spec": {}}),
        post(_BOATS, _boat(length=0)),
        post(_BOATS, _boat(length=101)),
        post(_BOATS, _boat(length="long")),
        post(_BOATS, _boat(length=1.5)),
        post(_BOATS, _boat(name="Ark")),
        post(_BOATS, _boat(name="arkarkark")),
        post(_BOATS, _boat(colour="green")),
        post(_BOATS, _boat(sails=[{"area": 1}])),
        post(_BOATS, _boat(sails=[{"name": "a"}, {"name": "a"}])),
        post(_BOATS, _boat(sails=[{"name": n} for n in "abcd"])),
        post(_BOATS, _boat(ports=["a", "a"])),
        post(_BOATS, _boat(crew={"noah": "old"})),
        post(_BOATS, _boat(depth=1.5)),
        post(_BOATS, _boat(anchor=None, colour=None, name=None)),
        post(_BOATS, _boat("b", name="x", length=0, colour="green")),
        post(_BOATS, {**_boat("c"), "spec": "text"}),
        post(_BOATS, {**_boat("d"), "metadata": {"name": "d", "labels": {"a": 1}}}),
        post(_BOATS, _boat("e", depth="deep", anchor=None)),
        put(f"{_BOATS}/e", {**_boat("e", length=0), "metadata": "$21.metadata"}),
        patch(f"{_BOATS}/e", {"spec": {"length": 0}}),
        apply(f"{_BOATS}/e", _boat("e", length=0)),
    ),
    script(
        "defaults and pruning of custom objects",
        *_defined(_definition()),
        post(
            _BOATS,
            {
                **_boat(
                    wheels=4,
                    cargo={"lions": 2, "deep": {"er": None}},
                    sails=[{"name": "a", "hue": "white"}, {"name": "b", "area": 2}],
                    engine={"power": None, "fuel": "none"},
                ),
                "extra": {"at": "the root"},
            },
        ),
        post(_BOATS, _boat("strict", wheels=4), fieldValidation="Strict"),
        post(_BOATS, _boat("warned", wheels=4), fieldValidation="Warn"),
        post(_BOATS, _boat("ignored", wheels=4), fieldValidation="Ignore"),
        patch(_BOAT, {"spec": {"wheels": 4}}, fieldValidation="Strict"),
        patch(_BOAT, {"spec": {"cargo": {"goats": 2}, "colour": None}}),
        apply(_BOAT, _boat(wheels=4)),
        apply(_BOAT, _boat(wheels=4), fieldValidation="Ignore"),
        apply(f"{_BOATS}/new", _boat("new", engine={})),
        get(_BOATS),
    ),
    script(
        "apply to custom objects",
        *_defined(_definition(_version(subresources={"status": {}}))),
        apply(_BOAT, _boat(sails=[{"name": "a"}], ports=["x"]), "one"),
        apply(_BOAT, _boat(sails=[{"name": "b"}], ports=["y"]), "two"),
        apply(_BOAT, _boat(length=11), "two"),
        apply(_BOAT, _boat(length=11), "two", force="true"),
        apply(_BOAT, _boat(length=11, sails=[{"name": "a"}], crew={"noah": 1}), "one"),
        apply(_BOAT, _boat(length=11), "one"),
        apply(_BOAT, _boat(length=11, colour="blue"), "three"),
        apply(_BOAT, _boat(sails=[{"name": "c"}, {"name": "c"}], length=11), "one"),
        apply(_BOAT, _boat(sails=[{"area": 3}], length=11), "one"),
        patch(_BOAT, {"spec": {"sails": [{"name": "z"}]}}, fieldManager="four"),
        get(_BOAT),
    ),
    script(
        "status and scale of custom objects",
        *_defined(
            _definition(
                _version(
                    subresources={
                        "status": {},
                        "scale": {
                            "specReplicasPath": ".spec.length",
                            "statusReplicasPath": ".status.crew",
                        },
                    }
                )
            )
        ),
        post(_BOATS, {**_boat(), "status": {"afloat": True}}),
        patch(_BOAT, {"status": {"afloat": True}}),
        patch(
            f"{_BOAT}/status",
            {
                "metadata": {"labels": {"a": "b"}},
                "spec": {"length": 99},
                "status": {"afloat": True, "crew": 8, "wet": "yes"},
            },
        ),
        patch(f"{_BOAT}/status", {"status": {"afloat": "partly"}}),
        put(f"{_BOAT}/status", {**_boat(), "status": {"afloat": False}}),
        apply(
            f"{_BOAT}/status",
            {
                "apiVersion": "{ns}.example/v1",
                "kind": "Boat",
                "metadata": {"name": "ark"},
                "status": {"crew": 9},
            },
            "counter",
            force="true",
        ),
        get(f"{_BOAT}/scale"),
        patch(f"{_BOAT}/scale", {"spec": {"replicas": 30}}),
        patch(f"{_BOAT}/scale", {"spec": {"replicas": 3000}}),
        get(_BOAT),
    ),
    script(
        "several versions of one kind",
        *_defined(
            _definition(
                _version(),
                _version(
                    "v1beta1",
                    storage=False,
                    deprecated=True,
                    schema={
                        "openAPIV3Schema": {
                            "type": "object",
                            "x-kubernetes-preserve-unknown-fields": True,
                        }
                    },
                ),
                _version("v0", served=False, storage=False),
            )
        ),
        post(_BOATS, _boat()),
        get("/apis/{ns}.example/v1beta1/namespaces/{ns}/boats/ark"),
        get("/apis/{ns}.example/v0/namespaces/{ns}/boats/ark"),
        post(
            "/apis/{ns}.example/v1beta1/namespaces/{ns}/boats", _boat("raft", "v1beta1", wheels=4)
        ),
        get(f"{_BOATS}/raft"),
        patch("/apis/{ns}.example/v1beta1/namespaces/{ns}/boats/ark", {"spec": {"length": 30}}),
        post(_BOATS, _boat("dinghy", "v1beta1")),
        apply(
            "/apis/{ns}.example/v1beta1/namespaces/{ns}/boats/ark",
            _boat(version="v1beta1", length=31),
            "one",
            force="true",
        ),
        apply(_BOAT, _boat(length=32), "one", force="true"),
        get("/apis/{ns}.example/v1beta1/namespaces/{ns}/boats"),
        # Which kinds there are is told a moment after they are served.
        Step(method="GET", path="/apis/{ns}.example/v1", until="resources.0.name=boats"),
        Step(method="GET", path="/apis/{ns}.example", until="versions.1.version=v1beta1"),
    ),
    script(
        "a definition changes and ends",
        *_defined(_definition()),
        post(_BOATS, {**_boat(), "metadata": {"name": "ark", "finalizers": ["example.com/stay"]}}),
        post(CRDS, _definition()),
        patch(_CRD, {"spec": {"scope": "Cluster"}}),
        patch(_CRD, {"spec": {"names": {"kind": "Ship"}}}),
        patch(_CRD, {"spec": {"group": "other.example"}}),
        patch(_CRD, {"metadata": {"labels": {"a": "b"}}}),
        patch(_CRD, {"spec": {"versions": [_version("v2")]}}),
        patch(_CRD, {"spec": {"versions": [_version("v2"), _version(storage=False)]}}),
        Step(
            method="GET",
            path="/apis/{ns}.example/v2/namespaces/{ns}/boats/ark",
            until="200",
        ),
        delete(_CRD),
        Step(method="GET", path=_BOAT, until="metadata.deletionGracePeriodSeconds=0"),
        patch(_BOAT, {"metadata": {"finalizers": None}}),
        Step(method="GET", path=_CRD, until="404"),
        Step(method="GET", path=_BOATS, until="404"),
    ),
    script(
        "definitions that are incomplete",
        *(
            post(CRDS, _definition(_version(schema={"openAPIV3Schema": schema})))
            for schema in (
                {},
                {"properties": {"spec": {"type": "object"}}},
                {"type": "object", "properties": {"spec": {}}},
                {"type": "object", "properties": {"spec": {"type": "array"}}},
                {"type": "object", "properties": {"spec": {"type": "array", "items": {}}}},
                {"type": "object", "properties": {"spec": {"type": "thing"}}},
                {"type": "object", "additionalProperties": {"type": "string"}},
                {
                    "type": "object",
                    "properties": {
                        "spec": {
                            "type": "object",
                            "properties": {"a": {"type": "string"}},
                            "additionalProperties": {"type": "string"},
                        }
                    },
                },
            )
        ),
        post(CRDS, _definition(_version(), _version())),
        post(CRDS, _definition(_version(), _version("v2"))),
        post(CRDS, _definition(scope="Somewhere")),
        post(CRDS, _definition(group="plain")),
        post(CRDS, _definition(names={"plural": "boats", "kind": "Boat Of Mine"})),
        post(CRDS, _definition(names={"plural": "boats"})),
        post(CRDS, _definition(names={"plural": "boats", "kind": "Boat", "listKind": "Boat"})),
        post(CRDS, _definition(preserveUnknownFields=True)),
        post(CRDS, _definition(conversion={"strategy": "Magic"})),
        patch(_CRD, _definition(), APPLY, fieldManager="one", dryRun="All"),
    ),
)
