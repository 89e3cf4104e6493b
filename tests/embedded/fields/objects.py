"""Applied configurations for the tests of field ownership, and Hypothesis strategies of them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tenter.embedded.schema import StructType, Types
from tenter.manifests import Manifest


def struct(group: str, version: str, kind: str) -> StructType:
    """Return a built-in kind's type."""
    found = Types.load().of(group, version, kind)
    assert found is not None
    return found


CONFIG_MAP = struct("", "v1", "ConfigMap")
DEPLOYMENT = struct("apps", "v1", "Deployment")


def config_map(data: dict[str, str] | None = None, **metadata: Any) -> Manifest:
    """Return a ConfigMap to apply."""
    obj: Manifest = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c", "namespace": "default", **metadata},
    }
    if data is not None:
        obj["data"] = data
    return obj


def deployment(*containers: dict[str, Any], **spec: Any) -> Manifest:
    """Return a Deployment to apply."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"template": {"spec": {"containers": list(containers)}}, **spec},
    }


def managers(obj: Manifest) -> dict[str, dict[str, Any]]:
    """Return the managed fields of ``obj`` by the manager's name."""
    return {e["manager"]: e["fieldsV1"] for e in obj["metadata"].get("managedFields", [])}


_words = st.sampled_from(["a", "b", "c", "d"])
_texts = st.dictionaries(_words, _words, min_size=1, max_size=4)

_env = st.lists(
    st.fixed_dictionaries({"name": _words}, optional={"value": _words}),
    unique_by=lambda item: item["name"],
    min_size=1,
    max_size=3,
)
_ports = st.lists(
    st.fixed_dictionaries(
        {"containerPort": st.integers(1, 3)},
        optional={"protocol": st.sampled_from(["TCP", "UDP"]), "name": _words},
    ),
    unique_by=lambda item: (item["containerPort"], item.get("protocol", "TCP")),
    min_size=1,
    max_size=3,
)
_containers = st.lists(
    st.fixed_dictionaries(
        {"name": _words},
        optional={
            "image": _words,
            "args": st.lists(_words, min_size=1, max_size=3),
            "env": _env,
            "ports": _ports,
        },
    ),
    unique_by=lambda item: item["name"],
    min_size=1,
    max_size=3,
)


@st.composite
def deployments(draw: st.DrawFn) -> Manifest:
    """Draw a Deployment to apply, with maps, keyed lists, atomic lists and a set."""
    spec = draw(
        st.fixed_dictionaries(
            {"template": st.fixed_dictionaries({"spec": st.builds(dict, containers=_containers)})},
            optional={
                "replicas": st.integers(0, 3),
                "selector": st.builds(dict, matchLabels=_texts),
                "paused": st.just(value=True),
            },
        )
    )
    metadata: dict[str, Any] = {"name": "web", "namespace": "default"}
    metadata |= draw(
        st.fixed_dictionaries(
            {},
            optional={
                "labels": _texts,
                "annotations": _texts,
                "finalizers": st.lists(_words, unique=True, min_size=1, max_size=3),
            },
        )
    )
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}
