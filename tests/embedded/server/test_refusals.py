import pytest
from tests.embedded.server.api import (
    CONFIG_MAPS,
    DEFINITIONS,
    DEPLOYMENTS,
    PODS,
    WIDGETS,
    Api,
    config_map,
    definition,
    deployment,
    pod,
    running,
    widget,
)

from tenter.embedded import ApiServer, Denial
from tenter.kube.requests import Request, Response


async def test_a_missing_object_is_not_found() -> None:
    async with running() as api:
        answer = await api.get(f"{DEPLOYMENTS}/nope")
    assert answer.status == 404
    assert answer.body == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": 'deployments.apps "nope" not found',
        "reason": "NotFound",
        "details": {"name": "nope", "group": "apps", "kind": "deployments"},
        "code": 404,
    }


async def test_an_unknown_kind_is_a_path_that_does_not_exist() -> None:
    async with running() as api:
        answer = await api.get("/apis/example.com/v1/namespaces/default/widgets")
    assert answer.status == 404
    assert answer.body == b"404 page not found\n"


async def test_a_second_object_of_one_name_already_exists() -> None:
    async with running() as api:
        await api.made(CONFIG_MAPS, config_map())
        answer = await api.post(CONFIG_MAPS, config_map())
    assert (answer.status, answer.body["reason"]) == (409, "AlreadyExists")
    assert answer.body["message"] == 'configmaps "a" already exists'


async def test_a_missing_name_is_invalid() -> None:
    async with running() as api:
        answer = await api.post(CONFIG_MAPS, {"metadata": {}})
    assert (answer.status, answer.body["reason"]) == (422, "Invalid")
    assert "name or generateName is required" in answer.body["message"]


async def test_an_invalid_object_names_the_fields_at_fault() -> None:
    async with running() as api:
        answer = await api.post(CONFIG_MAPS, config_map("Not_A_Name"))
    assert (answer.status, answer.body["reason"]) == (422, "Invalid")
    assert answer.body["message"].startswith('ConfigMap "Not_A_Name" is invalid: metadata.name: ')
    assert answer.body["details"]["causes"][0]["field"] == "metadata.name"


async def test_a_value_of_the_wrong_type_is_a_bad_request() -> None:
    async with running() as api:
        body = deployment()
        body["spec"]["replicas"] = "three"
        answer = await api.post(DEPLOYMENTS, body)
    assert (answer.status, answer.body["reason"]) == (400, "BadRequest")
    assert "cannot be handled as a Deployment" in answer.body["message"]


async def test_a_pods_spec_may_not_change() -> None:
    async with running() as api:
        made = await api.made(PODS, pod())
        made["spec"]["restartPolicy"] = "Never"
        answer = await api.put(f"{PODS}/p", made)
    assert answer.status == 422
    assert "pod updates may not change fields other than" in answer.body["message"]


async def test_a_body_that_is_not_json_is_a_bad_request() -> None:
    async with running() as api:
        answer = await api.post(CONFIG_MAPS, b'{"kind":')
    assert (answer.status, answer.body["reason"]) == (400, "BadRequest")


async def test_a_body_of_another_kind_is_a_bad_request() -> None:
    async with running() as api:
        answer = await api.post(CONFIG_MAPS, pod())
    assert answer.status == 400
    assert "cannot be handled as a ConfigMap" in answer.body["message"]


async def test_a_body_in_another_format_is_an_unsupported_media_type() -> None:
    async with running() as api:
        answer = await api.post(CONFIG_MAPS, config_map(), content_type="text/plain")
    assert (answer.status, answer.body["reason"]) == (415, "UnsupportedMediaType")


async def test_an_answer_in_no_format_that_is_served_is_not_acceptable() -> None:
    async with running() as api:
        answer = await api.get(CONFIG_MAPS, accept="text/html")
    assert answer.status == 406


async def test_a_body_that_is_too_large_is_refused() -> None:
    async with running() as api:
        answer = await api.post(CONFIG_MAPS, config_map(data={"a": "x" * 3_200_000}))
    assert (answer.status, answer.body["reason"]) == (413, "RequestEntityTooLarge")


async def test_an_object_that_the_store_cannot_take_is_refused() -> None:
    async with running() as api:
        await api.made(DEFINITIONS, definition())
        await api.settled()
        answer = await api.post(WIDGETS, widget(color="x" * 1_600_000))
    assert (answer.status, answer.body["reason"]) == (413, "RequestEntityTooLarge")


async def test_a_verb_that_the_resource_lacks_is_not_allowed() -> None:
    async with running() as api:
        answers = [
            await api.delete("/api/v1/pods"),
            await api.put(CONFIG_MAPS, config_map()),
            await api.get("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"),
        ]
    assert [answer.status for answer in answers] == [405, 405, 405]
    assert answers[0].body["reason"] == "MethodNotAllowed"


async def test_a_namespace_other_than_the_paths_is_a_bad_request() -> None:
    async with running() as api:
        answer = await api.post(CONFIG_MAPS, config_map(namespace="kube-system"))
    assert answer.status == 400
    assert "does not match the namespace sent on the request" in answer.body["message"]


async def test_an_unknown_option_value_is_invalid() -> None:
    async with running() as api:
        answers = [
            await api.post(CONFIG_MAPS, config_map(), dryRun="Some"),
            await api.post(CONFIG_MAPS, config_map(), fieldValidation="Loose"),
            await api.delete(f"{CONFIG_MAPS}/a", {"propagationPolicy": "Sideways"}),
        ]
    assert [answer.status for answer in answers] == [422, 422, 422]


async def test_a_denied_verb_is_forbidden_and_the_review_says_so() -> None:
    async with running() as api:
        api.server.access.denials.append(Denial(verb="create", resource="secrets"))
        path = "/api/v1/namespaces/default/secrets"
        refused = await api.post(path, {"metadata": {"name": "s"}})
        listed = await api.get(path)
        review = await review_of(api, "create", "secrets")
        other = await review_of(api, "get", "secrets")
    assert refused.status == 403
    assert refused.body["message"] == (
        'secrets is forbidden: User "tester" cannot create resource "secrets" in API group "" in '
        'the namespace "default"'
    )
    assert listed.status == 200
    assert (review, other) == (False, True)


async def review_of(api: Api, verb: str, resource: str) -> bool:
    attributes = {"verb": verb, "resource": resource, "namespace": "default"}
    answer = await api.post(
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        {"spec": {"resourceAttributes": attributes}},
    )
    assert answer.status == 201
    allowed: bool = answer.body["status"]["allowed"]
    return allowed


@pytest.mark.parametrize("header", ["", "Bearer wrong", "Basic right"])
async def test_a_request_without_a_known_token_is_unauthorized(header: str) -> None:
    async with running() as api:
        answer = await plain(api.server, header)
    assert answer.status == 401


async def test_a_known_token_is_let_in() -> None:
    async with running() as api:
        api.server.access.tokens["right"] = api.transport._identity
        answer = await plain(api.server, "Bearer right")
    assert answer.status == 200


async def plain(server: ApiServer, authorization: str) -> Response:
    headers = (("Authorization", authorization),) if authorization else ()
    answer = await server.handle(Request(method="GET", path=CONFIG_MAPS, headers=headers))
    assert isinstance(answer, Response)
    return answer
