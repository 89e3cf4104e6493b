"""One resource of a selective sync, as the user writes it: ``GROUP:KIND:NAMESPACE/NAME``."""

from __future__ import annotations

from collections.abc import Sequence

from tenter.engine import Plan, Selected
from tenter.errors import UsageError

_FORM = "GROUP:KIND:NAMESPACE/NAME (or GROUP:KIND:NAME; the group is empty for core kinds)"


def read_selected(text: str) -> Selected:
    """Return the resource that ``text`` names. The form is that of Argo CD's ``--resource``.

    >>> read_selected("apps:Deployment:shop/web")
    Selected(group='apps', kind='Deployment', name='web', namespace='shop')

    Raises UsageError where it is written otherwise.
    """
    parts = text.split(":")
    if len(parts) == 3:
        group, kind, name = (part.strip() for part in parts)
        namespace, slash, short = name.rpartition("/")
        if kind and short and "/" not in namespace and bool(namespace) == bool(slash):
            return Selected(group=group, kind=kind, name=short, namespace=namespace)
    raise UsageError(
        f'"{text}" does not name a resource. Write {_FORM}, such as apps:Deployment:shop/web '
        "or :ConfigMap:settings"
    )


def unmatched(plan: Plan, selection: Sequence[Selected]) -> list[str]:
    """Return the resources of ``selection``, as the user writes them, that ``plan`` has not."""
    keys = [task.key for task in (*plan.tasks, *plan.skipped)]
    return [
        _written(chosen) for chosen in selection if not any(chosen.matches(key) for key in keys)
    ]


def _written(chosen: Selected) -> str:
    place = f"{chosen.namespace}/" if chosen.namespace else ""
    return f"{chosen.group}:{chosen.kind}:{place}{chosen.name}"
