from typing import Any

from tenter.argoproj import (
    GlobalProject,
    Project,
    kind_refusal,
    read_project,
    read_settings,
    with_global_projects,
)
from tenter.manifests import GroupKind

RULES = read_settings(
    {
        "globalProjects": (
            "- projectName: base\n"
            "  labelSelector:\n"
            "    matchExpressions: [{key: tier, operator: In, values: [prod]}]\n"
        )
    }
).global_projects


def project(name: str, labels: dict[str, str] | None = None, **spec: Any) -> Project:
    return read_project({"metadata": {"name": name, "labels": labels or {}}, "spec": spec})


BASE = project("base", namespaceResourceBlacklist=[{"group": "", "kind": "Secret"}])


def secret_is_refused(found: Project) -> bool:
    return bool(kind_refusal(found, GroupKind("", "Secret"), "s", namespaced=True))


def test_a_global_project_holds_for_the_projects_it_selects() -> None:
    chosen = project("team", {"tier": "prod"})
    other = project("team", {"tier": "test"})
    assert secret_is_refused(with_global_projects(chosen, RULES, {"base": BASE}))
    assert not secret_is_refused(with_global_projects(other, RULES, {"base": BASE}))


def test_a_global_project_that_is_missing_adds_nothing() -> None:
    chosen = project("team", {"tier": "prod"})
    assert with_global_projects(chosen, RULES, {}) == chosen


def test_a_restriction_to_some_kinds_stays_one() -> None:
    apps = [{"group": "apps", "kind": "*"}]
    limited = project("base", namespaceResourceWhitelist=apps)
    chosen = project("team", {"tier": "prod"})
    found = with_global_projects(chosen, RULES, {"base": limited})
    assert secret_is_refused(found)
    assert kind_refusal(found, GroupKind("apps", "Deployment"), "d", namespaced=True) == ""
    assert with_global_projects(
        chosen, RULES, {"base": BASE}
    ).spec.namespace_resource_whitelist is (None)


def test_a_selector_by_labels_and_expressions_needs_all_of_them() -> None:
    (rule,) = read_settings(
        {
            "globalProjects": (
                "- projectName: base\n"
                "  labelSelector:\n"
                "    matchLabels: {a: '1'}\n"
                "    matchExpressions:\n"
                "    - {key: b, operator: Exists}\n"
                "    - {key: c, operator: DoesNotExist}\n"
                "    - {key: a, operator: NotIn, values: ['2']}\n"
            )
        }
    ).global_projects
    assert rule.label_selector.matches({"a": "1", "b": ""})
    assert not rule.label_selector.matches({"a": "1"})
    assert not rule.label_selector.matches({"a": "1", "b": "", "c": ""})
    assert not rule.label_selector.matches({"a": "2", "b": ""})
    assert GlobalProject(project_name="x").label_selector.matches({})
