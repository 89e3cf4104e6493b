"""When two repository URLs mean one repository: for projects, credentials and webhooks alike.

Argo CD compares them in lower case and without ``.git``, and reads ``git@host:path`` as the ssh URL
that it is short for. Beyond that, a default port and doubled slashes mean nothing; and a URL that
climbs (``..``) or hides a slash (``%2f``) has no normal form, so that no pattern allows it.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

_URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>[^/]*)(?P<path>/.*)?")
_SCP_LIKE = re.compile(r"(?P<host>[^/:\s]+@[^/:\s]+):(?P<path>[^:\s].*)")
_DEFAULT_PORTS = {"https": ":443", "http": ":80", "ssh": ":22", "git": ":9418"}


def normalised_url(url: str) -> str:
    """Return the normal form of a repository's URL, or of a glob pattern for such URLs.

    It is for comparison only: ssh URLs lose their scheme and all is in lower case. Empty for a URL
    that has none because its path climbs or hides a slash.
    """
    text = url.strip().lower()
    if "%" in text:
        decoded = unquote(text)
        if decoded.count("/") != text.count("/") or "%" in decoded:
            return ""
        text = decoded
    scp_like = _SCP_LIKE.fullmatch(text)
    if scp_like:
        text = f"ssh://{scp_like['host']}/{scp_like['path'].lstrip('/')}"
    match = _URL.fullmatch(text)
    if match is None:
        return text.removesuffix(".git") if _is_plain(text) else ""
    scheme, host, path = match["scheme"], match["host"], match["path"] or ""
    host = host.removesuffix(_DEFAULT_PORTS.get(scheme, " "))
    path = re.sub(r"/+", "/", path).rstrip("/").removesuffix(".git")
    if not _is_plain(path):
        return ""
    return f"{host}{path}" if scheme == "ssh" else f"{scheme}://{host}{path}"


def without_user(url: str) -> str:
    """Return the normal form of ``url`` without scheme and user: ``host/path``.

    What a webhook names by https is the repository that an Application has by ssh.
    """
    normal = normalised_url(url)
    rest = normal.partition("://")[2] or normal
    host, slash, path = rest.partition("/")
    return f"{host.rpartition('@')[2]}{slash}{path}"


def _is_plain(path: str) -> bool:
    return not any(step in {".", ".."} for step in path.split("/"))
