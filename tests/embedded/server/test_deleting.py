import pytest
from tests.embedded.server.api import (
    CONFIG_MAPS,
    DEPLOYMENTS,
    MERGE,
    PODS,
    Api,
    config_map,
    deployment,
    owner,
    pod,
    running,
)

JOBS = "/apis/batch/v1/namespaces/default/jobs"
NAMESPACES = "/api/v1/namespaces"


async def test_a_deleted_object_is_gone_and_the_answer_names_it() -> None:
    async with running() as api:
        made = await api.made(CONFIG_MAPS, config_map())
        answer = await api.delete(f"{CONFIG_MAPS}/a")
        found = await api.get(f"{CONFIG_MAPS}/a")
    assert answer.body["status"] == "Success"
    assert answer.body["details"] == {
        "name": "a",
        "kind": "configmaps",
        "uid": made["metadata"]["uid"],
    }
    assert found.status == 404


async def test_an_object_with_finalizers_goes_when_the_last_is_removed() -> None:
    async with running() as api:
        await api.made(CONFIG_MAPS, config_map(finalizers=["a/one", "a/two"]))
        answer = await api.delete(f"{CONFIG_MAPS}/a")
        path = f"{CONFIG_MAPS}/a"
        one = await api.patch(path, {"metadata": {"finalizers": ["a/two"]}}, MERGE)
        still = await api.get(path)
        none = await api.patch(path, {"metadata": {"finalizers": None}}, MERGE)
        found = await api.get(path)
    assert answer.body["metadata"]["deletionTimestamp"] == "2023-11-14T22:13:20Z"
    assert [one.status, still.status, none.status, found.status] == [200, 200, 200, 404]


async def test_no_finalizer_is_added_to_what_is_being_deleted() -> None:
    async with running() as api:
        await api.made(CONFIG_MAPS, config_map(finalizers=["a/one"]))
        await api.delete(f"{CONFIG_MAPS}/a")
        body = {"metadata": {"finalizers": ["a/one", "a/two"]}}
        answer = await api.patch(f"{CONFIG_MAPS}/a", body, MERGE)
    assert answer.status == 422
    assert "no new finalizers can be added" in answer.body["message"]


@pytest.mark.parametrize("field", ["uid", "resourceVersion"])
async def test_a_precondition_that_fails_deletes_nothing(field: str) -> None:
    async with running() as api:
        made = await api.made(CONFIG_MAPS, config_map())
        refused = await api.delete(f"{CONFIG_MAPS}/a", {"preconditions": {field: "999"}})
        right = {field: made["metadata"][field]}
        done = await api.delete(f"{CONFIG_MAPS}/a", {"preconditions": right})
    assert (refused.status, refused.body["reason"], done.status) == (409, "Conflict", 200)


async def test_a_pod_on_a_node_waits_for_the_node_to_confirm() -> None:
    async with running() as api:
        await api.made(PODS, pod(spec={"nodeName": "n"}))
        first = await api.delete(f"{PODS}/p")
        still = await api.get(f"{PODS}/p")
        await api.delete(f"{PODS}/p", {"gracePeriodSeconds": 0})
        gone = await api.get(f"{PODS}/p")
    assert first.body["metadata"]["deletionGracePeriodSeconds"] == 30
    assert first.body["metadata"]["deletionTimestamp"] == "2023-11-14T22:13:50Z"
    assert (still.status, gone.status) == (200, 404)


async def test_a_second_deletion_may_shorten_the_grace_period_only() -> None:
    async with running() as api:
        await api.made(PODS, pod(spec={"nodeName": "n"}))
        await api.delete(f"{PODS}/p")
        shorter = await api.delete(f"{PODS}/p", {"gracePeriodSeconds": 5})
        longer = await api.delete(f"{PODS}/p", {"gracePeriodSeconds": 50})
    assert shorter.body["metadata"]["deletionTimestamp"] == "2023-11-14T22:13:25Z"
    assert longer.body["metadata"]["deletionGracePeriodSeconds"] == 5


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
async def test_a_pod_that_has_ended_goes_at_once(phase: str) -> None:
    async with running() as api:
        await api.made(PODS, pod(spec={"nodeName": "n"}))
        await api.patch(f"{PODS}/p/status", {"status": {"phase": phase}}, MERGE)
        await api.delete(f"{PODS}/p")
        gone = await api.get(f"{PODS}/p")
    assert gone.status == 404


async def test_a_collection_is_deleted_by_its_selector() -> None:
    async with running() as api:
        await api.made(CONFIG_MAPS, config_map("one", labels={"app": "web"}))
        await api.made(CONFIG_MAPS, config_map("two"))
        await api.delete(CONFIG_MAPS, labelSelector="app=web")
        left = await api.get(CONFIG_MAPS)
    assert [item["metadata"]["name"] for item in left.body["items"]] == ["two"]


# Owners and dependents


async def family(api: Api, *, block: bool = True) -> None:
    """Make a Deployment, a ConfigMap of its, and a Pod of the ConfigMap's."""
    parent = await api.made(DEPLOYMENTS, deployment())
    child = await api.made(CONFIG_MAPS, config_map(ownerReferences=[owner(parent, block=block)]))
    await api.made(PODS, pod(ownerReferences=[owner(child, block=block)]))


async def present(api: Api) -> list[str]:
    paths = (f"{DEPLOYMENTS}/web", f"{CONFIG_MAPS}/a", f"{PODS}/p")
    answers = [await api.get(path) for path in paths]
    return [answer.body["kind"] for answer in answers if answer.status == 200]


async def test_dependents_follow_their_owner_in_the_background() -> None:
    async with running() as api:
        await family(api)
        await api.delete(f"{DEPLOYMENTS}/web", {"propagationPolicy": "Background"})
        first = await present(api)
        await api.settled()
        last = await present(api)
    assert (first, last) == (["ConfigMap", "Pod"], [])


async def test_in_the_foreground_the_owner_goes_last() -> None:
    async with running() as api:
        await family(api)
        path = f"{CONFIG_MAPS}/a"
        await api.patch(path, {"metadata": {"finalizers": ["a/hold"]}}, MERGE)
        await api.delete(f"{DEPLOYMENTS}/web", {"propagationPolicy": "Foreground"})
        await api.settled()
        held = await present(api)
        child = await api.get(path)
        await api.patch(path, {"metadata": {"finalizers": None}}, MERGE)
        await api.settled()
        last = await present(api)
    assert held == ["Deployment", "ConfigMap"]
    assert child.body["metadata"]["deletionTimestamp"]
    assert last == []


async def test_orphans_stay_and_forget_their_owner() -> None:
    async with running() as api:
        await family(api)
        await api.delete(f"{DEPLOYMENTS}/web", {"propagationPolicy": "Orphan"})
        await api.settled()
        left = await present(api)
        child = await api.get(f"{CONFIG_MAPS}/a")
    assert left == ["ConfigMap", "Pod"]
    assert "ownerReferences" not in child.body["metadata"]


async def test_a_dependent_of_two_owners_stays_with_the_other() -> None:
    async with running() as api:
        first = await api.made(CONFIG_MAPS, config_map("first"))
        second = await api.made(CONFIG_MAPS, config_map("second"))
        await api.made(PODS, pod(ownerReferences=[owner(first), owner(second)]))
        await api.delete(f"{CONFIG_MAPS}/first")
        await api.settled()
        found = await api.get(f"{PODS}/p")
    references = found.body["metadata"]["ownerReferences"]
    assert [reference["name"] for reference in references] == ["second"]


async def test_an_object_whose_owner_never_was_is_deleted() -> None:
    async with running() as api:
        gone = config_map("gone")
        gone["metadata"]["uid"] = "no-such-uid"
        await api.made(PODS, pod(ownerReferences=[owner(gone)]))
        await api.settled()
        found = await api.get(f"{PODS}/p")
    assert found.status == 404


async def test_a_job_deleted_without_a_policy_leaves_its_pods_and_warns() -> None:
    async with running() as api:
        template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "b"}]}}
        job = await api.made(JOBS, {"metadata": {"name": "j"}, "spec": {"template": template}})
        await api.made(PODS, pod(ownerReferences=[owner(job)]))
        answer = await api.delete(f"{JOBS}/j")
        await api.settled()
        found = await api.get(f"{PODS}/p")
        gone = await api.get(f"{JOBS}/j")
    assert "child pods are preserved by default" in answer.headers["warning"]
    assert (found.status, gone.status) == (200, 404)


# Namespaces


async def test_nothing_is_created_in_a_namespace_that_does_not_exist() -> None:
    async with running() as api:
        answer = await api.post(f"{NAMESPACES}/nope/configmaps", config_map())
    assert (answer.status, answer.body["message"]) == (404, 'namespaces "nope" not found')


async def test_a_namespace_takes_its_contents_with_it() -> None:
    async with running() as api:
        await api.made(NAMESPACES, {"metadata": {"name": "shop"}})
        await api.made(f"{NAMESPACES}/shop/configmaps", config_map())
        answer = await api.delete(f"{NAMESPACES}/shop")
        await api.settled()
        found = await api.get(f"{NAMESPACES}/shop")
        contents = await api.get(f"{NAMESPACES}/shop/configmaps")
    assert answer.body["status"]["phase"] == "Terminating"
    assert (found.status, contents.body["items"]) == (404, [])


async def test_a_namespace_waits_for_finalizers_says_so_and_takes_nothing_new() -> None:
    async with running() as api:
        path = f"{NAMESPACES}/shop/configmaps"
        await api.made(NAMESPACES, {"metadata": {"name": "shop"}})
        await api.made(path, config_map(finalizers=["a/hold"]))
        await api.delete(f"{NAMESPACES}/shop")
        await api.settled()
        waiting = await api.get(f"{NAMESPACES}/shop")
        refused = await api.post(path, config_map("late"))
        await api.patch(f"{path}/a", {"metadata": {"finalizers": None}}, MERGE)
        await api.settled()
        gone = await api.get(f"{NAMESPACES}/shop")
    messages = [condition["message"] for condition in waiting.body["status"]["conditions"]]
    assert any("a/hold in 1 resource instances" in message for message in messages)
    assert refused.status == 403
    assert "because it is being terminated" in refused.body["message"]
    assert refused.body["details"]["causes"][0]["reason"] == "NamespaceTerminating"
    assert gone.status == 404


async def test_the_default_namespace_may_not_be_deleted() -> None:
    async with running() as api:
        answer = await api.delete(f"{NAMESPACES}/default")
    assert answer.status == 403
