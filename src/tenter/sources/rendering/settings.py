"""What whoever runs Tenter allows renderers, whatever a source asks for."""

from __future__ import annotations

import msgspec


class ChartCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """How to be let in to a Helm repository or registry, whose address starts with ``url``."""

    url: str
    username: str = ""
    password: str = ""


class RenderSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Limits and permissions.

    ``remote_bases`` lets an overlay fetch bases and files from other repositories and addresses.
    ``kustomize_build_options`` are further arguments of ``kustomize build``, as ``argocd-cm`` has
    them. ``credentials`` are for charts. ``time_limit`` is seconds for one run of a program,
    ``output_limit`` bytes of what it prints.
    """

    remote_bases: bool = False
    kustomize_build_options: tuple[str, ...] = ()
    credentials: tuple[ChartCredentials, ...] = ()
    time_limit: float = 90.0
    output_limit: int = 64 * 1024 * 1024
