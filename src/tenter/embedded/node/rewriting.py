"""Texts of a manifest made true on this machine: mount paths and Service names. Pure.

A process shares the machine's file system and has no cluster DNS. So where a command, an argument
or a variable names a mount path, it gets the private directory; where a URL names a Service of the
cluster, it gets the address at which the node forwards to it. Only whole path names and only the
host part of URLs (and full ``NAME.NAMESPACE.svc`` names) are touched; what programs read from files
is left as it is: they find mounts in ``TENTER_MOUNTS`` and Services in the usual variables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tenter.embedded.node.variables import Address

_BEFORE_PATH = r"(?:(?<![\w./\-])|(?<=:///)|(?<=file://))"
_AFTER_PATH = r"(?![\w.\-])"
_HOST = r"(?P<host>[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)"
_URL = re.compile(
    rf"(?P<before>(?P<scheme>[a-z][a-z0-9+.-]*)://([^\s/@]*@)?){_HOST}(?P<port>:\d+)?"
)
_FULL = re.compile(
    r"(?P<before>(?<![\w./\-]))"
    r"(?P<host>[a-z0-9]([-a-z0-9]*[a-z0-9])?\.[a-z0-9]([-a-z0-9]*[a-z0-9])?\.svc(\.cluster\.local)?)"
    r"(?![\w\-])(?P<port>:\d+)?"
)
_USUAL_PORTS = {"http": 80, "https": 443}


def rewrite_paths(text: str, mounts: Mapping[str, str]) -> str:
    """Return ``text`` with every whole mount path in it replaced by its directory.

    ``mounts`` maps mount paths to directories; the longest that fits wins. ``/data`` is found in
    ``--db=/data/shop.db`` and ``sqlite:////data/x``, not in ``/var/data`` or ``/database``.
    """
    if not mounts:
        return text
    paths = sorted(mounts, key=len, reverse=True)
    pattern = _BEFORE_PATH + "(" + "|".join(map(re.escape, paths)) + ")" + _AFTER_PATH
    return re.sub(pattern, lambda found: mounts[found[1]], text)


def rewrite_hosts(text: str, namespace: str, services: Mapping[tuple[str, str], Address]) -> str:
    """Return ``text`` with Service names replaced by where they are reached from here.

    ``services`` maps (namespace, name) to addresses. In URLs, ``http://web:8080`` and
    ``http://web.shop`` are known besides the full names; elsewhere only ``web.shop.svc`` and
    ``web.shop.svc.cluster.local``, since a bare word may mean anything.
    """

    def replace(found: re.Match[str]) -> str:
        parts = found["host"].removesuffix(".cluster.local").removesuffix(".svc").split(".")
        name, where = (parts[0], parts[1] if len(parts) > 1 else namespace)
        address = services.get((where, name)) if len(parts) <= 2 else None
        if address is None:
            return found[0]
        scheme = found.groupdict().get("scheme") or ""
        given = found["port"]
        port = int(given[1:]) if given else _USUAL_PORTS.get(scheme)
        if port is None:
            return f"{found['before']}{address.host}"
        actual = address.ports.get(port, port)
        shown = "" if not given and actual == port else f":{actual}"
        return f"{found['before']}{address.host}{shown}"

    if not services:
        return text
    return _FULL.sub(replace, _URL.sub(replace, text))
