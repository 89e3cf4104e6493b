"""One object on an API server, as far as comparing is concerned: owners, defaults, dry runs."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tenter.diff import Comparison, compare, read_ownership
from tenter.embedded import fields
from tenter.embedded.schema import StructType, Types, default
from tenter.manifests import Manifest, group_version

NOW = "2026-01-02T03:04:05Z"


def type_of(manifest: Manifest) -> StructType:
    found = Types.load().of(*group_version(manifest), manifest["kind"])
    assert found is not None
    return found


class Server:
    """Holds one live object; ``live`` is None before anything was applied."""

    def __init__(self, live: Manifest | None = None) -> None:
        self.live = live

    def apply(self, target: Manifest, manager: str = "tenter") -> Manifest:
        self.live = self.dry_run(target, manager)
        return self.live

    def dry_run(self, target: Manifest, manager: str = "tenter") -> Manifest:
        type_ = type_of(target)
        applied = {name: value for name, value in target.items() if name != "status"}
        new = fields.apply(self.live, applied, type_, manager=manager, force=True, now=NOW)
        return default(new, type_)

    def update(self, change: Callable[[Manifest], Any], manager: str = "someone") -> Manifest:
        assert self.live is not None
        new = copy.deepcopy(self.live)
        change(new)
        return self.put(new, manager)

    def put(self, new: Manifest, manager: str = "someone") -> Manifest:
        type_ = type_of(new)
        new = default(new, type_)
        self.live = fields.update(self.live, new, type_, manager=manager, now=NOW)
        return self.live

    def compare(self, target: Manifest) -> Comparison:
        assert self.live is not None
        ownership = read_ownership(self.live, self.live["metadata"].get("managedFields"))
        return compare(target, self.live, ownership)

    def changes(self, target: Manifest) -> bool:
        """Tell whether applying ``target`` would change the object, as a dry run shows it."""
        return content(self.dry_run(target)) != content(self.live)


def content(obj: Manifest | None) -> Manifest:
    assert obj is not None
    metadata = {k: v for k, v in obj["metadata"].items() if k != "managedFields"}
    return {**obj, "metadata": metadata}


_words = st.sampled_from(["a", "b", "c"])
_texts = st.dictionaries(_words, _words, min_size=1, max_size=3)
_env = st.lists(
    st.one_of(
        st.fixed_dictionaries({"name": _words}, optional={"value": _words}),
        st.fixed_dictionaries(
            {
                "name": _words,
                "valueFrom": st.just({"fieldRef": {"fieldPath": "metadata.name"}}),
            }
        ),
    ),
    unique_by=lambda item: str(item["name"]),
    min_size=1,
    max_size=3,
)
_ports = st.lists(
    st.fixed_dictionaries(
        {"containerPort": st.integers(1, 2)},
        optional={"protocol": st.sampled_from(["TCP", "UDP"]), "name": _words},
    ),
    unique_by=lambda item: (item["containerPort"], item.get("protocol", "TCP")),
    min_size=1,
    max_size=3,
)
_volumes = st.lists(
    st.one_of(
        st.fixed_dictionaries({"name": _words, "emptyDir": st.just({})}),
        st.fixed_dictionaries(
            {"name": _words, "configMap": st.fixed_dictionaries({"name": _words})}
        ),
    ),
    unique_by=lambda item: str(item["name"]),
    max_size=2,
)
_containers = st.lists(
    st.fixed_dictionaries(
        {"name": _words, "image": _words},
        optional={
            "args": st.lists(_words, max_size=3),
            "env": _env,
            "ports": _ports,
            "resources": st.fixed_dictionaries(
                {},
                optional={
                    "requests": st.fixed_dictionaries(
                        {"cpu": st.sampled_from(["100m", "1000m", "1", "0.1"])}
                    ),
                },
            ),
            "readinessProbe": st.just({"httpGet": {"path": "/", "port": 80}}),
        },
    ),
    unique_by=lambda item: str(item["name"]),
    min_size=1,
    max_size=3,
)


@st.composite
def deployments(draw: st.DrawFn) -> Manifest:
    """Draw a Deployment as people write them: maps, keyed and atomic lists, sets, amounts."""
    template = {
        "metadata": draw(st.fixed_dictionaries({}, optional={"labels": _texts})),
        "spec": {"containers": draw(_containers), "volumes": draw(_volumes)},
    }
    spec: dict[str, Any] = {"template": template}
    spec |= draw(
        st.fixed_dictionaries(
            {},
            optional={
                "replicas": st.integers(0, 3),
                "selector": st.builds(dict, matchLabels=_texts),
                "strategy": st.sampled_from([{"type": "Recreate"}, {"type": "RollingUpdate"}]),
            },
        )
    )
    metadata: dict[str, Any] = {"name": "web", "namespace": "default"}
    metadata |= draw(
        st.fixed_dictionaries(
            {},
            optional={
                "labels": st.one_of(_texts, st.just({})),
                "annotations": _texts,
                "finalizers": st.lists(_words, unique=True, min_size=1, max_size=3),
            },
        )
    )
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}
