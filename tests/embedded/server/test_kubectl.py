"""kubectl's own commands against the embedded cluster: what people do by habit."""

import asyncio
import os
import random
import re
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tenter.embedded import EmbeddedCluster
from tenter.environment import Environment

pytestmark = pytest.mark.skipif(
    shutil.which("kubectl") is None, reason="kubectl is not installed on this machine"
)

MANIFESTS = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, labels: {kind: ours}}
data: {color: red}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: task
spec:
  template:
    metadata:
      annotations: {embedded.tenter.dev/outcome: succeed log=hello}
    spec:
      restartPolicy: Never
      containers: [{name: main, image: busybox, command: ["true"]}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: main, image: nginx, ports: [{containerPort: 80}]}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
"""


class Kubectl:
    def __init__(self, folder: Path) -> None:
        self._environment = {
            **os.environ,
            "KUBECONFIG": str(folder / "kubeconfig"),
            "HOME": str(folder),
        }

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            "kubectl",
            *arguments,
            env=self._environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )

    async def tried(self, *arguments: str, given: str = "") -> tuple[int, str]:
        process = await self.start(*arguments)
        async with asyncio.timeout(60):
            output, _ = await process.communicate(given.encode())
        return process.returncode or 0, output.decode()

    async def __call__(self, *arguments: str, given: str = "") -> str:
        code, output = await self.tried(*arguments, given=given)
        assert code == 0, output
        return output


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Kubectl]:
    environment = Environment(now=time.time, random=random.Random(1))
    async with EmbeddedCluster(environment) as cluster:
        await cluster.serve()
        (folder / "kubeconfig").write_text(cluster.kubeconfig())
        yield Kubectl(folder)


async def test_apply_creates_and_then_finds_nothing_to_do(tmp_path: Path) -> None:
    async with running(tmp_path) as kubectl:
        first = await kubectl("apply", "-f", "-", given=MANIFESTS)
        second = await kubectl("apply", "-f", "-", given=MANIFESTS)
        changed = await kubectl("apply", "-f", "-", given=MANIFESTS.replace("red", "blue"))
    assert first.count("created") == 4
    assert second.count("unchanged") == 4
    assert "configmap/settings configured" in changed


async def test_apply_on_the_server_side(tmp_path: Path) -> None:
    async with running(tmp_path) as kubectl:
        output = await kubectl("apply", "--server-side", "-f", "-", given=MANIFESTS)
        pruned = MANIFESTS.replace("replicas: 2", "replicas: 3")
        await kubectl("apply", "--server-side", "-f", "-", given=pruned)
        replicas = await kubectl("get", "deploy", "web", "-o", "jsonpath={.spec.replicas}")
    assert output.count("serverside-applied") == 4
    assert replicas == "3"


async def test_apply_refuses_an_unknown_field(tmp_path: Path) -> None:
    async with running(tmp_path) as kubectl:
        wrong = MANIFESTS.replace("\ndata:", "\ndatum:")
        code, output = await kubectl.tried("apply", "-f", "-", given=wrong)
    assert code == 1
    assert 'unknown field "datum"' in output


async def test_wait_get_logs_and_describe(tmp_path: Path) -> None:
    async with running(tmp_path) as kubectl:
        await kubectl("apply", "-f", "-", given=MANIFESTS)
        await kubectl("wait", "--for=condition=complete", "job/task", "--timeout=30s")
        await kubectl("wait", "--for=condition=available", "deploy/web", "--timeout=30s")
        shown = await kubectl("get", "all", "-o", "wide")
        log = await kubectl("logs", "job/task")
        described = await kubectl("describe", "job", "task")
        pods = await kubectl("describe", "pods", "-l", "app=web")
    assert "job.batch/task   Complete   1/1" in shown
    assert "deployment.apps/web   2/2" in shown
    assert log == "hello\n"
    assert "1 Succeeded" in described
    assert re.search(r"^Status: +Running$", pods, re.MULTILINE)


async def test_label_patch_scale_and_create(tmp_path: Path) -> None:
    async with running(tmp_path) as kubectl:
        await kubectl("create", "-f", "-", given=MANIFESTS)
        await kubectl("label", "configmap", "settings", "tier=front")
        await kubectl("patch", "configmap", "settings", "-p", '{"data":{"size":"xl"}}')
        await kubectl("scale", "deploy", "web", "--replicas=1")
        chosen = await kubectl("get", "cm", "-l", "tier=front", "-o", "jsonpath={.items[*].data}")
        replicas = await kubectl("get", "deploy", "web", "-o", "jsonpath={.spec.replicas}")
    assert chosen == '{"color":"red","size":"xl"}'
    assert replicas == "1"


async def test_delete_waits_until_objects_are_gone(tmp_path: Path) -> None:
    async with running(tmp_path) as kubectl:
        await kubectl("apply", "-f", "-", given=MANIFESTS)
        await kubectl("delete", "-f", "-", "--wait", "--timeout=30s", given=MANIFESTS)
        left = await kubectl(
            "get", "all,configmaps", "--field-selector=metadata.name!=kube-root-ca.crt"
        )
    assert "No resources found" in left


async def test_get_watches(tmp_path: Path) -> None:
    async with running(tmp_path) as kubectl:
        await kubectl("apply", "-f", "-", given=MANIFESTS)
        watch = await kubectl.start("get", "configmaps", "-w", "-l", "kind=ours")
        assert watch.stdout is not None
        async with asyncio.timeout(60):
            heading, first = await watch.stdout.readline(), await watch.stdout.readline()
            await kubectl(
                "create",
                "-f",
                "-",
                given=MANIFESTS[: MANIFESTS.index("---")].replace("settings", "later"),
            )
            later = await watch.stdout.readline()
            watch.terminate()
            await watch.communicate()
    assert heading.split()[:2] == [b"NAME", b"DATA"]
    assert first.startswith(b"settings")
    assert later.startswith(b"later")


async def test_api_resources_and_explain(tmp_path: Path) -> None:
    async with running(tmp_path) as kubectl:
        listed = await kubectl("api-resources")
        explained = await kubectl("explain", "deployment.spec.replicas")
    assert "deploy" in listed
    assert "CustomResourceDefinition" in listed
    assert "FIELD: replicas <integer>" in explained


async def test_a_namespace_is_deleted_with_its_contents(tmp_path: Path) -> None:
    namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
    async with running(tmp_path) as kubectl:
        await kubectl("create", "-f", "-", given=namespace)
        await kubectl("-n", "shop", "apply", "-f", "-", given=MANIFESTS)
        await kubectl("delete", "namespace", "shop", "--timeout=30s")
        code, output = await kubectl.tried("get", "namespace", "shop")
    assert code == 1
    assert 'namespaces "shop" not found' in output


async def test_kubectls_own_generators_which_send_protobuf(tmp_path: Path) -> None:
    async with running(tmp_path) as kubectl:
        await kubectl("create", "configmap", "made", "--from-literal=a=b")
        await kubectl("create", "secret", "generic", "made", "--from-literal=a=hello")
        await kubectl("create", "deployment", "made", "--image=nginx", "--replicas=0")
        await kubectl("create", "job", "made", "--image=busybox", "--", "true")
        await kubectl("wait", "--for=condition=complete", "job/made", "--timeout=30s")
        settings = await kubectl("get", "configmap", "made", "-o", "jsonpath={.data.a}")
        secret = await kubectl("get", "secret", "made", "-o", "jsonpath={.data.a}")
        replicas = await kubectl("get", "deploy", "made", "-o", "jsonpath={.spec.replicas}")
        allowed = await kubectl("auth", "can-i", "create", "pods")
    assert (settings, secret, replicas, allowed) == ("b", "aGVsbG8=", "0", "yes\n")
