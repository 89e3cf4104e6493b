"""Secrets and ConfigMaps of the control plane count as soon as they are there, and no longer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tenter.argoproj import Destination
from tenter.controller.control_plane import ControlPlane, Part
from tenter.kube import Informers
from tenter.manifests import Manifest
from tests.controller.fleet import NAMESPACE, Fleet

SHOP = "https://git.example.com/team/shop"


def secret(called: str, kind: str = "", **data: str) -> Manifest:
    labels = {"argocd.argoproj.io/secret-type": kind} if kind else {}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": called, "namespace": NAMESPACE, "labels": labels},
        "stringData": data,
    }


def config_map(name: str, **data: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "data": data,
    }


class Told:
    """What a control plane told of, in order."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self._news = asyncio.Event()

    def __call__(self, part: Part) -> None:
        self.parts.append(part)
        self._news.set()

    async def of(self, part: Part) -> list[Part]:
        """Return all that was told, once ``part`` was; it is forgotten then."""
        async with asyncio.timeout(600):
            while part not in self.parts:
                self._news.clear()
                await self._news.wait()
        told, self.parts = self.parts, []
        return told


@asynccontextmanager
async def plane_of(fleet: Fleet) -> AsyncIterator[tuple[ControlPlane, Told]]:
    told = Told()
    async with Informers(fleet.client, fleet.environment) as informers:
        plane = ControlPlane(fleet.client, informers, NAMESPACE, told)
        await plane.open()
        yield plane, told


async def test_credentials_that_are_there_from_the_start_are_used(fleet: Fleet) -> None:
    await fleet.create(secret("shop", "repository", url=SHOP, username="bot", password="p"))
    async with plane_of(fleet) as (plane, told):
        assert plane.access(f"{SHOP}.git", "default").password == "p"
        assert told.parts == []


async def test_charts_are_let_in_with_those_of_the_project_their_own_first(fleet: Fleet) -> None:
    charts, base = "https://charts.example.com/shop", "https://base.example.com"
    await fleet.create(secret("a", "repository", url=base, type="helm", password="b"))
    await fleet.create(
        secret("b", "repository", url="https://x", type="helm", password="x", project="other")
    )
    await fleet.create(secret("c", "repo-creds", url="https://charts.example.com", password="c"))
    async with plane_of(fleet) as (plane, _):
        found = plane.chart_credentials(charts, "default")
    assert [(each.url, each.password) for each in found] == [(charts, "c"), (base, "b")]


async def test_credentials_come_change_and_go_with_their_secret(fleet: Fleet) -> None:
    async with plane_of(fleet) as (plane, told):
        await fleet.create(secret("shop", "repository", url=SHOP, password="first"))
        await told.of(Part.REPOSITORIES)
        assert plane.access(SHOP, "default").password == "first"

        await fleet.patch("Secret", "shop", {"stringData": {"password": "second"}}, NAMESPACE)
        await told.of(Part.REPOSITORIES)
        assert plane.access(SHOP, "default").password == "second"

        label = {"metadata": {"labels": {"argocd.argoproj.io/secret-type": None}}}
        await fleet.patch("Secret", "shop", label, NAMESPACE)
        await told.of(Part.REPOSITORIES)
        assert plane.access(SHOP, "default").password == ""


async def test_a_cluster_comes_and_goes_with_its_secret(fleet: Fleet) -> None:
    async with plane_of(fleet) as (plane, told):
        await fleet.create(secret("far", "cluster", name="far", server="https://far", config="{}"))
        await told.of(Part.CLUSTERS)
        assert plane.clusters.find(Destination(name="far")).server == "https://far"

        await fleet.delete("Secret", "far", NAMESPACE)
        await told.of(Part.CLUSTERS)
        assert [each.is_own for each in plane.clusters.clusters] == [True]


async def test_webhooks_have_their_secrets_as_long_as_these_are_there(fleet: Fleet) -> None:
    async with plane_of(fleet) as (plane, told):
        assert not plane.webhooks
        await fleet.create(secret("argocd-secret", **{"webhook.github.secret": "key"}))
        await told.of(Part.WEBHOOKS)
        assert plane.webhooks.github == "key"

        await fleet.delete("Secret", "argocd-secret", NAMESPACE)
        await told.of(Part.WEBHOOKS)
        assert not plane.webhooks


async def test_known_hosts_and_authorities_are_those_of_the_config_maps(fleet: Fleet) -> None:
    async with plane_of(fleet) as (plane, told):
        await fleet.create(config_map("argocd-ssh-known-hosts-cm", ssh_known_hosts="a key"))
        await told.of(Part.REPOSITORIES)
        await fleet.create(config_map("argocd-tls-certs-cm", **{"git.example.com": "PEM"}))
        await told.of(Part.REPOSITORIES)
        assert plane.access(SHOP, "default").known_hosts == "a key"
        assert plane.access(SHOP, "default").authorities == "PEM"
        assert plane.access("https://other.example.com/x", "default").authorities == ""


async def test_a_secret_that_means_nothing_here_changes_nothing(fleet: Fleet) -> None:
    async with plane_of(fleet) as (_, told):
        await fleet.create(secret("another", password="x"))
        await fleet.create(secret("shop", "repository", url=SHOP))
        assert await told.of(Part.REPOSITORIES) == [Part.REPOSITORIES]
