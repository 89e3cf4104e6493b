from tests.embedded.server.api import (
    DEFINITIONS,
    MERGE,
    STRATEGIC,
    TABLE,
    WIDGETS,
    Api,
    definition,
    running,
    widget,
)

NAME = "widgets.example.com"


async def defined(api: Api, **version: object) -> None:
    await api.made(DEFINITIONS, definition(**version))
    await api.settled()


async def test_a_definition_is_established_and_its_kind_served() -> None:
    async with running() as api:
        before = await api.get(WIDGETS)
        await defined(api)
        found = await api.get(f"{DEFINITIONS}/{NAME}")
        after = await api.get(WIDGETS)
    conditions = {c["type"]: c["status"] for c in found.body["status"]["conditions"]}
    assert conditions == {"NamesAccepted": "True", "Established": "True"}
    assert found.body["status"]["storedVersions"] == ["v1"]
    assert (before.status, after.status) == (404, 200)


async def test_a_custom_resource_is_checked_by_its_schema() -> None:
    async with running() as api:
        await defined(api)
        wrong = await api.post(WIDGETS, widget(size="large"))
        missing = await api.post(WIDGETS, {**widget(), "spec": {}})
        strict = await api.post(WIDGETS, widget(shape="round"), fieldValidation="Strict")
        pruned = await api.post(WIDGETS, widget(shape="round"))
    assert (wrong.status, wrong.body["reason"]) == (422, "Invalid")
    assert (missing.status, missing.body["reason"]) == (422, "Invalid")
    assert strict.status == 400
    assert 'unknown field "spec.shape"' in strict.body["message"]
    assert pruned.body["spec"] == {"size": 1}


async def test_a_custom_resource_has_its_status_apart_and_counts_generations() -> None:
    async with running() as api:
        await defined(api)
        made = await api.made(WIDGETS, {**widget(), "status": {"phase": "Mine"}})
        status = await api.patch(f"{WIDGETS}/w/status", {"status": {"phase": "Ready"}}, MERGE)
        changed = await api.patch(f"{WIDGETS}/w", {"spec": {"size": 2}}, MERGE)
    assert "status" not in made
    assert status.body["status"] == {"phase": "Ready"}
    generations = [item["metadata"]["generation"] for item in (made, status.body, changed.body)]
    assert generations == [1, 1, 2]


async def test_without_a_status_subresource_the_status_is_written_with_the_rest() -> None:
    async with running() as api:
        await defined(api, subresources={})
        made = await api.made(WIDGETS, {**widget(), "status": {"phase": "Mine"}})
        below = await api.get(f"{WIDGETS}/w/status")
    assert made["status"] == {"phase": "Mine"}
    assert below.status == 404


async def test_a_custom_resource_takes_no_strategic_patch_and_no_put_without_a_version() -> None:
    async with running() as api:
        await defined(api)
        await api.made(WIDGETS, widget())
        patched = await api.patch(f"{WIDGETS}/w", {"spec": {"size": 2}}, STRATEGIC)
        replaced = await api.put(f"{WIDGETS}/w", widget())
    assert (patched.status, replaced.status) == (415, 422)


async def test_a_definition_takes_its_objects_with_it() -> None:
    async with running() as api:
        await defined(api)
        made = widget()
        made["metadata"]["finalizers"] = ["a/hold"]
        await api.made(WIDGETS, made)
        await api.delete(f"{DEFINITIONS}/{NAME}")
        await api.settled()
        held = await api.get(f"{DEFINITIONS}/{NAME}")
        await api.patch(f"{WIDGETS}/w", {"metadata": {"finalizers": None}}, MERGE)
        await api.settled()
        gone = await api.get(f"{DEFINITIONS}/{NAME}")
        unserved = await api.get(WIDGETS)
    assert (held.status, gone.status, unserved.status) == (200, 404, 404)


async def test_every_served_version_shows_the_same_objects() -> None:
    async with running() as api:
        body = definition()
        first = body["spec"]["versions"][0]
        body["spec"]["versions"].append({**first, "name": "v1beta1", "storage": False})
        body["spec"]["versions"].append(
            {**first, "name": "v1alpha1", "storage": False, "served": False}
        )
        await api.made(DEFINITIONS, body)
        await api.settled()
        beta = WIDGETS.replace("/v1/", "/v1beta1/")
        await api.made(beta, {**widget(), "apiVersion": "example.com/v1beta1"})
        found = await api.get(f"{WIDGETS}/w")
        older = await api.get(f"{beta}/w")
        listed = await api.get(beta)
        unserved = await api.get(WIDGETS.replace("/v1/", "/v1alpha1/"))
    assert found.body["apiVersion"] == "example.com/v1"
    assert older.body["apiVersion"] == "example.com/v1beta1"
    assert listed.body["items"][0]["apiVersion"] == "example.com/v1beta1"
    assert unserved.status == 404


async def test_a_definition_shows_its_own_columns() -> None:
    columns = [
        {"name": "Size", "type": "integer", "jsonPath": ".spec.size"},
        {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
    ]
    async with running() as api:
        await defined(api, additionalPrinterColumns=columns)
        await api.made(WIDGETS, widget())
        api.clock.time += 5
        answer = await api.get(WIDGETS, accept=TABLE)
    assert [column["name"] for column in answer.body["columnDefinitions"]] == [
        "Name",
        "Size",
        "Age",
    ]
    assert answer.body["rows"][0]["cells"] == ["w", 1, "5s"]


async def test_a_definition_without_a_fitting_name_or_storage_is_invalid() -> None:
    async with running() as api:
        misnamed = definition()
        misnamed["metadata"]["name"] = "gadgets.example.com"
        homeless = definition(storage=False)
        answers = [await api.post(DEFINITIONS, body) for body in (misnamed, homeless)]
    assert [answer.status for answer in answers] == [422, 422]
    assert "metadata.name" in answers[0].body["message"]
    assert "exactly one version marked as storage version" in answers[1].body["message"]


async def test_a_new_version_of_the_schema_holds_at_once() -> None:
    async with running() as api:
        await defined(api)
        found = (await api.get(f"{DEFINITIONS}/{NAME}")).body
        schema = found["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
        schema["properties"]["spec"]["properties"]["shape"] = {"type": "string"}
        await api.put(f"{DEFINITIONS}/{NAME}", found)
        answer = await api.post(WIDGETS, widget(shape="round"), fieldValidation="Strict")
    assert answer.status == 201


async def test_discovery_tells_of_the_kind_while_it_is_served() -> None:
    accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    async with running() as api:
        await defined(api)
        aggregated = await api.get("/apis", accept=accept)
        classic = await api.get("/apis/example.com/v1")
    groups = {item["metadata"]["name"]: item for item in aggregated.body["items"]}
    resource = groups["example.com"]["versions"][0]["resources"][0]
    assert (resource["resource"], resource["scope"]) == ("widgets", "Namespaced")
    assert resource["subresources"][0]["subresource"] == "status"
    assert aggregated.headers["content-type"] == accept
    assert [entry["name"] for entry in classic.body["resources"]] == ["widgets", "widgets/status"]
