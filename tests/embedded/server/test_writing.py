import pytest
from tests.embedded.server.api import (
    CONFIG_MAPS,
    DEPLOYMENTS,
    JSON_PATCH,
    MERGE,
    PODS,
    STRATEGIC,
    config_map,
    deployment,
    pod,
    running,
)


async def test_a_created_object_gets_its_identity_from_the_server() -> None:
    async with running() as api:
        answer = await api.post(CONFIG_MAPS, config_map(uid="mine", generation=9))
        metadata = answer.body["metadata"]
    assert answer.status == 201
    assert metadata["creationTimestamp"] == "2023-11-14T22:13:20Z"
    assert len(metadata["uid"]) == 36
    assert "generation" not in metadata


async def test_one_seed_gives_the_same_identities() -> None:
    uids = []
    for _ in range(2):
        async with running(seed=7) as api:
            uids.append((await api.made(CONFIG_MAPS, config_map()))["metadata"]["uid"])
    assert uids[0] == uids[1]


async def test_a_generated_name_is_its_prefix_and_five_letters() -> None:
    async with running() as api:
        body = config_map()
        body["metadata"] = {"generateName": "job-"}
        names = {(await api.made(CONFIG_MAPS, body))["metadata"]["name"] for _ in range(3)}
    assert len(names) == 3
    assert all(name.startswith("job-") and len(name) == 9 for name in names)


async def test_a_long_generated_prefix_is_cut_so_that_the_name_fits() -> None:
    async with running() as api:
        body = config_map()
        body["metadata"] = {"generateName": "x" * 80}
        name = (await api.made(CONFIG_MAPS, body))["metadata"]["name"]
    assert len(name) == 63


async def test_a_dry_run_answers_but_stores_nothing() -> None:
    async with running() as api:
        before = api.store.version
        created = await api.post(CONFIG_MAPS, config_map(), dryRun="All")
        found = await api.get(f"{CONFIG_MAPS}/a")
    assert (created.status, found.status, api.store.version) == (201, 404, before)


async def test_dry_runs_of_changes_and_deletions_leave_the_object() -> None:
    async with running() as api:
        made = await api.made(CONFIG_MAPS, config_map())
        patched = await api.patch(
            f"{CONFIG_MAPS}/a", {"data": {"key": "other"}}, MERGE, dryRun="All"
        )
        await api.delete(f"{CONFIG_MAPS}/a", dryRun="All")
        found = await api.get(f"{CONFIG_MAPS}/a")
    assert patched.body["data"] == {"key": "other"}
    assert found.body == made


async def test_a_put_with_an_old_version_conflicts() -> None:
    async with running() as api:
        made = await api.made(CONFIG_MAPS, config_map())
        await api.patch(f"{CONFIG_MAPS}/a", {"data": {"key": "other"}}, MERGE)
        answer = await api.put(f"{CONFIG_MAPS}/a", {**made, "data": {"key": "third"}})
    assert (answer.status, answer.body["reason"]) == (409, "Conflict")
    assert "the object has been modified" in answer.body["message"]


async def test_a_put_without_a_version_overwrites() -> None:
    async with running() as api:
        await api.made(CONFIG_MAPS, config_map())
        answer = await api.put(f"{CONFIG_MAPS}/a", config_map(data={"new": "1"}))
    assert (answer.status, answer.body["data"]) == (200, {"new": "1"})


async def test_a_write_with_another_uid_conflicts() -> None:
    async with running() as api:
        await api.made(CONFIG_MAPS, config_map())
        answer = await api.put(f"{CONFIG_MAPS}/a", config_map(uid="someone-else"))
    assert (answer.status, answer.body["reason"]) == (409, "Conflict")
    assert "UID in precondition: someone-else" in answer.body["message"]


async def test_a_write_that_changes_nothing_keeps_the_version() -> None:
    async with running() as api:
        made = await api.made(CONFIG_MAPS, config_map())
        api.clock.time += 60
        same = await api.put(f"{CONFIG_MAPS}/a", made)
        patched = await api.patch(f"{CONFIG_MAPS}/a", {"data": {"key": "value"}}, MERGE)
    assert made["metadata"]["resourceVersion"] == same.version == patched.version


async def test_the_generation_counts_changes_of_the_spec_alone() -> None:
    async with running() as api:
        path = f"{DEPLOYMENTS}/web"
        await api.made(DEPLOYMENTS, deployment())
        labelled = await api.patch(path, {"metadata": {"labels": {"a": "b"}}}, MERGE)
        status = await api.patch(f"{path}/status", {"status": {"replicas": 1}}, MERGE)
        scaled = await api.patch(path, {"spec": {"replicas": 3}}, MERGE)
    generations = [answer.body["metadata"]["generation"] for answer in (labelled, status, scaled)]
    assert generations == [1, 1, 2]


async def test_the_status_is_written_through_its_subresource_alone() -> None:
    async with running() as api:
        path = f"{DEPLOYMENTS}/web"
        made = await api.made(DEPLOYMENTS, {**deployment(), "status": {"replicas": 7}})
        main = await api.patch(path, {"status": {"replicas": 8}}, MERGE)
        body = {"status": {"replicas": 9}, "spec": {"replicas": 5}}
        below = await api.patch(f"{path}/status", body, MERGE)
    assert made["status"] == {}
    assert main.body["status"] == {}
    assert below.body["status"] == {"replicas": 9}
    assert below.body["spec"]["replicas"] == 1


async def test_the_scale_shows_and_sets_the_replicas() -> None:
    async with running() as api:
        await api.made(DEPLOYMENTS, deployment())
        before = await api.get(f"{DEPLOYMENTS}/web/scale")
        after = await api.patch(f"{DEPLOYMENTS}/web/scale", {"spec": {"replicas": 4}}, MERGE)
        found = await api.get(f"{DEPLOYMENTS}/web")
    assert before.body["spec"] == {"replicas": 1}
    assert before.body["status"]["selector"] == "app=web"
    assert after.body["spec"] == {"replicas": 4}
    assert found.body["spec"]["replicas"] == 4


async def test_a_strategic_patch_merges_containers_by_name() -> None:
    async with running() as api:
        await api.made(DEPLOYMENTS, deployment())
        containers = [{"name": "side", "image": "busybox"}]
        patch = {"spec": {"template": {"spec": {"containers": containers}}}}
        answer = await api.patch(f"{DEPLOYMENTS}/web", patch, STRATEGIC)
    found = answer.body["spec"]["template"]["spec"]["containers"]
    assert sorted(container["name"] for container in found) == ["main", "side"]


async def test_a_failed_test_in_a_json_patch_is_invalid_and_changes_nothing() -> None:
    async with running() as api:
        made = await api.made(CONFIG_MAPS, config_map())
        patch = [
            {"op": "replace", "path": "/data/key", "value": "x"},
            {"op": "test", "path": "/data/key", "value": "y"},
        ]
        answer = await api.patch(f"{CONFIG_MAPS}/a", patch, JSON_PATCH)
        found = await api.get(f"{CONFIG_MAPS}/a")
    assert (answer.status, answer.body["reason"]) == (422, "Invalid")
    assert found.body == made


async def test_a_body_may_be_yaml() -> None:
    async with running() as api:
        text = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {on: 'yes'}\n"
        answer = await api.post(CONFIG_MAPS, text, content_type="application/yaml")
    assert (answer.status, answer.body["metadata"]["name"]) == (201, "a")


async def test_apply_creates_then_configures_then_changes_nothing() -> None:
    async with running() as api:
        path = f"{CONFIG_MAPS}/a"
        first = await api.apply(path, config_map())
        second = await api.apply(path, config_map(data={"key": "other"}))
        third = await api.apply(path, config_map(data={"key": "other"}))
    assert [first.status, second.status, third.status] == [201, 200, 200]
    assert first.version != second.version == third.version


async def test_apply_removes_what_its_manager_no_longer_applies() -> None:
    async with running() as api:
        path = f"{CONFIG_MAPS}/a"
        await api.apply(path, config_map(data={"one": "1", "two": "2"}))
        await api.patch(path, {"data": {"mine": "3"}}, MERGE, fieldManager="other")
        answer = await api.apply(path, config_map(data={"one": "1"}))
    assert answer.body["data"] == {"one": "1", "mine": "3"}


async def test_apply_conflicts_with_the_owner_of_a_field_unless_forced() -> None:
    async with running() as api:
        path = f"{CONFIG_MAPS}/a"
        await api.apply(path, config_map(), manager="first")
        refused = await api.apply(path, config_map(data={"key": "2"}), manager="second")
        forced = await api.apply(
            path, config_map(data={"key": "2"}), manager="second", force="true"
        )
    assert (refused.status, refused.body["reason"]) == (409, "Conflict")
    assert refused.body["details"]["causes"] == [
        {
            "reason": "FieldManagerConflict",
            "message": 'conflict with "first"',
            "field": ".data.key",
        }
    ]
    assert forced.body["data"] == {"key": "2"}


async def test_apply_with_the_uid_of_a_deleted_object_does_not_create_another() -> None:
    async with running() as api:
        answer = await api.apply(f"{CONFIG_MAPS}/a", config_map(uid="gone"))
    assert (answer.status, answer.body["reason"]) == (409, "Conflict")
    assert "no existing object was found" in answer.body["message"]


async def test_apply_needs_a_field_manager() -> None:
    async with running() as api:
        answer = await api.patch(f"{CONFIG_MAPS}/a", config_map(), "application/apply-patch+yaml")
    assert answer.status == 422
    assert answer.body["details"]["causes"][0]["field"] == "fieldManager"


async def test_apply_of_an_unknown_field_is_told_as_the_real_server_tells_it() -> None:
    async with running() as api:
        answer = await api.apply(f"{CONFIG_MAPS}/a", {**config_map(), "invalidKey": 1})
    assert answer.status == 500
    assert ".invalidKey: field not declared in schema" in answer.body["message"]


async def test_apply_to_a_missing_namespace_names_it_even_in_a_dry_run() -> None:
    async with running() as api:
        path = "/api/v1/namespaces/nope/configmaps/a"
        answer = await api.apply(path, config_map(), dryRun="All")
    assert (answer.status, answer.body["message"]) == (404, 'namespaces "nope" not found')


@pytest.mark.parametrize(
    ("validation", "status", "warned"),
    [("Strict", 400, False), ("Warn", 201, True), ("Ignore", 201, False)],
)
async def test_an_unknown_field_is_refused_warned_of_or_ignored(
    validation: str, status: int, warned: bool
) -> None:
    async with running() as api:
        body = pod(spec={"colour": "red"})
        answer = await api.post(PODS, body, fieldValidation=validation)
    assert answer.status == status
    assert ('unknown field \\"spec.colour\\"' in answer.headers.get("warning", "")) is warned
    if status == 400:
        assert 'strict decoding error: unknown field "spec.colour"' in answer.body["message"]
    else:
        assert "colour" not in answer.body["spec"]


async def test_a_field_that_stands_twice_is_refused_under_strict() -> None:
    async with running() as api:
        text = b'{"kind":"ConfigMap","metadata":{"name":"a"},"data":{"x":"1","x":"2"}}'
        answer = await api.post(CONFIG_MAPS, text, fieldValidation="Strict")
    assert answer.status == 400
    assert 'duplicate field "data.x"' in answer.body["message"]


async def test_a_pod_is_bound_to_one_node_only() -> None:
    async with running() as api:
        await api.made(PODS, pod())
        binding = {"metadata": {"name": "p"}, "target": {"name": "one"}}
        first = await api.post(f"{PODS}/p/binding", binding)
        second = await api.post(f"{PODS}/p/binding", binding)
        found = await api.get(f"{PODS}/p")
    assert (first.status, second.status) == (201, 409)
    assert found.body["spec"]["nodeName"] == "one"


async def test_services_get_different_addresses_and_keep_theirs() -> None:
    async with running() as api:
        path = "/api/v1/namespaces/default/services"
        body = {"metadata": {"name": "a"}, "spec": {"ports": [{"port": 80}]}}
        first = await api.made(path, body)
        second = await api.made(path, {**body, "metadata": {"name": "b"}})
        replaced = await api.put(f"{path}/a", body)
        headless = await api.made(
            path,
            {"metadata": {"name": "c"}, "spec": {"clusterIP": "None", "ports": [{"port": 1}]}},
        )
    addresses = [item["spec"]["clusterIP"] for item in (first, second)]
    assert len(set(addresses)) == 2
    assert replaced.body["spec"]["clusterIP"] == addresses[0]
    assert headless["spec"]["clusterIPs"] == ["None"]


async def test_a_service_may_not_take_anothers_address() -> None:
    async with running() as api:
        path = "/api/v1/namespaces/default/services"
        body = {"metadata": {"name": "a"}, "spec": {"ports": [{"port": 80}]}}
        taken = (await api.made(path, body))["spec"]["clusterIP"]
        body = {"metadata": {"name": "b"}, "spec": {"clusterIP": taken, "ports": [{"port": 1}]}}
        answer = await api.post(path, body)
    assert answer.status == 422
    assert "already allocated" in answer.body["message"]


async def test_a_claim_is_bound_and_a_load_balancer_gets_an_address() -> None:
    async with running() as api:
        claims = "/api/v1/namespaces/default/persistentvolumeclaims"
        spec = {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        }
        await api.made(claims, {"metadata": {"name": "data"}, "spec": spec})
        services = "/api/v1/namespaces/default/services"
        balanced = {"type": "LoadBalancer", "ports": [{"port": 80}]}
        await api.made(services, {"metadata": {"name": "web"}, "spec": balanced})
        await api.settled()
        claim = await api.get(f"{claims}/data")
        service = await api.get(f"{services}/web")
    assert claim.body["status"]["phase"] == "Bound"
    assert claim.body["status"]["capacity"] == {"storage": "1Gi"}
    assert service.body["status"]["loadBalancer"]["ingress"][0]["ip"] == "127.0.0.1"


async def test_a_new_state_must_say_whose_it_is() -> None:
    async with running() as api:
        await api.made(CONFIG_MAPS, config_map())
        answer = await api.put(f"{CONFIG_MAPS}/a", {"data": {"x": "1"}})
    assert (answer.status, answer.body["reason"]) == (400, "BadRequest")
    assert "name must be provided" in answer.body["message"]


async def test_an_update_creates_a_role_that_is_not_there() -> None:
    roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles"
    async with running() as api:
        answer = await api.put(f"{roles}/a", {"metadata": {"name": "a"}})
        again = await api.put(f"{roles}/a", {"metadata": {"name": "a"}})
    assert (answer.status, again.status) == (201, 200)


async def test_a_budget_is_not_updated_without_its_version() -> None:
    budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
    async with running() as api:
        await api.made(budgets, {"metadata": {"name": "a"}, "spec": {}})
        answer = await api.put(f"{budgets}/a", {"metadata": {"name": "a"}, "spec": {}})
    assert answer.status == 422
    assert answer.body["details"]["causes"][0]["field"] == "metadata.resourceVersion"


async def test_an_apply_must_say_of_which_kind_it_is() -> None:
    async with running() as api:
        answer = await api.apply(f"{CONFIG_MAPS}/a", {"metadata": {"name": "a"}})
    assert answer.status == 400
    assert answer.body["message"].startswith("invalid object type")


async def test_an_apply_of_metadata_that_is_no_mapping_is_told_so() -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": "a"}
    async with running() as api:
        answer = await api.apply(f"{CONFIG_MAPS}/a", body)
    assert answer.status == 500
    assert ".metadata: expected map" in answer.body["message"]


async def test_an_update_meant_for_an_object_that_is_gone_does_not_create_it_anew() -> None:
    async with running() as api:
        leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases"
        made = await api.made(leases, {"metadata": {"name": "a"}, "spec": {}})
        await api.delete(f"{leases}/a")
        answer = await api.put(f"{leases}/a", made)
        left = await api.get(f"{leases}/a")
    assert (answer.status, left.status) == (409, 404)
    assert f"UID in precondition: {made['metadata']['uid']}" in answer.body["message"]


async def test_what_the_server_adds_belongs_to_nobody() -> None:
    pod = {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "m", "image": "a:1"}]}}
    async with running() as api:
        made = await api.made(PODS, pod)
    assert made["spec"]["priority"] == 0
    assert [each["key"] for each in made["spec"]["tolerations"]] == [
        "node.kubernetes.io/not-ready",
        "node.kubernetes.io/unreachable",
    ]
    owned = made["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]
    assert owned.keys().isdisjoint({"f:priority", "f:preemptionPolicy", "f:tolerations"})


async def test_a_pod_of_an_unknown_priority_class_is_forbidden() -> None:
    containers = [{"name": "m", "image": "a:1"}]
    spec = {"containers": containers, "priorityClassName": "vip"}
    async with running() as api:
        answer = await api.post(PODS, {"metadata": {"name": "p"}, "spec": spec})
    assert answer.status == 403
    assert "no PriorityClass with name vip was found" in answer.body["message"]


async def test_a_scale_is_owned_apart_from_the_rest() -> None:
    async with running() as api:
        await api.made(DEPLOYMENTS, deployment())
        await api.patch(f"{DEPLOYMENTS}/web/scale", {"spec": {"replicas": 4}}, MERGE)
        managed = (await api.get(f"{DEPLOYMENTS}/web")).body["metadata"]["managedFields"]
    (entry,) = [each for each in managed if each.get("subresource") == "scale"]
    assert entry["fieldsV1"] == {"f:spec": {"f:replicas": {}}}


async def test_applying_another_writing_of_a_quantity_again_changes_nothing() -> None:
    body = deployment()
    body["spec"]["template"]["spec"]["containers"][0]["resources"] = {"limits": {"cpu": "1000m"}}
    async with running() as api:
        first = await api.apply(f"{DEPLOYMENTS}/web", body)
        again = await api.apply(f"{DEPLOYMENTS}/web", body)
    assert first.status == 201, first.body
    assert again.body == first.body
