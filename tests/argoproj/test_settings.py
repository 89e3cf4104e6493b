import pytest

from tenter.argoproj import Settings, read_settings
from tenter.diff import IgnoreRule
from tenter.manifests import GroupKind

SECRET = GroupKind("", "Secret")
DEPLOYMENT = GroupKind("apps", "Deployment")


def test_no_settings_are_the_defaults() -> None:
    assert read_settings({}) == Settings()


def test_times_are_read_as_durations() -> None:
    found = read_settings(
        {"timeout.reconciliation": "3m", "timeout.reconciliation.jitter": "0s", "url": "x"}
    )
    assert (found.reconciliation, found.jitter, found.warnings) == (180.0, 0.0, ())


def test_a_reconciliation_of_zero_turns_polling_off() -> None:
    assert read_settings({"timeout.reconciliation": "0"}).reconciliation == 0.0


def test_options_of_kustomize_are_arguments() -> None:
    found = read_settings({"kustomize.buildOptions": "--enable-helm --helm-command '/opt/my helm'"})
    assert found.kustomize_build_options == (
        "--enable-helm",
        "--helm-command",
        "/opt/my helm",
    )


def test_tracking_is_read() -> None:
    found = read_settings(
        {
            "application.resourceTrackingMethod": "annotation+label",
            "application.instanceLabelKey": "example.com/app",
        }
    )
    assert (found.tracking_method, found.instance_label) == ("annotation+label", "example.com/app")


def test_differences_to_ignore_are_read_by_kind_and_for_all() -> None:
    found = read_settings(
        {
            "resource.customizations.ignoreDifferences.apps_Deployment": (
                "jsonPointers:\n- /spec/replicas\n"
            ),
            "resource.customizations.ignoreDifferences.ConfigMap": "jsonPointers: [/data/a]",
            "resource.customizations.ignoreDifferences.all": "managedFieldsManagers: [scaler]",
        }
    )
    assert set(found.ignore) == {
        IgnoreRule(group="apps", kind="Deployment", pointers=("/spec/replicas",)),
        IgnoreRule(group="", kind="ConfigMap", pointers=("/data/a",)),
        IgnoreRule(group="*", kind="*", managers=("scaler",)),
    }


def test_differences_to_ignore_are_read_from_the_older_block() -> None:
    block = """
      "*.example.com/*":
        ignoreDifferences: |
          jsonPointers: [/spec/a]
      apps/Deployment:
        health.lua: return {}
    """
    found = read_settings({"resource.customizations": block})
    assert found.ignore == (IgnoreRule(group="*.example.com", kind="*", pointers=("/spec/a",)),)
    assert found.warnings == ()


def test_excluded_kinds_are_left_alone_where_they_are_excluded() -> None:
    found = read_settings(
        {
            "resource.exclusions": (
                "- apiGroups: [apps, '*.example.com']\n  kinds: [Deployment]\n"
                "  clusters: ['https://far*']\n"
            )
        }
    )
    assert found.excludes(DEPLOYMENT, "https://far.example.com")
    assert not found.excludes(DEPLOYMENT, "https://near.example.com")
    assert not found.excludes(GroupKind("apps", "StatefulSet"), "https://far.example.com")
    assert found.excludes(GroupKind("a.example.com", "Deployment"), "https://far.example.com")


def test_inclusions_leave_out_all_else() -> None:
    found = read_settings(
        {
            "resource.inclusions": "- apiGroups: ['']\n",
            "resource.exclusions": "- kinds: [Secret]\n",
        }
    )
    assert not found.excludes(GroupKind("", "Pod"))
    assert found.excludes(SECRET)
    assert found.excludes(DEPLOYMENT)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("timeout.reconciliation", "soon", "write it as 180s or 3m"),
        ("application.resourceTrackingMethod", "magic", "one of annotation, label"),
        ("kustomize.buildOptions", "--a 'b", "No closing quotation"),
        ("resource.exclusions", "a: b", "must be a list"),
        ("resource.exclusions", "- kinds: Secret", "entry 1 cannot be read"),
        ("resource.exclusions", "- [", "it is not YAML"),
        ("resource.customizations", "- [", "it is not YAML"),
        ("resource.customizations.ignoreDifferences.apps_Deployment", "text", "must be a mapping"),
        (
            "resource.customizations.ignoreDifferences.apps_Deployment",
            "jsonPointers: [spec]",
            "does not begin with /",
        ),
        ("resource.exclusions", "- kinds: [Secret]\n  selector: a=b", "is not supported"),
        ("application.sync.impersonation.enabled", "true", "with its own rights"),
        ("globalProjects", "- projectName: [a]", "entry 1 cannot be read"),
    ],
)
def test_a_setting_that_cannot_be_read_is_a_warning_and_others_hold(
    name: str, text: str, told: str
) -> None:
    found = read_settings({name: text, "timeout.reconciliation.jitter": "7s"})
    (warning,) = found.warnings
    assert warning.startswith(f"setting {name} of argocd-cm has no effect: ")
    assert told in warning
    assert "spec.ignoreDifferences" not in warning
    assert not found.excludes(SECRET)
    assert found.jitter == 7.0
