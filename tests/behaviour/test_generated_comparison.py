"""Comparison of objects that nobody picked: never a false Synced, never a false OutOfSync.

What is right the server says: an object is in sync when a dry run of its apply changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conformance.io_coverage import CoveredKind, read_coverage

from tenter.diff import content, normalised
from tenter.embedded.schema import Types
from tenter.engine import SyncOptions
from tenter.errors import ApiError, UnknownKind
from tenter.kube import Client, Resource
from tenter.manifests import read_documents
from tenter.runner.comparing import Comparer
from tests.behaviour.drawn_objects import Case, cases
from tests.behaviour.grounds import EmbeddedGrounds, Grounds
from tests.behaviour.manifests import Manifest

KINDS = {kind.kind: kind for kind in read_coverage()}
_CASES = 12
_LEAST_LOCAL = 0.95
_LEAST_LOCAL_OF = {"Pod": 0.75}
"""Admission adds tolerations to Pods, in a list that is owned as a whole."""


@dataclass
class Bench:
    """One kind's objects on a cluster; ``asked`` of ``compared`` comparisons took a dry run."""

    client: Client
    resource: Resource
    compared: int = 0
    asked: int = 0

    async def apply(self, target: Manifest, manager: str = "tenter") -> bool:
        """Apply, and return whether the server took it."""
        try:
            await self.client.apply(self.resource, target, field_manager=manager)
        except ApiError:
            return False
        return True

    async def patch(self, name: str, change: dict[str, Any]) -> bool:
        try:
            await self.client.patch(self.resource, "default", name, change, field_manager="someone")
        except ApiError:
            return False
        return True

    async def live(self, target: Manifest) -> Manifest:
        return await self.client.get(self.resource, "default", target["metadata"]["name"])

    async def in_sync(self, target: Manifest, live: Manifest) -> bool:
        found = await Comparer(self.client, SyncOptions()).compare(target, live)
        self.compared += 1
        self.asked += found.asked
        return found.in_sync

    async def changed_fields(self, target: Manifest) -> tuple[Manifest, bool] | None:
        """Return live and whether an apply would change it; None where it would be refused."""
        while True:
            live = await self.live(target)
            try:
                left = (await self.client.apply(self.resource, target, dry_run=True)).object
            except ApiError:
                return None
            after = await self.live(target)
            if live["metadata"]["resourceVersion"] == after["metadata"]["resourceVersion"]:
                return live, content(left) != content(live)


async def bench(grounds: Grounds, kind: CoveredKind) -> Bench:
    group, _, version = kind.api_version.rpartition("/")
    return Bench(grounds.client, await grounds.client.resource(group, kind.kind, version))


@pytest.mark.parametrize("kind", KINDS)
async def test_what_was_applied_is_in_sync_and_nearly_always_without_asking(
    grounds: Grounds, kind: str
) -> None:
    on = await bench(grounds, KINDS[kind])
    taken = 0
    for case in cases(KINDS[kind], _CASES):
        for target in (case.target, case.later):
            if not await on.apply(target):
                continue
            taken += 1
            live = await on.live(target)
            assert await on.in_sync(target, live), f"{target} is OutOfSync with {live}"
    assert taken >= _CASES / 2
    assert on.asked <= (1 - _LEAST_LOCAL_OF.get(kind, _LEAST_LOCAL)) * on.compared


@pytest.mark.parametrize("kind", KINDS)
async def test_what_someone_else_changed_is_found_exactly_where_a_sync_would_change_it_back(
    grounds: Grounds, kind: str
) -> None:
    on = await bench(grounds, KINDS[kind])
    differed = 0
    for case in cases(KINDS[kind], _CASES, number=1):
        if not await on.apply(case.target):
            continue
        for meddle in (on.patch(case.target["metadata"]["name"], case.patch), _theirs(on, case)):
            if not await meddle:
                continue
            for target in (case.target, case.later):
                found = await on.changed_fields(target)
                if found is None:
                    continue
                live, differs = found
                differed += differs
                assert await on.in_sync(target, live) is not differs, f"{target} and {live}"
                if target is case.target:
                    named = list(_changed_leaves(target, live))
                    assert differs or not named, f"{named} of {target} and {live}"
    assert differed


async def _theirs(on: Bench, case: Case) -> bool:
    return await on.apply(case.applied, manager="someone")


def _changed_leaves(target: Any, live: Any, path: str = "") -> Iterator[str]:
    """Yield the texts that both name, outside of lists, and that are not the same."""
    if isinstance(target, dict) and isinstance(live, dict):
        for name in target.keys() & live.keys() - {"status"}:
            yield from _changed_leaves(target[name], live[name], f"{path}.{name}")
    elif isinstance(target, str) and isinstance(live, str):
        # Amounts have many ways to be written, and the server says which mean the same.
        amount = {"limits", "requests", "sizeLimit"} & {*path.split(".")}
        if target != live and not amount:
            yield path


# Every built-in kind

WRITTEN = [
    document.manifest
    for name in ("many_kinds.yaml", "more_kinds.yaml")
    for document in read_documents((Path(__file__).parent / name).read_text("utf-8"), name)
]
NOBODY_WRITES = {
    "Binding", "ComponentStatus", "Event", "Eviction", "IPAddress", "LeaseCandidate",
    "LocalSubjectAccessReview", "Node", "PodCertificateRequest", "ResourceSlice", "Scale",
    "SelfSubjectAccessReview", "SelfSubjectReview", "SelfSubjectRulesReview", "Status",
    "StorageVersion", "SubjectAccessReview", "TokenRequest", "TokenReview", "VolumeAttachment",
    "CSINode", "CertificateSigningRequest",
}  # fmt: skip
"""Kinds of what the control plane tells, asks and notes itself."""
NOT_EVERYWHERE = {
    "ClusterTrustBundle", "DeviceTaintRule", "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding", "StorageVersionMigration",
}  # fmt: skip
"""Kinds that 1.36, with which this is compared, does not serve unless asked to."""


ASKED = {"CustomResourceDefinition", "LimitRange"}
"""Kinds to which the server adds what only it knows, within what the source wrote."""
NOTED_OTHERWISE = {("HorizontalPodAutoscaler", "autoscaling/v1")}
"""What the embedded cluster notes the fields of in the version it stores, so that it is asked."""


def _called(manifest: Manifest) -> str:
    return f"{manifest['kind']}/{manifest['metadata']['name']}/{manifest['apiVersion']}"


def test_every_built_in_kind_that_people_write_is_among_them() -> None:
    written = {manifest["kind"] for manifest in WRITTEN}
    stable = {kind for _, version, kind in Types.load().kinds() if version in {"v1", "v2"}}
    assert stable - written == (NOBODY_WRITES | NOT_EVERYWHERE) & stable


@pytest.mark.parametrize("manifest", WRITTEN, ids=_called)
async def test_an_object_of_each_kind_is_in_sync_here_and_by_the_servers_word(
    grounds: Grounds, manifest: Manifest
) -> None:
    client = grounds.client
    try:
        resource = await client.resource_of(manifest)
    except UnknownKind:
        pytest.skip("this cluster does not serve it")
    namespace = {"namespace": "default"} if resource.namespaced else {}
    metadata = {**manifest["metadata"], **namespace}
    target = normalised({**manifest, "metadata": metadata})
    on = Bench(client, resource)
    await client.apply(resource, target)

    found = await on.changed_fields(target)

    assert found is not None
    live, differs = found
    assert not differs
    assert await on.in_sync(target, live)
    written = (manifest["kind"], manifest["apiVersion"])
    otherwise = isinstance(grounds, EmbeddedGrounds) and written in NOTED_OTHERWISE
    assert not on.asked or manifest["kind"] in ASKED or otherwise
