"""What whoever runs Tenter allows renderers, whatever a source asks for."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec


class ChartCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """How to be let in to a Helm repository or registry, whose address starts with ``url``.

    A ``url`` without a scheme is a registry's.
    """

    url: str
    username: str = ""
    password: str = ""

    def covers(self, address: str) -> bool:
        """Tell whether the repository or registry at ``address`` may be told the password.

        The host must be the same to the letter: a chart may name its dependencies' repositories,
        and ``https://charts.example.com.elsewhere.org`` begins with ``https://charts.example.com``.
        """
        own, other = (
            urlsplit(each if "://" in each else f"oci://{each}") for each in (self.url, address)
        )
        return (own.scheme, own.netloc) == (other.scheme, other.netloc) and other.path.startswith(
            own.path
        )

    def __repr__(self) -> str:
        return f"<credentials for {self.url}>"


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
