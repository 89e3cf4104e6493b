"""One resource of a selective sync, as the user writes it: ``GROUP:KIND:NAMESPACE/NAME``."""

from __future__ import annotations

from tenter.engine import Selected
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
