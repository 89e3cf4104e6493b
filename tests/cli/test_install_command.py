import pytest
import yaml

from tenter.cli.main import main


def printed(capsys: pytest.CaptureFixture[str], *flags: str) -> list[str]:
    assert main(["install", *flags]) == 0
    out = capsys.readouterr().out
    assert "&id" not in out
    return [f"{each['kind']}/{each['metadata']['name']}" for each in yaml.safe_load_all(out)]


def test_definitions_come_before_what_is_of_their_kind(
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = printed(capsys)
    definition = names.index("CustomResourceDefinition/appprojects.argoproj.io")
    assert definition < names.index("AppProject/default")
    assert "Deployment/tenter-controller" in names
    assert "Service/tenter-controller" in names


def test_only_the_definitions_are_printed_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "--crds") == [
        "CustomResourceDefinition/applications.argoproj.io",
        "CustomResourceDefinition/appprojects.argoproj.io",
        "CustomResourceDefinition/syncruns.tenter.dev",
    ]


def test_beside_argo_cd_its_own_definitions_are_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert printed(capsys, "--crds", "--beside-argocd") == [
        "CustomResourceDefinition/syncruns.tenter.dev"
    ]


def test_namespace_and_image_are_those_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["install", "-n", "tools", "--image", "example.com/tenter:1"]) == 0
    by_kind = {each["kind"]: each for each in yaml.safe_load_all(capsys.readouterr().out)}
    deployment = by_kind["Deployment"]
    assert deployment["metadata"]["namespace"] == "tools"
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == "example.com/tenter:1"
    assert "--namespace=tools" in container["args"]
