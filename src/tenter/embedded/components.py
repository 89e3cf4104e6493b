"""The health of the control plane's parts, as ``kubectl get componentstatuses`` shows it.

All parts are this process: while it answers, they are well. Kubernetes itself deprecated the kind.
"""

from __future__ import annotations

from tenter.embedded.statuses import not_found
from tenter.manifests.keys import Manifest

_COMPONENTS = {"controller-manager": "ok", "etcd-0": "ok", "scheduler": "ok"}


def component(name: str) -> Manifest:
    """Return one part; raises ``Refusal`` (404) where there is none of the name."""
    if name not in _COMPONENTS:
        raise not_found(name, "", "componentstatuses")
    return {"kind": "ComponentStatus", "apiVersion": "v1", **_body(name)}


def component_list() -> Manifest:
    """Return all parts."""
    items = [_body(name) for name in _COMPONENTS]
    return {"kind": "ComponentStatusList", "apiVersion": "v1", "metadata": {}, "items": items}


def _body(name: str) -> Manifest:
    healthy = {"type": "Healthy", "status": "True", "message": _COMPONENTS[name]}
    return {"metadata": {"name": name}, "conditions": [healthy]}
