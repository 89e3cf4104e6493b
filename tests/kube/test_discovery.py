import asyncio
from typing import Any

import pytest
from tests.kube.scripted import ok, refusal, run

from tenter import errors
from tenter.kube import Discovery, Request, Response


def served(
    kind: str, plural: str, *, scope: str = "Namespaced", subresources: tuple[str, ...] = ()
) -> dict[str, Any]:
    return {
        "resource": plural,
        "responseKind": {"group": "", "version": "", "kind": kind},
        "scope": scope,
        "verbs": ["get", "list", "watch"],
        "subresources": [{"subresource": name} for name in subresources],
    }


def aggregated(*groups: tuple[str, dict[str, list[dict[str, Any]]]]) -> Response:
    return ok(
        {
            "kind": "APIGroupDiscoveryList",
            "apiVersion": "apidiscovery.k8s.io/v2",
            "items": [
                {
                    "metadata": {"name": group},
                    "versions": [
                        {"version": version, "resources": resources, "freshness": "Current"}
                        for version, resources in versions.items()
                    ],
                }
                for group, versions in groups
            ],
        }
    )


CORE = aggregated(("", {"v1": [served("ConfigMap", "configmaps"), served("Pod", "pods")]}))
NAMED = aggregated(
    (
        "autoscaling",
        {
            "v2": [served("HorizontalPodAutoscaler", "horizontalpodautoscalers")],
            "v1": [
                served("HorizontalPodAutoscaler", "horizontalpodautoscalers"),
                served("Old", "olds"),
            ],
        },
    ),
    (
        "apps",
        {"v1": [served("Deployment", "deployments", subresources=("scale", "status"))]},
    ),
)


class Server:
    def __init__(self, **answers: Response) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def __call__(self, request: Request) -> Response:
        self.asked.append(request.path)
        await asyncio.sleep(0)
        return self.answers.get(request.path.strip("/").replace("/", "_"), refusal(404))


def loaded(**answers: Response) -> Discovery:
    async def load() -> Discovery:
        discovery = Discovery(Server(**answers))
        await discovery.load()
        return discovery

    return run(load())


def classic() -> dict[str, Response]:
    def resource_list(*entries: tuple[str, str]) -> Response:
        return ok(
            {
                "kind": "APIResourceList",
                "resources": [
                    {"name": name, "kind": kind, "namespaced": True, "verbs": ["get"]}
                    for name, kind in entries
                ],
            }
        )

    groups = [
        {
            "name": "batch",
            "versions": [{"version": "v1beta1"}, {"version": "v1"}],
            "preferredVersion": {"version": "v1"},
        },
        {"name": "metrics.k8s.io", "versions": [{"version": "v1"}]},
    ]
    return {
        "api": ok({"kind": "APIVersions", "versions": ["v1"]}),
        "apis": ok({"kind": "APIGroupList", "groups": groups}),
        "api_v1": resource_list(("pods", "Pod"), ("pods/log", "Pod"), ("pods/status", "Pod")),
        "apis_batch_v1": resource_list(("jobs", "Job"), ("jobs/status", "Job")),
        "apis_batch_v1beta1": resource_list(("jobs", "Job"), ("cronjobs", "CronJob")),
        "apis_metrics.k8s.io_v1": refusal(503),
    }


def test_a_core_kind_is_found() -> None:
    found = loaded(api=CORE, apis=NAMED).find("", "ConfigMap")
    assert found.path("shop", "web") == "/api/v1/namespaces/shop/configmaps/web"
    assert found.verbs == ("get", "list", "watch")


def test_a_kind_is_found_with_its_subresources() -> None:
    found = loaded(api=CORE, apis=NAMED).find("apps", "Deployment")
    assert (found.api_version, found.subresources) == ("apps/v1", ("scale", "status"))


def test_the_version_the_server_names_first_is_preferred() -> None:
    discovery = loaded(api=CORE, apis=NAMED)
    assert discovery.find("autoscaling", "HorizontalPodAutoscaler").version == "v2"
    assert discovery.find("autoscaling", "HorizontalPodAutoscaler", "v1").version == "v1"


def test_a_kind_that_the_preferred_version_lacks_is_found_in_another() -> None:
    assert loaded(api=CORE, apis=NAMED).find("autoscaling", "Old").version == "v1"


def test_every_kind_is_told_once() -> None:
    kinds = [str(each.group_kind) for each in loaded(api=CORE, apis=NAMED).all()]
    assert kinds == [
        "ConfigMap",
        "Pod",
        "autoscaling/HorizontalPodAutoscaler",
        "autoscaling/Old",
        "apps/Deployment",
    ]


def test_a_server_with_aggregated_discovery_is_asked_twice() -> None:
    server = Server(api=CORE, apis=NAMED)
    run(Discovery(server).load())
    assert sorted(server.asked) == ["/api", "/apis"]


def test_many_tasks_read_discovery_once() -> None:
    async def scene() -> int:
        server = Server(api=CORE, apis=NAMED)
        discovery = Discovery(server)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(5):
                tasks.create_task(discovery.load())
        return len(server.asked)

    assert run(scene()) == 2


def test_a_new_kind_is_found_after_a_refresh() -> None:
    async def scene() -> None:
        server = Server(api=CORE, apis=aggregated())
        discovery = Discovery(server)
        await discovery.load()
        server.answers["apis"] = aggregated(("shop.io", {"v1": [served("Cart", "carts")]}))
        with pytest.raises(errors.UnknownKind):
            discovery.find("shop.io", "Cart")
        await discovery.refresh()
        assert discovery.find("shop.io", "Cart").plural == "carts"

    run(scene())


def test_a_server_without_aggregation_is_asked_group_by_group() -> None:
    discovery = loaded(**classic())
    assert discovery.find("", "Pod").subresources == ("log", "status")
    assert discovery.find("batch", "Job").version == "v1"
    assert discovery.versions("batch", "Job") == ("v1", "v1beta1")
    assert discovery.find("batch", "CronJob").version == "v1beta1"


def test_an_api_service_that_is_down_hides_no_other_kind() -> None:
    discovery = loaded(**classic())
    assert discovery.unread == ("metrics.k8s.io/v1",)
    with pytest.raises(errors.UnknownKind, match="is its API service up"):
        discovery.find("metrics.k8s.io", "PodMetrics")


def test_a_server_that_refuses_discovery_is_told_by_its_own_error() -> None:
    with pytest.raises(errors.Forbidden):
        loaded(api=refusal(403), apis=NAMED)


@pytest.mark.parametrize(
    ("group", "kind", "version", "hint"),
    [
        ("apps", "Deployment", "v1beta1", "it serves Deployment as apps/v1; change apiVersion"),
        ("extensions", "Deployment", None, "it serves apps/Deployment; change apiVersion"),
        ("apps", "Deploymnet", None, "did you mean apps/Deployment"),
        ("shop.io", "Cart", None, "install its CustomResourceDefinition"),
    ],
)
def test_a_kind_that_is_not_served_comes_with_what_to_do(
    group: str, kind: str, version: str | None, hint: str
) -> None:
    with pytest.raises(errors.UnknownKind, match=hint):
        loaded(api=CORE, apis=NAMED).find(group, kind, version)
