import pytest

from tenter.applications.targets import delete_hooks, read_targets, wanted_keys
from tenter.applications.tracking import belongs, stamped
from tenter.engine import SyncOptions, Target
from tenter.errors import ManifestError
from tenter.manifests import Document, Key, Manifest, Notice, Origin, key_of


def document(kind: str, name: str = "a", **metadata: object) -> Document:
    versions = {"Namespace": "v1", "ClusterRole": "rbac.authorization.k8s.io/v1"}
    manifest: Manifest = {
        "apiVersion": versions.get(kind, "v1"),
        "kind": kind,
        "metadata": {"name": name, **metadata},
    }
    return Document(manifest, Origin("all.yaml", 1, 1))


def read(*documents: Document) -> tuple[list[Target], list[Notice]]:
    return read_targets(
        documents,
        application="shop",
        namespace="web",
        options=SyncOptions(),
        discovery=None,
    )


def hook(types: str) -> dict[str, str]:
    return {"argocd.argoproj.io/hook": types}


def test_an_object_without_a_namespace_goes_to_the_destination() -> None:
    ((target,), _) = read(document("ConfigMap"))

    assert key_of(target.manifest).namespace == "web"


def test_an_objects_own_namespace_stays() -> None:
    ((target,), _) = read(document("ConfigMap", namespace="own"))

    assert key_of(target.manifest).namespace == "own"


def test_a_cluster_scoped_object_has_no_namespace() -> None:
    ((target,), _) = read(document("ClusterRole", namespace="stray"))

    assert "namespace" not in target.manifest["metadata"]


def test_the_scope_of_a_kind_is_that_of_its_definition_among_the_documents() -> None:
    definition = Document(
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "ships.example.com"},
            "spec": {"group": "example.com", "scope": "Cluster", "names": {"kind": "Ship"}},
        },
        Origin("all.yaml", 1, 1),
    )
    ship = Document(
        {"apiVersion": "example.com/v1", "kind": "Ship", "metadata": {"name": "argo"}},
        Origin("all.yaml", 2, 9),
    )

    (targets, _) = read(definition, ship)

    assert key_of(targets[1].manifest).namespace == ""


def test_an_object_carries_its_tracking_id() -> None:
    ((target,), _) = read(document("ConfigMap"))

    annotations = target.manifest["metadata"]["annotations"]
    assert annotations["argocd.argoproj.io/tracking-id"] == "shop:/ConfigMap:web/a"


def test_an_id_copied_to_another_object_says_nothing() -> None:
    key = Key("", "ConfigMap", "web", "a")
    copied = stamped({"metadata": {}}, "shop", Key("", "ConfigMap", "web", "b"), "web")

    assert not belongs(copied, "shop", key, "web")
    assert belongs(stamped({"metadata": {}}, "shop", key, "web"), "shop", key, "web")


def test_a_skipped_object_is_wanted_as_it_is() -> None:
    targets, _ = read(document("ConfigMap", annotations=hook("Skip")))

    assert [key.name for key in wanted_keys(targets)] == ["a"]
    assert "argocd.argoproj.io/tracking-id" not in targets[0].manifest["metadata"]["annotations"]


def test_hooks_are_not_among_the_ordinary_objects() -> None:
    targets, _ = read(
        document("ConfigMap"),
        document("Pod", "p", annotations=hook("PreSync")),
        document("Pod", "q", annotations=hook("PostDelete")),
    )

    assert [key.name for key in wanted_keys(targets)] == ["a"]
    assert [key_of(each.manifest).name for each in delete_hooks(targets)] == ["q"]


def test_an_ordinary_object_needs_a_name() -> None:
    nameless = Document(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "a-"}},
        Origin("all.yaml", 3, 17),
    )

    with pytest.raises(ManifestError, match=r"all.yaml:17 \(document 3\).*generateName"):
        read(nameless)


def test_an_unsupported_helm_hook_is_told() -> None:
    _, notices = read(document("Pod", annotations={"helm.sh/hook": "test"}))

    assert "test" in notices[0].message
