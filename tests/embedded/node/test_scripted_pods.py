from __future__ import annotations

import pytest

from tenter.embedded.controllers import run_controllers
from tenter.embedded.node import Node, Script, ScriptedBehaviour, Verb

from .running import Condition, has, job, main_state, phase, pod, running, waits_for


async def test_a_pod_that_restarts_always_is_ready_at_once() -> None:
    async with running() as cluster:
        await cluster.create(pod(policy="Always"))
        item = await cluster.until(pod(), has("Ready"))
        assert item["spec"]["nodeName"] == "embedded"
        assert item["status"]["podIP"].startswith("10.244.")


async def test_a_pod_of_the_job_kind_succeeds_after_a_moment() -> None:
    async with running() as cluster:
        await cluster.create(pod())
        item = await cluster.until(pod(), phase("Succeeded"))
        assert main_state(item)["terminated"]["exitCode"] == 0


async def test_a_failure_has_its_exit_code_reason_and_log() -> None:
    async with running() as cluster:
        await cluster.create(pod(outcome='fail exit=3 reason=OOMKilled log="no such table"'))
        item = await cluster.until(pod(), phase("Failed"))
        ended = main_state(item)["terminated"]
        assert (ended["exitCode"], ended["reason"]) == (3, "OOMKilled")
        assert await cluster.logs("p") == "no such table\n"


async def test_an_image_that_cannot_be_pulled_keeps_the_pod_waiting() -> None:
    async with running() as cluster:
        await cluster.create(pod(outcome="pull-error"))
        item = await cluster.until(pod(), waits_for("ImagePullBackOff"))
        assert item["status"]["phase"] == "Pending"


async def test_a_pod_that_is_never_ready_runs() -> None:
    async with running() as cluster:
        await cluster.create(pod(outcome="never-ready", policy="Always"))
        item = await cluster.until(pod(), phase("Running"))
        assert not has("Ready")(item)


async def test_a_crash_loop_restarts_and_waits() -> None:
    async with running() as cluster:
        await cluster.create(pod(outcome="crash-loop", policy="Always"))
        item = await cluster.until(
            pod(),
            lambda item: (
                waits_for("CrashLoopBackOff")(item)
                and item["status"]["containerStatuses"][0]["restartCount"] >= 2
            ),
        )
        assert item["status"]["containerStatuses"][0]["lastState"]["terminated"]["exitCode"] == 1


async def test_a_restart_in_place_ends_when_it_succeeds() -> None:
    async with running() as cluster:
        await cluster.create(pod(outcome="fail times=2", policy="OnFailure"))
        item = await cluster.until(pod(), phase("Succeeded"))
        assert item["status"]["containerStatuses"][0]["restartCount"] == 2


async def test_init_containers_run_in_order_before_the_others() -> None:
    inits = [{"name": "one", "image": "x"}, {"name": "two", "image": "x"}]
    async with running() as cluster:
        await cluster.create(pod(initContainers=inits))
        item = await cluster.until(pod(), phase("Succeeded"))
        names = [state["name"] for state in item["status"]["initContainerStatuses"]]
        assert names == ["one", "two"]
        assert has("Initialized")(item)


async def test_a_failed_init_container_fails_the_pod_and_the_others_never_start() -> None:
    inits = [{"name": "one", "image": "x"}]
    async with running() as cluster:
        await cluster.create(pod(outcome="fail container=one", initContainers=inits))
        item = await cluster.until(pod(), phase("Failed"))
        assert "waiting" in main_state(item)


async def test_a_sidecar_does_not_keep_the_pod_from_succeeding() -> None:
    inits = [{"name": "side", "image": "x", "restartPolicy": "Always"}]
    async with running() as cluster:
        await cluster.create(pod(initContainers=inits))
        item = await cluster.until(pod(), phase("Succeeded"))
        assert "terminated" in item["status"]["initContainerStatuses"][0]["state"]


async def test_a_deleted_pod_is_gone_soon() -> None:
    async with running() as cluster:
        await cluster.create(pod(outcome="hang"))
        await cluster.until(pod(), phase("Running"))
        await cluster.delete(pod())
        await cluster.until_gone(pod())


async def test_a_pods_own_deadline_fails_it() -> None:
    async with running() as cluster:
        await cluster.create(pod(outcome="hang", activeDeadlineSeconds=1))
        item = await cluster.until(pod(), phase("Failed"))
        assert item["status"]["reason"] == "DeadlineExceeded"


async def test_an_outcome_that_is_not_understood_is_shown_in_the_status() -> None:
    async with running() as cluster:
        await cluster.create(pod(outcome="explode"))
        item = await cluster.until(pod(), waits_for("CreateContainerConfigError"))
        assert "explode" in main_state(item)["waiting"]["message"]


async def test_scripts_can_be_given_by_name() -> None:
    async with running() as cluster:
        behaviour = cluster.cluster.node.behaviour
        assert isinstance(behaviour, ScriptedBehaviour)
        behaviour.scripts["p*"] = Script(verb=Verb.FAIL, exit_code=9)
        await cluster.create(pod())
        item = await cluster.until(pod(), phase("Failed"))
        assert main_state(item)["terminated"]["exitCode"] == 9


async def test_a_job_completes() -> None:
    async with running() as cluster:
        await cluster.create(job())
        item = await cluster.until(job(), has("Complete"))
        assert item["status"]["succeeded"] == 1


async def test_a_job_that_fails_twice_succeeds_with_the_third_pod() -> None:
    async with running() as cluster:
        await cluster.create(job(outcome="fail times=2"))
        item = await cluster.until(job(), has("Complete"))
        assert (item["status"]["succeeded"], item["status"]["failed"]) == (1, 2)


async def test_a_job_whose_pods_all_fail_is_failed() -> None:
    async with running() as cluster:
        await cluster.create(job(outcome="fail", backoffLimit=1))
        item = await cluster.until(job(), has("Failed"))
        assert item["status"]["failed"] == 2


async def test_a_job_that_is_deleted_takes_its_pods_along() -> None:
    async with running() as cluster:
        await cluster.create(job(outcome="hang"))
        await cluster.until(job(), lambda item: (item.get("status") or {}).get("ready"))
        (child,) = await cluster.items("", "Pod")
        await cluster.delete(job(), propagation="Background")
        await cluster.until_gone(child)


async def test_a_finished_job_with_a_time_to_live_goes() -> None:
    async with running() as cluster:
        await cluster.create(job(ttlSecondsAfterFinished=0))
        await cluster.until_gone(job())
        assert await cluster.items("", "Pod") == []


async def test_a_deployment_becomes_available_and_rolls_over() -> None:
    labels = {"app": "web"}
    containers = [{"name": "main", "image": "web:1"}]
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": containers},
            },
        },
    }

    def rolled_out(generation: int) -> Condition:
        return lambda item: (
            (status := item.get("status") or {}).get("observedGeneration") == generation
            and status.get("updatedReplicas") == status.get("availableReplicas") == 2
            and status.get("replicas") == 2
        )

    async with running() as cluster:
        await cluster.apply(deployment)
        await cluster.until(deployment, rolled_out(1))
        containers[0]["image"] = "web:2"
        await cluster.apply(deployment)
        await cluster.until(deployment, rolled_out(2))
        sizes = [item["spec"]["replicas"] for item in await cluster.items("apps", "ReplicaSet")]
        assert sorted(sizes) == [0, 2]


async def test_endpoints_follow_the_ready_pods() -> None:
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "p"},
        "spec": {"selector": {"app": "p"}, "ports": [{"port": 80}]},
    }
    endpoints = {"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "p"}}
    async with running() as cluster:
        await cluster.create(service)
        await cluster.create(pod(policy="Always"))
        item = await cluster.until(
            endpoints, lambda item: item.get("subsets") and item["subsets"][0].get("addresses")
        )
        assert item["subsets"][0]["addresses"][0]["targetRef"]["name"] == "p"
        await cluster.delete(pod())
        await cluster.until(endpoints, lambda item: not item.get("subsets"))


async def test_what_the_block_raises_is_raised_as_it_is() -> None:
    async with running(workloads=False) as cluster:
        environment = cluster.cluster.environment
        with pytest.raises(KeyError, match="mine"):
            async with (
                run_controllers(cluster.client, environment),
                Node(cluster.client, environment),
            ):
                raise KeyError("mine")
