from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from pathlib import Path

import pytest

import tenter
from tenter.cli.main import main

CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: blue}
"""

SECOND = """\
apiVersion: batch/v1
kind: Job
metadata:
  name: smoke
  annotations: {argocd.argoproj.io/hook: PostSync}
spec:
  backoffLimit: 0
  template:
    metadata:
      annotations: {embedded.tenter.dev/outcome: "%s"}
    spec:
      restartPolicy: Never
      containers: [{name: main, image: smoke}]
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "config.yaml").write_text(CONFIG)
    (folder / "smoke.yaml").write_text(SECOND % "succeed log=all-is-well")
    return folder


@pytest.fixture
def kept(tmp_path: Path) -> list[str]:
    """The flags of an embedded cluster that keeps its objects between commands."""
    return ["--embedded", "--data", str(tmp_path / "cluster")]


def test_a_sync_that_succeeds_exits_0_and_tells_its_story(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sync", str(shop), "--embedded"]) == 0
    told = capsys.readouterr()
    assert "✔ shop succeeded" in told.out
    assert "Job/smoke │ all-is-well" in told.out
    assert "--run-processes" in told.err


def test_a_sync_whose_hook_fails_exits_1_with_cause_and_log(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "smoke.yaml").write_text(SECOND % "fail exit=7 log=it-burns")
    assert main(["sync", str(shop), "--embedded"]) == 1
    told = capsys.readouterr().out
    assert "✘ PostSync hook Job/smoke: " in told
    assert 'container "main" failed with exit code 7' in told
    assert "│ it-burns" in told.split("✘ shop failed")[1]


def test_a_sync_out_of_time_exits_4(shop: Path) -> None:
    (shop / "smoke.yaml").write_text(SECOND % "hang")
    assert main(["sync", str(shop), "--embedded", "--timeout", "1s"]) == 4


def test_json_output_is_all_json_and_ends_with_the_state(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sync", str(shop), "--embedded", "-o", "json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[-1]["operationState"]["phase"] == "Succeeded"
    assert all("type" in line for line in lines[:-1])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sync"], "nothing to sync"),
        (["sync", "x", "--run-processes"], "--embedded"),
        (["sync", "x", "--embedded", "--context", "c"], "--embedded"),
        (["sync", "x", "--data", "d"], "--embedded"),
        (["sync", "x", "-f", "y"], "both"),
        (["sync", "x", "--embedded", "--sync-option", "PruneLst=true"], "PruneLast"),
        (["sync", "x", "--embedded", "--resource", "web"], "GROUP:KIND"),
        (["sync", "x", "--embedded", "--app", "Not A Name"], "--app"),
        (["sync", "x", "--prnue"], "--prune"),
    ],
)
def test_a_wrong_call_exits_2_and_says_what_to_do(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("arguments", "kind", "code"),
    [
        (["sync", "--no-such-flag", "-o", "json"], "UsageError", 2),
        (["sync", "no-such-folder", "--embedded", "--output=json"], "SourceError", 1),
        (["plan", "no-such-folder", "--offline", "-ojson"], "SourceError", 1),
        (["get", "--kubeconfig", "no-such-file", "-o", "json"], "KubeconfigError", 2),
    ],
)
def test_an_error_is_data_too_where_data_was_asked_for(
    arguments: list[str], kind: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == code
    told = capsys.readouterr()
    error = json.loads(told.out)["error"]
    assert error["type"] == kind
    assert error["message"]
    assert "error: " in told.err


def test_an_error_as_text_leaves_standard_output_empty(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["plan", "no-such-folder", "--offline"]) == 1
    assert capsys.readouterr().out == ""


def test_a_plan_without_any_kubeconfig_is_made_offline_and_says_so(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    assert main(["plan", str(shop)]) == 0
    told = capsys.readouterr()
    assert told.err == "note: there is no kubeconfig, so no cluster was asked what would change.\n"
    assert "Plan: 1 to apply, 1 hook to run." in told.out


def test_a_plan_with_a_broken_kubeconfig_fails(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken").write_text("{")
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "broken"))
    assert main(["plan", str(shop)]) == 2


def test_manifests_given_as_an_application_are_answered_with_the_right_call(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = shop / "config.yaml"
    assert main(["sync", "-f", str(file), "--embedded"]) == 2
    told = capsys.readouterr().err
    assert f"{file} holds a ConfigMap; -f takes a file with one Application" in told
    assert f"leave out -f: tenter sync {file}" in told


def test_a_resource_that_the_source_has_not_is_warned_of(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sync", str(shop), "--embedded", "--resource", ":ConfigMap:other"]) == 0
    assert "warning: nothing in the source is :ConfigMap:other" in capsys.readouterr().out


def test_advice_is_counted_in_a_sync_and_told_by_the_plan(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (shop / "smoke.yaml").read_text().replace("name: smoke\n", "generateName: smoke-\n")
    (shop / "smoke.yaml").write_text(text)
    assert main(["sync", str(shop), "--embedded"]) == 0
    told = capsys.readouterr().out
    assert told.count("1 note on how this is written: tenter plan shows it.") == 1
    assert "pile up" not in told
    assert main(["plan", str(shop), "--offline"]) == 0
    assert capsys.readouterr().out.count("pile up") == 1


def test_a_missing_folder_exits_1_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sync", str(tmp_path / "none"), "--embedded", "--run-processes"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert "Traceback" not in told


def test_a_traceback_is_shown_when_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TENTER_DEBUG", "1")
    main(["plan", str(tmp_path / "none"), "--offline"])
    assert "Traceback" in capsys.readouterr().err


def test_bad_yaml_exits_2_with_file_and_line(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "config.yaml").write_text("apiVersion: v1\nkind: [\n")
    assert main(["plan", str(shop), "--offline"]) == 2
    assert "config.yaml:" in capsys.readouterr().err


def test_plan_exit_code_is_3_only_where_something_differs(shop: Path, kept: list[str]) -> None:
    assert main(["plan", str(shop), "--exit-code", *kept]) == 3
    assert main(["sync", str(shop), *kept]) == 0
    assert main(["plan", str(shop), "--exit-code", *kept]) == 0


def test_an_application_can_be_followed_from_first_sync_to_deletion(
    shop: Path, kept: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*arguments: str, code: int = 0) -> str:
        assert main([*arguments, *kept]) == code
        return capsys.readouterr().out

    told("sync", str(shop), "--keep-manifests")
    (shop / "config.yaml").write_text(CONFIG.replace("blue", "red"))
    told("sync", str(shop), "--keep-manifests")
    assert "Synced" in told("get")
    assert json.loads(told("get", "-o", "json"))["sync"]["status"] == "Synced"
    assert len(told("history").splitlines()) == 3
    assert "all-is-well" in told("logs", "--app", "shop", "smoke")
    assert "shop succeeded" in told("rollback", "--app", "shop", "0")
    assert "shop deleted" in told("delete")
    assert told("get", code=1) == ""


def test_logs_of_an_unknown_hook_name_the_known_ones(
    shop: Path, kept: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["sync", str(shop), *kept])
    assert main(["logs", "migrate", *kept]) == 2
    assert "smoke" in capsys.readouterr().err


def test_terminate_without_an_operation_says_so(
    shop: Path, kept: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["sync", str(shop), *kept])
    assert main(["terminate", *kept]) == 1
    assert "no operation of shop is running" in capsys.readouterr().err


def test_a_sync_first_ends_what_an_earlier_run_left_and_then_does_what_was_asked(
    shop: Path, kept: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    async def leave_early() -> None:
        async with (
            tenter.Cluster.embedded(data=Path(kept[-1])) as cluster,
            aclosing(tenter.stream(shop, cluster=cluster)) as events,
        ):
            async for event in events:
                if isinstance(event, tenter.AttemptPlanned):
                    return

    asyncio.run(leave_early())
    (shop / "config.yaml").write_text(CONFIG.replace("blue", "green"))
    capsys.readouterr()
    assert main(["sync", str(shop), *kept]) == 0
    told = capsys.readouterr().out
    assert "going on with what an earlier run left unfinished" in told
    assert told.count("✔ shop succeeded") == 2
    assert "ConfigMap/settings configured" in told.split("Now what was asked for:")[1]
