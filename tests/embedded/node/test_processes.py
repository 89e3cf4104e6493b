from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tenter.embedded.node.io_processes import ProcessBehaviour
from tenter.manifests import Manifest

from .running import Running, has, main_state, phase, pod, running, waits_for


def program(*command: str, name: str = "p", policy: str = "Never", **container: Any) -> Manifest:
    item = pod(name, policy=policy)
    item["spec"]["containers"][0] |= {"command": list(command), **container}
    return item


def with_volumes(item: Manifest, *volumes: dict[str, Any]) -> Manifest:
    item["spec"]["volumes"] = list(volumes)
    return item


def config_map(**data: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "config"}, "data": data}


async def outcome(cluster: Running, item: Manifest) -> tuple[int, str]:
    """Run a Pod to its end; return its exit code and log."""
    await cluster.create(item)
    ended = await cluster.until(item, phase("Succeeded", "Failed"))
    code = main_state(ended)["terminated"]["exitCode"]
    return code, await cluster.logs(item["metadata"]["name"])


def gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    # A zombie that nobody reaped is gone too.
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().split(") ")[1].startswith("Z")
    return True


async def first_line(cluster: Running, name: str) -> str:
    await cluster.until(pod(name), phase("Running"))
    stream = cluster.client.follow_logs("default", name)
    try:
        async for line in stream:
            return line
    finally:
        await stream.aclose()
    raise AssertionError("it printed nothing")


async def test_a_program_runs_and_its_exit_code_and_output_are_kept() -> None:
    async with running(run_processes=True) as cluster:
        item = program("sh", "-c", "echo out; echo err >&2; exit 3")
        assert await outcome(cluster, item) == (3, "out\nerr\n")


async def test_nothing_runs_unless_asked_for(tmp_path: Path) -> None:
    async with running() as cluster:
        code, text = await outcome(cluster, program("touch", str(tmp_path / "mark")))
        assert (code, text) == (0, "")
    assert not (tmp_path / "mark").exists()


async def test_a_program_sees_only_the_declared_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_SHELL", "x")
    async with running(run_processes=True) as cluster:
        item = program("env", env=[{"name": "A", "value": "1"}])
        _, text = await outcome(cluster, item)
        names = {line.partition("=")[0] for line in text.splitlines()}
        usual = {"PATH", "HOME", "HOSTNAME", "POD_IP", "TENTER_POD_IP", "TENTER_MOUNTS"}
        assert names == {"A", *usual}


async def test_each_pod_has_a_loopback_address_of_its_own() -> None:
    async with running(run_processes=True) as cluster:
        texts = [
            (await outcome(cluster, program("sh", "-c", "echo $POD_IP", name=name)))[1]
            for name in ("a", "b")
        ]
        addresses = [item["status"]["podIP"] for item in await cluster.items("", "Pod")]
        assert sorted(text.strip() for text in texts) == sorted(addresses)
        assert all(address.startswith("127.") for address in addresses)


async def test_files_of_a_config_map_are_found_at_their_mount_path() -> None:
    async with running(run_processes=True) as cluster:
        await cluster.create(config_map(greeting="hello"))
        item = with_volumes(
            program(
                "sh",
                "-c",
                'cat /etc/shop/greeting; echo; cat "$FILE"; echo; echo "$TENTER_MOUNTS"',
                env=[{"name": "FILE", "value": "/etc/shop/greeting"}],
                volumeMounts=[{"name": "v", "mountPath": "/etc/shop"}],
            ),
            {"name": "v", "configMap": {"name": "config"}},
        )
        code, text = await outcome(cluster, item)
        first, second, mounts = text.splitlines()
        assert (code, first, second) == (0, "hello", "hello")
        assert "/etc/shop" in json.loads(mounts)


async def test_a_pod_waits_for_a_config_map_and_then_runs() -> None:
    async with running(run_processes=True) as cluster:
        reference = {"configMapKeyRef": {"name": "config", "key": "greeting"}}
        item = program("sh", "-c", "echo $A", env=[{"name": "A", "valueFrom": reference}])
        await cluster.create(item)
        await cluster.until(item, waits_for("CreateContainerConfigError"))
        await cluster.create(config_map(greeting="hello"))
        await cluster.until(item, phase("Succeeded"))
        assert await cluster.logs("p") == "hello\n"


async def test_a_claim_outlives_pods_and_goes_with_its_claim(tmp_path: Path) -> None:
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }

    def using(name: str, script: str) -> Manifest:
        return with_volumes(
            program(
                "sh",
                "-c",
                script,
                name=name,
                volumeMounts=[{"name": "v", "mountPath": "/data", "subPath": "deep/er"}],
            ),
            {"name": "v", "persistentVolumeClaim": {"claimName": "data"}},
        )

    async with running(run_processes=True, data=tmp_path) as cluster:
        await cluster.create(claim)
        await outcome(cluster, using("writer", "echo kept >/data/file"))
        await cluster.delete(using("writer", ""))
        await cluster.until_gone(using("writer", ""))
        assert await outcome(cluster, using("reader", "cat /data/file")) == (0, "kept\n")
        (directory,) = (tmp_path / "node" / "claims" / "default").iterdir()
        assert (directory / "deep" / "er" / "file").read_text() == "kept\n"


async def test_a_program_that_is_not_there_fails_with_its_name() -> None:
    async with running(run_processes=True) as cluster:
        item = program("no-such-program")
        code, text = await outcome(cluster, item)
        assert code == 128
        assert "no-such-program" in text


async def test_a_container_without_a_command_fails_saying_so() -> None:
    async with running(run_processes=True) as cluster:
        item = pod()
        await cluster.create(item)
        ended = main_state(await cluster.until(item, phase("Failed")))["terminated"]
        assert ended["reason"] == "StartError"
        assert "has no command" in ended["message"]


async def test_a_host_path_is_refused() -> None:
    async with running(run_processes=True) as cluster:
        item = with_volumes(program("true"), {"name": "v", "hostPath": {"path": "/etc"}})
        await cluster.create(item)
        found = await cluster.until(item, waits_for("CreateContainerConfigError"))
        assert "hostPath" in main_state(found)["waiting"]["message"]


async def test_deleting_a_pod_asks_the_program_to_end() -> None:
    async with running(run_processes=True) as cluster:
        script = "trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.01; done"
        item = program("sh", "-c", script)
        await cluster.create(item)
        assert await first_line(cluster, "p") == "up"
        follower = asyncio.ensure_future(_all_lines(cluster, "p"))
        await cluster.delete(item)
        await cluster.until_gone(item)
        assert (await follower)[-1] == "bye"


async def _all_lines(cluster: Running, name: str) -> Sequence[str]:
    return [line async for line in cluster.client.follow_logs("default", name)]


async def test_a_program_that_ignores_the_request_is_killed_after_its_grace_period() -> None:
    async with running(run_processes=True) as cluster:
        item = program("sh", "-c", "trap '' TERM; echo $$$$; while :; do sleep 0.01; done")
        item["spec"]["terminationGracePeriodSeconds"] = 1
        await cluster.create(item)
        process = int(await first_line(cluster, "p"))
        await cluster.delete(item)
        await cluster.until_gone(item)
        assert gone(process)


async def test_what_a_program_leaves_running_ends_with_it() -> None:
    async with running(run_processes=True) as cluster:
        code, text = await outcome(cluster, program("sh", "-c", "sleep 1000 & echo $!"))
        assert code == 0
        assert gone(int(text))


async def test_nothing_is_left_running_when_the_cluster_stops() -> None:
    async with running(run_processes=True) as cluster:
        await cluster.create(program("sh", "-c", "echo $$$$; exec sleep 1000"))
        process = int(await first_line(cluster, "p"))
        assert not gone(process)
    assert gone(process)


async def test_a_readiness_probe_decides_when_a_pod_is_ready(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    async with running(run_processes=True) as cluster:
        item = program(
            "sleep",
            "1000",
            policy="Always",
            readinessProbe={"exec": {"command": ["test", "-e", str(mark)]}},
        )
        await cluster.create(item)
        found = await cluster.until(item, phase("Running"))
        assert not has("Ready")(found)
        mark.touch()
        await cluster.until(item, has("Ready"))


async def test_a_failing_liveness_probe_restarts_the_container() -> None:
    async with running(run_processes=True) as cluster:
        probe = {"exec": {"command": ["false"]}, "periodSeconds": 1, "failureThreshold": 1}
        item = program("sleep", "1000", policy="Always", livenessProbe=probe)
        await cluster.create(item)
        found = await cluster.until(
            item, lambda found: phase("Running")(found) and _restarts(found) >= 1
        )
        last = found["status"]["containerStatuses"][0]["lastState"]["terminated"]
        assert last["message"] == "the liveness probe failed"


def _restarts(item: Manifest) -> int:
    return int(item["status"]["containerStatuses"][0]["restartCount"])


SERVER = """
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"served")
    def log_message(self, *args): pass
http.server.HTTPServer((os.environ["POD_IP"], 8080), Handler).serve_forever()
"""


async def test_a_service_leads_to_ready_pods() -> None:
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web"},
        "spec": {"selector": {"app": "server"}, "ports": [{"port": 8000, "targetPort": "http"}]},
    }
    async with running(run_processes=True) as cluster:
        await cluster.create(service)
        server = program(
            "python3",
            "-c",
            SERVER,
            name="server",
            policy="Always",
            ports=[{"name": "http", "containerPort": 8080}],
            readinessProbe={"httpGet": {"path": "/", "port": "http"}},
        )
        await cluster.create(server)
        await cluster.until(server, has("Ready"))
        script = (
            "import os, urllib.request as u;"
            "h, p = os.environ['WEB_SERVICE_HOST'], os.environ['WEB_SERVICE_PORT'];"
            "print(u.urlopen(f'http://{h}:{p}/').read().decode());"
            "print(u.urlopen('http://web:8000/').read().decode())"
        )
        client = program("python3", "-c", script, name="client")
        assert await outcome(cluster, client) == (0, "served\nserved\n")
        behaviour = cluster.cluster.node.behaviour
        assert isinstance(behaviour, ProcessBehaviour)
        address = behaviour.service_address("default", "web")
        assert address is not None
        reader, writer = await asyncio.open_connection(address.host, address.ports[8000])
        writer.write(b"GET / HTTP/1.0\r\n\r\n")
        assert (await reader.read()).endswith(b"served")
        writer.close()
        await writer.wait_closed()


async def test_an_outcome_is_still_scripted_where_a_pod_asks_for_it() -> None:
    async with running(run_processes=True) as cluster:
        item = pod(outcome="fail exit=5 log=played")
        assert await outcome(cluster, item) == (5, "played\n")


async def test_the_tail_of_the_log_is_the_message_where_asked() -> None:
    async with running(run_processes=True) as cluster:
        item = program(
            "sh", "-c", "echo why; exit 1", terminationMessagePolicy="FallbackToLogsOnError"
        )
        await cluster.create(item)
        ended = await cluster.until(item, phase("Failed"))
        assert main_state(ended)["terminated"]["message"] == "why\n"


async def test_a_job_of_true_completes_in_well_under_a_second() -> None:
    async with running(run_processes=True) as cluster:
        manifest = {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": "j"},
            "spec": {"template": {"spec": program("true")["spec"]}},
        }
        await cluster.create(manifest)
        await cluster.until(manifest, has("Complete"), seconds=5)
