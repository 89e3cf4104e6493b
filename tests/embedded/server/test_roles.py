"""Who is not the administrator may do what Roles and bindings say."""

from __future__ import annotations

from typing import Any

import pytest
from tests.embedded.server.api import CONFIG_MAPS, PODS, Answer, Api, config_map, running

from tenter.embedded import Identity

RBAC = "/apis/rbac.authorization.k8s.io/v1"
ROLES = f"{RBAC}/namespaces/default/roles"
BINDINGS = f"{RBAC}/namespaces/default/rolebindings"
CLUSTER_BINDINGS = f"{RBAC}/clusterrolebindings"
REVIEWS = "/apis/authorization.k8s.io/v1"
ROBOT = "system:serviceaccount:default:robot"


def role(*resources: str, verbs: tuple[str, ...] = ("get", "list"), **rule: Any) -> dict[str, Any]:
    rules = [{"apiGroups": [""], "resources": list(resources), "verbs": list(verbs), **rule}]
    return {"metadata": {"name": "reader"}, "rules": rules}


def binding(kind: str, name: str, subject: dict[str, str]) -> dict[str, Any]:
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name}
    return {"metadata": {"name": "readers"}, "subjects": [subject], "roleRef": reference}


async def asked_as(api: Api, user: str, path: str, *groups: str) -> Answer:
    headers = [("Impersonate-User", user), *(("Impersonate-Group", group) for group in groups)]
    return await api.get(path, headers=tuple(headers))


async def test_whom_nobody_gave_anything_may_nothing() -> None:
    async with running() as api:
        answer = await asked_as(api, "ann", CONFIG_MAPS)
    assert answer.status == 403
    assert answer.body["message"] == (
        'configmaps is forbidden: User "ann" cannot list resource "configmaps" in API group "" in '
        'the namespace "default"'
    )


async def test_anybody_may_look_what_there_is() -> None:
    async with running() as api:
        answer = await asked_as(api, "ann", "/apis/apps/v1")
    assert answer.status == 200


@pytest.mark.parametrize(
    ("subject", "user", "groups"),
    [
        ({"kind": "User", "name": "ann"}, "ann", ()),
        ({"kind": "Group", "name": "weavers"}, "ann", ("weavers",)),
        ({"kind": "Group", "name": "system:authenticated"}, "ann", ()),
        ({"kind": "ServiceAccount", "name": "robot", "namespace": "default"}, ROBOT, ()),
        ({"kind": "Group", "name": "system:serviceaccounts:default"}, ROBOT, ()),
    ],
)
async def test_a_binding_gives_its_subjects_a_role(
    subject: dict[str, str], user: str, groups: tuple[str, ...]
) -> None:
    async with running() as api:
        await api.made(ROLES, role("configmaps"))
        await api.made(BINDINGS, binding("Role", "reader", subject))
        allowed = await asked_as(api, user, CONFIG_MAPS, *groups)
        other_kind = await asked_as(api, user, PODS, *groups)
        elsewhere = await asked_as(api, user, "/api/v1/configmaps", *groups)
    assert (allowed.status, other_kind.status, elsewhere.status) == (200, 403, 403)


async def test_a_rule_may_name_single_objects() -> None:
    async with running() as api:
        await api.made(CONFIG_MAPS, config_map("a"))
        await api.made(CONFIG_MAPS, config_map("b"))
        await api.made(ROLES, role("configmaps", resourceNames=["a"]))
        await api.made(BINDINGS, binding("Role", "reader", {"kind": "User", "name": "ann"}))
        one = await asked_as(api, "ann", f"{CONFIG_MAPS}/a")
        other = await asked_as(api, "ann", f"{CONFIG_MAPS}/b")
    assert (one.status, other.status) == (200, 403)


async def test_a_subresource_is_a_resource_of_its_own() -> None:
    async with running() as api:
        await api.made(ROLES, role("pods"))
        await api.made(BINDINGS, binding("Role", "reader", {"kind": "User", "name": "ann"}))
        answer = await asked_as(api, "ann", f"{PODS}/p/log")
    assert answer.status == 403


@pytest.mark.parametrize(("name", "status"), [("view", 403), ("edit", 200), ("cluster-admin", 200)])
async def test_the_roles_meant_for_people_are_known(name: str, status: int) -> None:
    async with running() as api:
        await api.made(
            CLUSTER_BINDINGS, binding("ClusterRole", name, {"kind": "User", "name": "ann"})
        )
        looked = await asked_as(api, "ann", CONFIG_MAPS)
        secrets = await asked_as(api, "ann", "/api/v1/namespaces/default/secrets")
    assert (looked.status, secrets.status) == (200, status)


async def test_the_administrator_may_answer_to_any_name_and_group() -> None:
    async with running() as api:
        answer = await asked_as(api, "ann", PODS, "system:masters")
    assert answer.status == 200


async def test_nobody_else_may_pass_for_another() -> None:
    async with running() as api:
        ann = Api(api.server, api.clock, Identity("ann", ("system:authenticated",)))
        answer = await asked_as(ann, "bob", PODS)
    assert answer.status == 403
    assert 'User "ann" cannot impersonate resource "users"' in answer.body["message"]


async def test_a_review_says_what_another_may() -> None:
    def review(user: str) -> dict[str, Any]:
        asked = {"verb": "list", "resource": "configmaps", "namespace": "default"}
        return {"spec": {"user": user, "resourceAttributes": asked}}

    async with running() as api:
        await api.made(ROLES, role("configmaps"))
        await api.made(BINDINGS, binding("Role", "reader", {"kind": "User", "name": "ann"}))
        path = f"{REVIEWS}/subjectaccessreviews"
        ann, bob = await api.post(path, review("ann")), await api.post(path, review("bob"))
    assert (ann.body["status"]["allowed"], bob.body["status"]["allowed"]) == (True, False)


async def test_a_review_of_ones_rules_lists_them() -> None:
    async with running() as api:
        await api.made(ROLES, role("configmaps"))
        await api.made(BINDINGS, binding("Role", "reader", {"kind": "User", "name": "ann"}))
        answer = await api.post(
            f"{REVIEWS}/selfsubjectrulesreviews",
            {"spec": {"namespace": "default"}},
            headers=(("Impersonate-User", "ann"),),
        )
    rules = answer.body["status"]["resourceRules"]
    assert {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]} in rules
