"""Bad input: a class of error of its own, what and where and what to do, and nothing touched.

Each case is tried through the library and, for its exit code and words, through the command.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tenter
from tenter.cli.main import main
from tenter.errors import (
    ClusterUnreachable,
    DuplicateObject,
    Forbidden,
    HookError,
    ManifestError,
    NoManifests,
    OptionError,
    SourceError,
    TenterError,
    Unauthorized,
    UsageError,
    WaveError,
)
from tests.behaviour.application import Application, messages, result
from tests.behaviour.manifests import SHIP_GROUP, config_map, deployment, job, ship

GOOD = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
"""


def marked(**annotations: str) -> str:
    """Return a good object and, as the second document, a Job with these annotations."""
    listed = "".join(
        f"    argocd.argoproj.io/{name.replace('_', '-')}: '{value}'\n"
        for name, value in annotations.items()
    )
    return f"""\
{GOOD}---
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations:
{listed}spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{{name: main, image: tool}}]
"""


class Case:
    """A file's text, the error's class, what its message says, and where it says to look."""

    def __init__(self, text: str, error: type[TenterError], *words: str, where: str = "") -> None:
        self.text = text
        self.error = error
        self.words = words
        self.where = where


CASES = {
    "an empty file": Case("", NoManifests, "no manifest"),
    "a file of comments": Case("# nothing yet\n---\n", NoManifests, "no manifest"),
    "a tab in YAML": Case(
        f"{GOOD}---\na: b\n\tc: d\n", ManifestError, "tab", where="all.yaml:6 (document 2)"
    ),
    "a bracket that is not closed": Case(
        "apiVersion: v1\nkind: [ConfigMap\n", ManifestError, "expected", where="all.yaml:"
    ),
    "a text in place of an object": Case(
        f"{GOOD}---\nhello\n",
        ManifestError,
        "expected a Kubernetes object (a mapping)",
        where="all.yaml:5 (document 2)",
    ),
    "an object without a kind": Case(
        f"{GOOD}---\napiVersion: v1\nmetadata: {{name: a}}\n",
        ManifestError,
        "kind is missing",
        "ConfigMap",
        where="all.yaml:5 (document 2)",
    ),
    "an object without a name": Case(
        f"{GOOD}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{}}\n",
        ManifestError,
        "neither metadata.name nor metadata.generateName",
        "add one",
        where="all.yaml:5 (document 2)",
    ),
    "a hook without a name": Case(
        f"{GOOD}---\napiVersion: v1\nkind: Pod\n"
        "metadata: {annotations: {argocd.argoproj.io/hook: PreSync}}\n",
        ManifestError,
        "neither metadata.name nor metadata.generateName",
        where="all.yaml:5 (document 2)",
    ),
    "an ordinary object with a generated name": Case(
        f"{GOOD}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{generateName: a-}}\n",
        ManifestError,
        "only a generateName",
        "make it a hook",
        where="all.yaml:5 (document 2)",
    ),
    "two objects of one key": Case(
        f"{GOOD}---\n{GOOD}", DuplicateObject, "ConfigMap", "settings", where="all.yaml:5"
    ),
    "two objects of one key, one naming the namespace": Case(
        f"{GOOD}---\n{GOOD.replace('settings', 'settings, namespace: default')}",
        DuplicateObject,
        "settings",
        where="all.yaml:5",
    ),
    "an unknown hook type": Case(
        marked(hook="PreSnyc"),
        HookError,
        'unknown hook type "PreSnyc"',
        'Did you mean "PreSync"?',
        "batch/Job/migrate",
        where="all.yaml:5 (document 2)",
    ),
    "an unknown hook type beside a known one": Case(
        marked(hook="PreSync, Wat"), HookError, 'unknown hook type "Wat"', "PostSync"
    ),
    "an empty hook type": Case(marked(hook=" "), HookError, "is empty", "PreSync"),
    "an unknown delete policy": Case(
        marked(hook="PreSync", hook_delete_policy="HookSucceded"),
        HookError,
        'unknown hook delete policy "HookSucceded"',
        'Did you mean "HookSucceeded"?',
        where="all.yaml:5 (document 2)",
    ),
    "a wave that is no number": Case(
        marked(sync_wave="first"),
        WaveError,
        '"first", which is not an integer',
        "batch/Job/migrate",
        where="all.yaml:5 (document 2)",
    ),
    "a wave with a fraction": Case(marked(sync_wave="1.5"), WaveError, "not an integer"),
    "a wave that only Python reads": Case(marked(sync_wave="1_0"), WaveError, "not an integer"),
    "a wave that is not quoted": Case(
        f"{GOOD}---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"
        "  annotations:\n    argocd.argoproj.io/sync-wave: 5\n",
        ManifestError,
        "quotes",
        where="all.yaml:",
    ),
    "an unknown option of an object": Case(
        marked(sync_options="Prun=false"),
        OptionError,
        'batch/Job/migrate: annotation argocd.argoproj.io/sync-options: unknown sync option "Prun"',
        "Did you mean Prune?",
        where="all.yaml:5 (document 2)",
    ),
    "an option's unknown value": Case(
        marked(sync_options="Prune=maybe"), OptionError, '"maybe"', "true, false or confirm"
    ),
    "an option without a value": Case(marked(sync_options="PruneLast"), OptionError, "Name=value"),
    "an application's option on an object": Case(
        marked(sync_options="CreateNamespace=true"), OptionError, "a whole application"
    ),
}


@pytest.mark.parametrize("name", CASES)
async def test_what_is_wrong_in_a_manifest_is_refused_before_anything_is_touched(
    application: Application, name: str
) -> None:
    case = CASES[name]
    application.write(case.text)

    with pytest.raises(TenterError) as refused:
        await application.sync()

    assert type(refused.value) is case.error
    for word in (*case.words, case.where):
        assert word in str(refused.value)
    assert application.grounds.story().changed_nothing
    assert application.grounds.states() == []


@pytest.mark.parametrize("name", CASES)
async def test_a_plan_refuses_the_same(application: Application, name: str) -> None:
    application.write(CASES[name].text)

    with pytest.raises(CASES[name].error):
        await tenter.plan(application.folder)


@pytest.mark.parametrize("name", CASES)
async def test_what_runs_already_is_left_alone(application: Application, name: str) -> None:
    await application.sync(config_map("settings"), deployment("web"))
    before = (await application.state()).record
    application.write(CASES[name].text)

    with pytest.raises(CASES[name].error):
        await application.sync(prune=True)

    assert application.story.changed_nothing, application.story
    after = (await application.state()).record
    assert before is not None
    assert after is not None
    assert after.operation == before.operation


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("PruneLst=true", ['unknown sync option "PruneLst"', "Did you mean PruneLast?"]),
        ("PruneLast=yes", ['PruneLast cannot be "yes"', "true or false"]),
        ("PruneLast", ["Name=value"]),
        ("Force=true", ["--force"]),
        ("Preflight=maybe", ["server, client or none"]),
        ("HookTimeout=soon", ["duration"]),
    ],
)
async def test_an_option_that_cannot_be_is_refused(
    application: Application, option: str, words: list[str]
) -> None:
    with pytest.raises(OptionError) as refused:
        await application.sync(config_map("settings"), sync_options=[option])

    for word in words:
        assert word in str(refused.value)
    assert application.story.changed_nothing


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"timeout": "soon"}, ["soon", "10m"]),
        ({"timeout": "0s"}, ["0s", "10m"]),
        ({"application": "Not A Name"}, ["Not A Name", "--app"]),
        ({"namespace": "nowhere"}, ["namespace nowhere does not exist", "--create-namespace"]),
    ],
)
async def test_an_argument_that_cannot_be_is_refused(
    application: Application, keywords: dict[str, Any], words: list[str]
) -> None:
    with pytest.raises(TenterError) as refused:
        await application.sync(config_map("settings"), **keywords)

    for word in words:
        assert word in str(refused.value)
    assert application.story.changed_nothing


# Sources


async def test_a_folder_that_does_not_exist_is_named(application: Application) -> None:
    with pytest.raises(SourceError, match="nowhere"):
        await tenter.sync(application.folder / "nowhere", cluster=application.cluster)
    assert application.grounds.story().changed_nothing


async def test_a_folder_without_manifests_is_named(application: Application) -> None:
    application.folder.mkdir()
    (application.folder / "readme.txt").write_text("hello")

    with pytest.raises(NoManifests, match="deploy"):
        await application.sync()
    assert application.story.changed_nothing


async def git(folder: Path, *arguments: str) -> None:
    import asyncio

    process = await asyncio.create_subprocess_exec("git", "-C", str(folder), *arguments)
    assert await process.wait() == 0


async def test_a_repository_that_does_not_exist_is_named(
    application: Application, tmp_path: Path
) -> None:
    with pytest.raises(SourceError) as refused:
        await tenter.sync(
            f"file://{tmp_path}/nowhere.git", cluster=application.cluster, application="shop"
        )

    assert "nowhere.git" in str(refused.value)
    assert application.grounds.story().changed_nothing


async def test_a_revision_that_does_not_exist_is_named(
    application: Application,
) -> None:
    application.write(config_map("settings"))
    await git(application.folder, "init", "-q", "-b", "main")
    await git(application.folder, "add", ".")
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    await git(application.folder, *identity, "commit", "-q", "-m", "first")

    with pytest.raises(SourceError) as refused:
        await tenter.sync(
            f"file://{application.folder}",
            cluster=application.cluster,
            application="shop",
            revision="v9.9",
        )

    assert "v9.9" in str(refused.value)
    assert application.grounds.story().changed_nothing


# The server's word


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (
            {**config_map("broken"), "dada": {}},
            ["dada", "Validate=false"],
        ),
        (config_map("broken", labels={"not a label": "x"}), ["metadata.labels"]),
        (deployment("broken") | {"spec": {"replicas": 1}}, ["spec.template.spec.containers"]),
        (config_map("Broken_Name"), ["Broken_Name"]),
        (ship("broken"), [f"{SHIP_GROUP}/v1", "Ship"]),
    ],
    ids=["unknown field", "bad label", "missing field", "bad name", "unknown kind"],
)
async def test_an_object_that_the_server_rejects_keeps_all_from_being_applied(
    application: Application, broken: dict[str, Any], words: list[str]
) -> None:
    outcome = await application.sync(
        config_map("settings"),
        broken,
        job("migrate", hook="PreSync"),
        job("clean", hook="SyncFail"),
    )

    assert outcome.phase == "Failed"
    assert application.story.created() == ["Job/clean"]
    rejected = result(outcome, broken["metadata"]["name"])
    assert rejected["status"] == "SyncFailed"
    for word in words:
        assert word in rejected["message"]
        assert word in outcome.message


async def test_an_object_in_a_namespace_that_nobody_makes_keeps_all_from_being_applied(
    application: Application,
) -> None:
    outcome = await application.sync(
        config_map("settings"), config_map("lost", namespace="nowhere"), job("hook", hook="Sync")
    )

    assert outcome.phase == "Failed"
    assert application.story.changed_nothing, application.story
    assert 'namespaces "nowhere" not found' in messages(outcome)["ConfigMap/lost"]


async def test_a_hook_that_the_server_rejects_keeps_all_from_being_applied(
    application: Application,
) -> None:
    broken = job("migrate", hook="PreSync")
    broken["spec"]["template"]["spec"]["restartPolicy"] = "Sometimes"

    outcome = await application.sync(config_map("settings"), broken)

    assert outcome.phase == "Failed"
    assert application.story.created() == []
    assert "Sometimes" in messages(outcome)["Job/migrate"]


@pytest.mark.parametrize(
    ("verb", "resource", "kind"),
    [("patch", "configmaps", "ConfigMap"), ("create", "jobs", "Job")],
)
async def test_a_cluster_that_forbids_a_verb_is_understood_before_anything_is_applied(
    application: Application, verb: str, resource: str, kind: str
) -> None:
    application.grounds.forbid(verb=verb, resource=resource)

    outcome = await application.sync(
        config_map("settings"), deployment("web"), job("smoke", hook="PostSync")
    )

    assert outcome.phase == "Failed"
    assert application.story.created() == []
    assert kind in outcome.message
    assert verb in outcome.message


async def test_a_cluster_that_forbids_to_keep_the_state_is_an_error(
    application: Application,
) -> None:
    application.grounds.forbid(verb="create", resource="secrets")

    with pytest.raises(Forbidden) as refused:
        await application.sync(config_map("settings"))

    assert "secrets" in str(refused.value)
    assert "create" in str(refused.value)
    assert application.story.changed_nothing


async def test_a_cluster_that_does_not_know_us_is_an_error(application: Application) -> None:
    from tenter.kube import Request, Response

    class Refusing:
        """Answers every request as the API server answers a wrong token."""

        async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
            del request, timeout
            body = (
                b'{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",'
                b'"message":"Unauthorized","reason":"Unauthorized","code":401}'
            )
            return Response(status=401, headers={"content-type": "application/json"}, body=body)

        def stream(self, request: Request, *, timeout: float) -> Any:
            raise AssertionError(f"nothing is watched: {request.path} {timeout}")

        async def aclose(self) -> None:
            """Close nothing."""

    application.cluster = await application.grounds.opened(Refusing())

    with pytest.raises(Unauthorized, match="401|credentials"):
        await application.sync(config_map("settings"))


# The command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "deploy"
    place.mkdir()
    return place


@pytest.mark.parametrize("name", CASES)
def test_the_command_tells_it_and_leaves_with_two(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    case = CASES[name]
    (folder / "all.yaml").write_text(case.text)

    code = main(["plan", str(folder)])

    told = capsys.readouterr().err
    assert code == 2
    assert "error: " in told
    for word in case.words:
        assert word in " ".join(told.split())
    assert case.where in told
    assert "Traceback" not in told


def arguments(folder: Path) -> Iterator[tuple[list[str], int, str]]:
    """Yield wrong calls, each with its exit code and a word of what is told."""
    yield ["sync"], 2, "nothing to sync"
    yield ["sync", str(folder / "nowhere"), "--embedded"], 1, "nowhere"
    yield ["sync", str(folder), "--embedded", "--sync-option", "Prun=true"], 2, "Prune"
    yield ["sync", str(folder), "--embedded", "--timeout", "soon"], 2, "soon"
    yield ["sync", str(folder), "--embedded", "--resource", "web"], 2, "GROUP:KIND"
    yield ["sync", str(folder), "--embedded", "-n", "nowhere"], 1, "nowhere"
    yield ["sync", str(folder), "--embedded", "--app", "No Name"], 2, "No Name"
    yield ["sync", str(folder), "--run-processes"], 2, "--embedded"
    yield ["sync", str(folder), "--kubeconfig", str(folder / "none")], 2, "none"
    yield ["snyc", str(folder)], 2, "sync"
    yield ["sync", str(folder), "--embeded"], 2, "--embedded"


@pytest.mark.parametrize("number", range(11))
def test_a_wrong_call_is_told_with_its_exit_code(
    folder: Path, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    (folder / "all.yaml").write_text(GOOD)
    line, expected, word = list(arguments(folder))[number]

    code = main(line)

    told = capsys.readouterr().err
    assert code == expected, told
    assert word in told
    assert "Traceback" not in told


def test_a_sync_that_the_server_rejects_leaves_with_one(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "all.yaml").write_text(GOOD + "dada: {}\n")

    code = main(["sync", str(folder), "--embedded"])

    assert code == 1
    assert "dada" in capsys.readouterr().out


def test_a_sync_that_takes_too_long_leaves_with_four(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import yaml

    hook = job("slow", hook="PreSync", outcome="hang")
    (folder / "all.yaml").write_text(yaml.safe_dump(hook))

    code = main(["sync", str(folder), "--embedded", "--timeout", "300ms"])

    assert code == 4
    assert "timed out after" in capsys.readouterr().out


def test_a_cluster_that_is_down_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "all.yaml").write_text(GOOD)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kubeconfig = folder.parent / "kubeconfig"
    kubeconfig.write_text(
        f"""\
apiVersion: v1
kind: Config
current-context: down
contexts: [{{name: down, context: {{cluster: down, user: me}}}}]
clusters: [{{name: down, cluster: {{server: "https://127.0.0.1:{port}"}}}}]
users: [{{name: me, user: {{token: secret-word}}}}]
"""
    )

    code = main(["sync", str(folder), "--kubeconfig", str(kubeconfig)])

    told = capsys.readouterr().err
    assert code == ClusterUnreachable.exit_code == 1
    assert f"127.0.0.1:{port}" in told
    assert "secret-word" not in told
    assert "Traceback" not in told


def test_hook_commands_are_not_run_unless_asked_and_the_command_says_so(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import yaml

    mark = folder.parent / "ran"
    hook = job("touch", hook="PreSync")
    hook["spec"]["template"]["spec"]["containers"][0]["command"] = ["touch", str(mark)]
    (folder / "all.yaml").write_text(yaml.safe_dump(hook))

    code = main(["sync", str(folder), "--embedded"])

    assert code == 0
    assert not mark.exists()
    assert "--run-processes" in capsys.readouterr().err


def test_usage_errors_are_their_own_class() -> None:
    assert UsageError.exit_code == ManifestError.exit_code == OptionError.exit_code == 2
