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
