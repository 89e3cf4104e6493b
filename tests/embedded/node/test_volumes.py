from __future__ import annotations

from typing import Any

import pytest

from tenter.embedded.node.behaviour import CannotStart
from tenter.embedded.node.volumes import File, Volume, mounts_of, volumes_of
from tenter.manifests import Manifest

CONFIG: Manifest = {"kind": "ConfigMap", "data": {"a.txt": "A", "b.txt": "B"}}


def volumes(*declared: dict[str, Any]) -> list[Volume]:
    pod = {
        "metadata": {"name": "p", "namespace": "shop", "uid": "u", "labels": {"x": "1"}},
        "spec": {"volumes": list(declared), "containers": []},
    }
    return volumes_of(
        pod,
        lambda kind, name: CONFIG if (kind, name) == ("ConfigMap", "config") else None,
        {"podIP": "127.1.1.1", "hostIP": "127.0.0.1"},
    )


def test_a_config_map_becomes_files() -> None:
    (volume,) = volumes({"name": "v", "configMap": {"name": "config", "defaultMode": 0o755}})
    assert volume.files == {"a.txt": File(b"A", 0o755), "b.txt": File(b"B", 0o755)}


def test_items_choose_keys_paths_and_modes() -> None:
    items = [{"key": "a.txt", "path": "in/side.sh", "mode": 0o700}]
    (volume,) = volumes({"name": "v", "configMap": {"name": "config", "items": items}})
    assert volume.files == {"in/side.sh": File(b"A", 0o700)}


def test_a_projected_volume_joins_its_sources() -> None:
    sources = [
        {"configMap": {"name": "config"}},
        {
            "downwardAPI": {
                "items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]
            }
        },
        {"serviceAccountToken": {"path": "token"}},
    ]
    (volume,) = volumes({"name": "v", "projected": {"sources": sources}})
    assert volume.files["labels"].content == b'x="1"'
    assert sorted(volume.files) == ["a.txt", "b.txt", "labels"]


def test_a_claim_is_named() -> None:
    (volume,) = volumes({"name": "v", "persistentVolumeClaim": {"claimName": "data"}})
    assert volume == Volume("v", claim="data")


@pytest.mark.parametrize(
    "volume",
    [
        {"hostPath": {"path": "/etc"}},
        {"nfs": {"server": "x", "path": "/"}},
        {"csi": {"driver": "x"}},
        {"configMap": {"name": "config", "items": [{"key": "a.txt", "path": "../a"}]}},
        {"configMap": {"name": "config", "items": [{"key": "a.txt", "path": "/etc/a"}]}},
        {"configMap": {"name": "config", "items": [{"key": "a.txt", "path": "x/../../a"}]}},
    ],
)
def test_what_could_reach_outside_is_refused(volume: dict[str, Any]) -> None:
    with pytest.raises(CannotStart) as caught:
        volumes({"name": "v", **volume})
    assert caught.value.reason == "CreateContainerConfigError"


@pytest.mark.parametrize(
    "source", [{"name": "gone"}, {"name": "config", "items": [{"key": "z", "path": "z"}]}]
)
def test_a_missing_source_is_waited_for(source: dict[str, Any]) -> None:
    with pytest.raises(CannotStart) as caught:
        volumes({"name": "v", "configMap": source})
    assert caught.value.reason == "ContainerCreating"
    assert volumes({"name": "v", "configMap": {**source, "optional": True}})[0].files == {}


def test_mounts_lead_to_directories_and_sub_paths() -> None:
    container = {
        "volumeMounts": [
            {"name": "v", "mountPath": "/data/"},
            {"name": "v", "mountPath": "/one", "subPath": "a/b"},
            {"name": "v", "mountPath": "/two", "subPathExpr": "$(NAME)"},
        ]
    }
    assert mounts_of(container, {"v": "/private"}, {"NAME": "n"}) == {
        "/data": "/private",
        "/one": "/private/a/b",
        "/two": "/private/n",
    }


@pytest.mark.parametrize(
    "mount",
    [
        {"name": "v", "mountPath": "/"},
        {"name": "v", "mountPath": "/x", "subPath": "../y"},
        {"name": "v", "mountPath": "/x", "subPathExpr": "$(UP)"},
        {"name": "none", "mountPath": "/x"},
    ],
)
def test_mounts_that_lead_astray_are_refused(mount: dict[str, Any]) -> None:
    with pytest.raises(CannotStart):
        mounts_of({"volumeMounts": [mount]}, {"v": "/private"}, {"UP": "../.."})
