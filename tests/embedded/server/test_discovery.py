from tests.embedded.server.api import running

from tenter.embedded.resources import BUILT_IN
from tenter.embedded.schema import Types


async def test_classic_discovery_names_groups_versions_and_resources() -> None:
    async with running() as api:
        core = await api.get("/api")
        groups = await api.get("/apis")
        group = await api.get("/apis/apps")
        resources = await api.get("/apis/apps/v1")
    assert core.body["versions"] == ["v1"]
    assert "batch" in [entry["name"] for entry in groups.body["groups"]]
    assert group.body["preferredVersion"]["groupVersion"] == "apps/v1"
    names = [entry["name"] for entry in resources.body["resources"]]
    assert {"deployments", "deployments/scale", "deployments/status"} <= set(names)


async def test_aggregated_discovery_of_the_core_group_is_apart() -> None:
    accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    async with running() as api:
        core = await api.get("/api", accept=accept)
        others = await api.get("/apis", accept=accept)
    assert [item["metadata"] for item in core.body["items"]] == [{}]
    assert {} not in [item["metadata"] for item in others.body["items"]]


async def test_every_stored_kind_has_a_type() -> None:
    types = Types.load()
    without = [row.name for row in BUILT_IN if types.of(row.group, row.version, row.kind) is None]
    assert without == []


async def test_the_server_tells_its_version_and_that_it_is_ready() -> None:
    async with running() as api:
        version = await api.get("/version")
        ready = await api.get("/readyz")
    assert version.body["gitVersion"].startswith("v1.")
    assert (ready.status, ready.body) == (200, b"ok")


async def test_openapi_says_that_patches_take_field_validation() -> None:
    async with running() as api:
        index = await api.get("/openapi/v3")
        path = index.body["paths"]["apis/apps/v1"]["serverRelativeURL"].partition("?")[0]
        document = await api.get(path)
    patch = document.body["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]
    parameters = [parameter["name"] for parameter in patch["patch"]["parameters"]]
    assert "fieldValidation" in parameters


async def test_the_older_openapi_document_has_every_definition() -> None:
    async with running() as api:
        document = (await api.get("/openapi/v2")).body
    job = document["definitions"]["io.k8s.api.batch.v1.Job"]
    assert document["swagger"] == "2.0"
    assert job["properties"]["spec"]["$ref"] == "#/definitions/io.k8s.api.batch.v1.JobSpec"
    assert "#/components" not in str(document)


async def test_the_older_openapi_document_is_given_in_protobuf_to_who_asks_for_it() -> None:
    accept = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
    async with running() as api:
        answer = await api.get("/openapi/v2", accept=accept)
    assert answer.headers["content-type"].startswith("application/com.github.proto-openapi")
    # Field 1, a string of three bytes: the version; then field 2, the title and version.
    assert answer.body[:5] == b"\x0a\x032.0"
    assert b"io.k8s.api.batch.v1.JobSpec" in answer.body
