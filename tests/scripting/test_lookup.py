import random
from pathlib import Path

import pytest

from tenter.environment import Environment
from tenter.errors import HealthCheckError
from tenter.health import Health, HealthStatus
from tenter.scripting import LuaScripts
from tenter.scripting.in_process import InProcess

ENVIRONMENT = Environment(now=lambda: 1_700_000_000.0, random=random.Random(1))


def script(message: str) -> str:
    return f'return {{status = "Healthy", message = "{message}"}}'


def folder(root: Path, **scripts: str) -> LuaScripts:
    for place, code in scripts.items():
        file = root / place.replace("__", "/") / "health.lua"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(code, encoding="utf-8")
    return LuaScripts.from_directory(root, ENVIRONMENT, InProcess())


def settings(**data: str) -> LuaScripts:
    return LuaScripts.from_settings(data, ENVIRONMENT, InProcess())


async def said(scripts: LuaScripts, api_version: str, kind: str) -> str | None:
    obj = {"apiVersion": api_version, "kind": kind}
    health = await scripts.assess(obj)
    assert scripts.covers(obj) is (health is not None)
    return None if health is None else health.message


async def test_a_folders_script_is_found_by_group_and_kind(tmp_path: Path) -> None:
    scripts = folder(tmp_path, **{"example.com__Thing": script("thing")})
    assert await said(scripts, "example.com/v1", "Thing") == "thing"
    assert await said(scripts, "example.com/v1", "Other") is None
    assert await said(scripts, "v1", "Thing") is None


@pytest.mark.parametrize("place", ["core__Pod", "Pod"])
async def test_the_core_group_is_a_folder_core_or_none(tmp_path: Path, place: str) -> None:
    assert await said(folder(tmp_path, **{place: script("pod")}), "v1", "Pod") == "pod"


async def test_an_underscore_stands_for_any_group_and_kind(tmp_path: Path) -> None:
    (tmp_path / "_.example.com" / "_").mkdir(parents=True)
    (tmp_path / "_.example.com" / "_" / "health.lua").write_text(script("any"), encoding="utf-8")
    scripts = folder(tmp_path, **{"db.example.com__Base": script("base")})
    assert await said(scripts, "db.example.com/v1", "Base") == "base"
    assert await said(scripts, "db.example.com/v1", "Other") == "any"
    assert await said(scripts, "example.com/v1", "Other") is None


async def test_a_folders_script_has_the_pure_libraries(tmp_path: Path) -> None:
    code = 'return {status = "Healthy", message = string.upper("a")}'
    assert await said(
        folder(tmp_path, **{"example.com__Thing": code}), "example.com/v1", "Thing"
    ) == ("A")


async def test_a_folders_script_is_named_by_its_file_in_errors(tmp_path: Path) -> None:
    scripts = folder(tmp_path, **{"example.com__Thing": "\nreturn obj.a.b"})
    place = str(tmp_path / "example.com" / "Thing" / "health.lua") + ":2"
    with pytest.raises(HealthCheckError) as caught:
        await said(scripts, "example.com/v1", "Thing")
    assert place in str(caught.value)


async def test_the_time_of_a_script_is_the_environments(tmp_path: Path) -> None:
    code = 'return {status = "Healthy", message = os.date("!%Y")}'
    assert await said(folder(tmp_path, core__Pod=code), "v1", "Pod") == "2023"


def test_a_folder_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(HealthCheckError, match="does not exist"):
        LuaScripts.from_directory(tmp_path / "nowhere", ENVIRONMENT)


def test_a_folder_without_scripts_is_told(tmp_path: Path) -> None:
    with pytest.raises(HealthCheckError, match="holds no health check"):
        LuaScripts.from_directory(tmp_path, ENVIRONMENT)


def test_a_misplaced_script_is_told(tmp_path: Path) -> None:
    with pytest.raises(HealthCheckError, match="misplaced"):
        folder(tmp_path, a__b__c=script("x"))


def test_a_script_that_is_not_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "Pod").mkdir()
    (tmp_path / "Pod" / "health.lua").write_bytes(b"\xff\xfe")
    with pytest.raises(HealthCheckError, match="not UTF-8"):
        LuaScripts.from_directory(tmp_path, ENVIRONMENT)


async def test_a_setting_names_its_kind() -> None:
    scripts = settings(
        **{
            "resource.customizations.health.example.com_Thing": script("thing"),
            "resource.customizations.health.Pod": script("pod"),
            "url": "https://argocd.example",
        }
    )
    assert len(scripts) == 2
    assert await said(scripts, "example.com/v1", "Thing") == "thing"
    assert await said(scripts, "v1", "Pod") == "pod"


UPPER = 'return {status = "Healthy", message = string.upper("a")}'


async def test_a_setting_opens_the_pure_libraries_only_when_asked() -> None:
    health = {"resource.customizations.health.example.com_Thing": UPPER}
    opened = {"resource.customizations.useOpenLibs.example.com_Thing": "true"}
    assert await said(settings(**health, **opened), "example.com/v1", "Thing") == "A"
    with pytest.raises(HealthCheckError, match="global 'string'"):
        await said(settings(**health), "example.com/v1", "Thing")


BLOCK = """
"*.example.com/*":
  health.lua: |
    return {status = "Progressing", message = "any"}
"*.db.example.com/*":
  health.lua: |
    return {status = "Progressing", message = "longer"}
example.com/Thing:
  health.lua.useOpenLibs: true
  health.lua: |
    return {status = "Healthy", message = string.upper("thing")}
apps/Deployment:
  ignoreDifferences: |
    jsonPointers: [/spec/replicas]
"""


@pytest.mark.parametrize(
    ("group", "kind", "message"),
    [
        ("example.com", "Thing", "THING"),
        ("a.example.com", "Thing", "any"),
        ("a.db.example.com", "Thing", "longer"),
        ("apps", "Deployment", None),
    ],
)
async def test_the_block_of_settings_takes_wildcards(
    group: str, kind: str, message: str | None
) -> None:
    scripts = settings(**{"resource.customizations": BLOCK})
    assert await said(scripts, f"{group}/v1", kind) == message


async def test_a_setting_of_its_own_wins_over_the_block() -> None:
    scripts = settings(
        **{
            "resource.customizations": BLOCK,
            "resource.customizations.health.example.com_Thing": script("own"),
        }
    )
    assert await said(scripts, "example.com/v1", "Thing") == "own"


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("resource.customizations", "a: [", "is not YAML"),
        ("resource.customizations", "- a", "must map group/Kind"),
        ("resource.customizations", "a/B: text", "must be a mapping"),
        ("resource.customizations", "a/B: {health.lua: 5}", "must be text"),
        ("resource.customizations.health.", "return nil", "names no kind"),
        ("resource.customizations.health.a_b_C", "return nil", "names no kind"),
    ],
)
def test_a_setting_that_cannot_be_read_is_told(key: str, value: str, complaint: str) -> None:
    with pytest.raises(HealthCheckError, match=complaint):
        settings(**{key: value})


async def test_scripts_run_in_a_worker_where_nothing_else_is_said(tmp_path: Path) -> None:
    (tmp_path / "Pod").mkdir()
    (tmp_path / "Pod" / "health.lua").write_text(script("pod"), encoding="utf-8")
    async with LuaScripts.from_directory(tmp_path, ENVIRONMENT) as scripts:
        health = await scripts.assess({"apiVersion": "v1", "kind": "Pod"})
    assert health == Health(HealthStatus.HEALTHY, "pod")
