"""Who asks, and whether they may.

Everybody known may do everything, until a test forbids something: rules only take away, so that a
403 and its message can be tried without writing RBAC objects. RBAC objects are kept as data.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

import msgspec

from tenter.embedded.statuses import Refusal, qualified


class Identity(msgspec.Struct, frozen=True):
    """A user as the server knows them."""

    user: str
    groups: tuple[str, ...] = ("system:masters", "system:authenticated")


ADMIN = Identity("admin")


class Attributes(msgspec.Struct, frozen=True, kw_only=True):
    """What a request wants to do; ``namespace`` is empty for all, or where there is none."""

    verb: str
    group: str
    resource: str
    subresource: str = ""
    namespace: str = ""
    name: str = ""


class Denial(msgspec.Struct, frozen=True, kw_only=True):
    """Forbids what matches all its fields; None matches anything.

    ``resource`` is a plural, with ``/subresource`` where one is meant. A denial with a namespace
    also covers requests over all namespaces, as a Role in one namespace does not allow those.
    """

    verb: str | None = None
    group: str | None = None
    resource: str | None = None
    namespace: str | None = None
    name: str | None = None
    user: str | None = None

    def covers(self, identity: Identity, wanted: Attributes) -> bool:
        """Tell whether ``wanted`` is forbidden to ``identity`` by this rule."""
        resource = wanted.resource
        if wanted.subresource:
            resource += f"/{wanted.subresource}"
        return (
            self.verb in (None, wanted.verb)
            and self.group in (None, wanted.group)
            and self.resource in (None, resource)
            and (self.namespace is None or wanted.namespace in (self.namespace, ""))
            and self.name in (None, wanted.name)
            and self.user in (None, identity.user)
        )


class Access:
    """Tokens and denials; ``denials`` may be changed at any time."""

    def __init__(self, tokens: Mapping[str, Identity] | None = None) -> None:
        self.tokens = dict(tokens or {})
        self.denials: list[Denial] = []

    def identify(self, authorization: str) -> Identity | None:
        """Return who sent this ``Authorization`` header, None if nobody known."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return None
        given = token.strip().encode()
        found = None
        for known, identity in self.tokens.items():
            if hmac.compare_digest(known.encode(), given):
                found = identity
        return found

    def allows(self, identity: Identity, wanted: Attributes) -> bool:
        """Tell whether nothing forbids ``wanted``."""
        return not any(denial.covers(identity, wanted) for denial in self.denials)

    def check(self, identity: Identity, wanted: Attributes) -> None:
        """Raise ``Refusal`` (403) where ``wanted`` is forbidden."""
        if self.denials and not self.allows(identity, wanted):
            raise refusal(identity, wanted)


def refusal(identity: Identity, wanted: Attributes) -> Refusal:
    """Return the 403 for ``wanted``."""
    resource = wanted.resource
    if wanted.subresource:
        resource += f"/{wanted.subresource}"
    subject = qualified(wanted.resource, wanted.group)
    if wanted.name:
        subject += f' "{wanted.name}"'
    where = f'in the namespace "{wanted.namespace}"' if wanted.namespace else "at the cluster scope"
    details = {"name": wanted.name, "group": wanted.group, "kind": wanted.resource}
    return Refusal(
        403,
        "Forbidden",
        f'{subject} is forbidden: User "{identity.user}" cannot {wanted.verb} resource '
        f'"{resource}" in API group "{wanted.group}" {where}',
        details={field: value for field, value in details.items() if value},
    )
