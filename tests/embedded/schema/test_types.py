from __future__ import annotations

from tests.embedded.schema.kinds import custom, struct

from tenter.embedded.schema import Shape, Types, document


def test_every_built_in_kind_can_be_made() -> None:
    types = Types.load()
    kinds = types.kinds()
    assert ("apps", "v1", "Deployment") in kinds
    assert all(types.of(*kind) is not None for kind in kinds)


def test_an_unknown_kind_has_no_type() -> None:
    assert Types.load().of("apps", "v1", "Nothing") is None


def test_every_root_has_metadata() -> None:
    types = Types.load()
    lacking = [k for k in types.kinds() if "metadata" not in getattr(types.of(*k), "fields", {})]
    assert lacking == []


def test_lists_know_how_they_merge() -> None:
    pod_spec = struct("v1", "Pod").fields["spec"]
    containers = pod_spec.fields["containers"]
    assert (containers.keys, containers.merge_key) == (("name",), "name")
    assert containers.element is not None
    ports = containers.element.fields["ports"]
    assert (ports.keys, ports.merge_key) == (("containerPort", "protocol"), "containerPort")
    assert containers.element.fields["args"].atomic
    assert struct("v1", "Pod").fields["metadata"].fields["finalizers"].unique


def test_selectors_are_atomic() -> None:
    assert struct("apps/v1", "Deployment").fields["spec"].fields["selector"].atomic
    assert struct("v1", "Service").fields["spec"].fields["selector"].atomic


def test_a_schema_of_schemas_contains_itself() -> None:
    spec = struct("apiextensions.k8s.io/v1", "CustomResourceDefinition").fields["spec"]
    version = spec.fields["versions"].element
    assert version is not None
    schema = version.fields["schema"].fields["openAPIV3Schema"]
    properties = schema.fields["properties"].element
    assert properties is not None
    assert properties.fields["properties"].element is properties


def test_a_custom_kind_reads_its_schema() -> None:
    type_ = custom(
        {
            "type": "object",
            "x-kubernetes-map-type": "atomic",
            "properties": {
                "port": {"x-kubernetes-int-or-string": True},
                "tags": {
                    "type": "array",
                    "x-kubernetes-list-type": "set",
                    "items": {"type": "string"},
                },
                "extra": {"type": "object", "additionalProperties": {"type": "integer"}},
                "any": {"x-kubernetes-preserve-unknown-fields": True},
                "pod": {"type": "object", "x-kubernetes-embedded-resource": True},
            },
        }
    )
    spec = type_.fields["spec"]
    assert spec.atomic
    assert {name: field.shape for name, field in spec.fields.items()} == {
        "port": Shape.INT_OR_STRING,
        "tags": Shape.LIST,
        "extra": Shape.MAP,
        "any": Shape.ANY,
        "pod": Shape.OBJECT,
    }
    assert spec.fields["tags"].unique
    assert "metadata" in spec.fields["pod"].fields
    assert "finalizers" in type_.fields["metadata"].fields


def test_an_openapi_document_refers_only_to_what_it_holds() -> None:
    types = Types.load()
    found = [t for k in types.kinds() if k[0] == "apps" and (t := types.of(*k)) is not None]
    schemas = document("apps", "v1", found)["components"]["schemas"]
    references: set[str] = set()

    def collect(node: object) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                references.add(node["$ref"].rpartition("/")[2])
            for value in node.values():
                collect(value)
        elif isinstance(node, list):
            for value in node:
                collect(value)

    collect(schemas)
    assert references
    assert references <= schemas.keys()


def test_an_openapi_document_tells_kinds_and_merge_keys() -> None:
    schemas = document("apps", "v1", [struct("apps/v1", "Deployment")])["components"]["schemas"]
    kind = schemas["io.k8s.api.apps.v1.Deployment"]["x-kubernetes-group-version-kind"]
    assert kind == [{"group": "apps", "kind": "Deployment", "version": "v1"}]
    containers = schemas["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"]
    assert containers["x-kubernetes-patch-merge-key"] == "name"
    assert containers["x-kubernetes-patch-strategy"] == "merge"
