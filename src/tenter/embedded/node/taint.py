"""The taint of a node on somebody else's cluster, and which Pods tolerate it.

Nobody's Pod comes to such a node by accident: its author named the node's taint. The rules are
those of the Kubernetes documentation of taints and tolerations.
"""

from __future__ import annotations

import msgspec

from tenter.manifests import Manifest


class Taint(msgspec.Struct, frozen=True, kw_only=True):
    """A taint as in a Node's ``spec.taints``."""

    key: str
    value: str = ""
    effect: str = "NoSchedule"

    def tolerated_by(self, pod: Manifest) -> bool:
        """Tell whether one of the Pod's tolerations names this taint.

        A toleration of every taint counts for no more than none: agents that run on all nodes have
        it, and their authors never heard of this one.
        """
        return any(self._matches(each) for each in pod["spec"].get("tolerations") or ())

    def _matches(self, toleration: Manifest) -> bool:
        if toleration.get("effect") not in {None, "", self.effect}:
            return False
        if toleration.get("key") != self.key:
            return False
        return toleration.get("operator") == "Exists" or (
            (toleration.get("value") or "") == self.value
        )


FOREIGN = Taint(key="tenter.dev/node")
"""That of a node on a cluster that is not embedded."""
