"""``podFailurePolicy``: what one failed Pod means for its Job.

Source of the rule: the Job API (``spec.podFailurePolicy``): the first rule that matches decides.
"""

from __future__ import annotations

from typing import Any

from tenter.manifests import Manifest


def action_for(policy: dict[str, Any] | None, pod: Manifest) -> tuple[str, str]:
    """Return the action for failed ``pod`` (``FailJob``, ``Ignore``, ``Count``) and why.

    ``policy`` is the Job's ``podFailurePolicy`` or None. ``FailIndex`` is read as ``Count``.
    """
    for number, rule in enumerate((policy or {}).get("rules") or ()):
        why = _matches(rule, pod)
        if why is not None:
            action = rule.get("action", "Count")
            name = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
            return (
                "Count" if action == "FailIndex" else action,
                f"{why.format(pod=name)} matching {action} rule at index {number}",
            )
    return "Count", ""


def _matches(rule: dict[str, Any], pod: Manifest) -> str | None:
    status = pod.get("status") or {}
    if codes := rule.get("onExitCodes"):
        for container in [
            *(status.get("initContainerStatuses") or ()),
            *(status.get("containerStatuses") or ()),
        ]:
            wanted = codes.get("containerName")
            ended = (container.get("state") or {}).get("terminated")
            if (
                not ended
                or ended.get("exitCode", 0) == 0
                or wanted not in {None, container["name"]}
            ):
                continue
            listed = ended["exitCode"] in (codes.get("values") or ())
            if listed == (codes.get("operator") == "In"):
                return (
                    f"Container {container['name']} for pod {{pod}} "
                    f"failed with exit code {ended['exitCode']}"
                )
    for pattern in rule.get("onPodConditions") or ():
        for condition in status.get("conditions") or ():
            if condition.get("type") == pattern.get("type") and condition.get(
                "status"
            ) == pattern.get("status", "True"):
                return f"Pod {{pod}} has condition {condition['type']}"
    return None
