"""Pods run as a ServiceAccount, which every namespace has one of."""

from __future__ import annotations

from tests.embedded.server.api import PODS, pod, running

NAMESPACES = "/api/v1/namespaces"
ACCOUNTS = "/api/v1/namespaces/default/serviceaccounts"
PLACE = "/var/run/secrets/kubernetes.io/serviceaccount"


async def test_every_namespace_has_an_account_and_the_root_certificate() -> None:
    async with running() as api:
        await api.made(NAMESPACES, {"metadata": {"name": "shop"}})
        await api.settled()
        account = await api.get(f"{NAMESPACES}/shop/serviceaccounts/default")
        certificate = await api.get(f"{NAMESPACES}/shop/configmaps/kube-root-ca.crt")
    assert (account.status, certificate.status) == (200, 200)


async def test_the_account_of_a_namespace_comes_back() -> None:
    async with running() as api:
        await api.settled()
        before = (await api.get(f"{ACCOUNTS}/default")).body
        await api.delete(f"{ACCOUNTS}/default")
        await api.settled()
        after = (await api.get(f"{ACCOUNTS}/default")).body
    assert before["metadata"]["uid"] != after["metadata"]["uid"]


async def test_a_pod_in_a_namespace_just_made_has_its_account() -> None:
    async with running() as api:
        await api.made(NAMESPACES, {"metadata": {"name": "shop"}})
        made = await api.made(f"{NAMESPACES}/shop/pods", pod())
    assert made["spec"]["serviceAccountName"] == "default"
    assert made["spec"]["serviceAccount"] == "default"


async def test_the_accounts_token_is_mounted_in_every_container() -> None:
    async with running() as api:
        made = await api.made(PODS, pod())
    (volume,) = made["spec"]["volumes"]
    (mount,) = made["spec"]["containers"][0]["volumeMounts"]
    assert mount == {"name": volume["name"], "readOnly": True, "mountPath": PLACE}
    assert [next(iter(source)) for source in volume["projected"]["sources"]] == [
        "serviceAccountToken",
        "configMap",
        "downwardAPI",
    ]


async def test_neither_pod_nor_account_need_have_the_token_mounted() -> None:
    robot = {"metadata": {"name": "robot"}, "automountServiceAccountToken": False}
    async with running() as api:
        await api.made(ACCOUNTS, robot)
        by_account = await api.made(PODS, pod("a", {"serviceAccountName": "robot"}))
        by_pod = await api.made(PODS, pod("b", {"automountServiceAccountToken": False}))
        both = await api.made(
            PODS, pod("c", {"serviceAccountName": "robot", "automountServiceAccountToken": True})
        )
    assert "volumes" not in by_account["spec"]
    assert "volumes" not in by_pod["spec"]
    assert both["spec"]["volumes"]


async def test_a_pod_without_pull_secrets_has_those_of_its_account() -> None:
    robot = {"metadata": {"name": "robot"}, "imagePullSecrets": [{"name": "registry"}]}
    async with running() as api:
        await api.made(ACCOUNTS, robot)
        made = await api.made(PODS, pod("p", {"serviceAccountName": "robot"}))
    assert made["spec"]["imagePullSecrets"] == [{"name": "registry"}]


async def test_a_pod_of_an_account_that_is_not_there_is_refused() -> None:
    async with running() as api:
        answer = await api.post(PODS, pod("p", {"serviceAccountName": "robot"}))
    assert answer.status == 403
    assert answer.body["message"] == (
        'pods "p" is forbidden: error looking up service account default/robot: '
        'serviceaccount "robot" not found'
    )
