"""Who asks, and whether they may.

The administrator, and what belongs to the cluster itself, may do everything; all others, who are
impersonated or have a ServiceAccount's token, may do what Roles and bindings say. Beside that,
denials take away, so that a 403 and its message can be tried without writing RBAC objects.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tenter.embedded.roles import (
    ACCOUNT_PREFIX,
    AUTHENTICATED,
    MASTERS,
    Subject,
    covers,
    covers_path,
    rules_of,
)
from tenter.embedded.statuses import Refusal, qualified
from tenter.embedded.store import Store


class Identity(msgspec.Struct, frozen=True):
    """A user as the server knows them."""

    user: str
    groups: tuple[str, ...] = (MASTERS, AUTHENTICATED)

    @property
    def is_trusted(self) -> bool:
        """Whether they may do everything: administrators, and the cluster's own node."""
        return MASTERS in self.groups or "system:nodes" in self.groups

    @property
    def subject(self) -> Subject:
        """They as bindings know them."""
        return Subject(self.user, self.groups)


def known_as(user: str, groups: Sequence[str] = ()) -> Identity:
    """Return an authenticated user; a ServiceAccount's groups follow from its name."""
    found = [*groups]
    if not found and user.startswith(ACCOUNT_PREFIX):
        namespace = user.removeprefix(ACCOUNT_PREFIX).partition(":")[0]
        found = ["system:serviceaccounts", f"system:serviceaccounts:{namespace}"]
    if AUTHENTICATED not in found:
        found.append(AUTHENTICATED)
    return Identity(user, tuple(found))


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
        self.store: Store | None = None
        """Where Roles and bindings are; None until a server uses this."""

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
        """Tell whether ``wanted`` is allowed, and nothing forbids it."""
        if any(denial.covers(identity, wanted) for denial in self.denials):
            return False
        return identity.is_trusted or any(
            covers(
                rule,
                verb=wanted.verb,
                group=wanted.group,
                resource=wanted.resource,
                subresource=wanted.subresource,
                name=wanted.name,
            )
            for rule in self.rules(identity, wanted.namespace)
        )

    def allows_path(self, identity: Identity, verb: str, path: str) -> bool:
        """Tell whether ``verb`` is allowed on a path that is no resource."""
        return identity.is_trusted or any(
            covers_path(rule, verb=verb, path=path) for rule in self.rules(identity, "")
        )

    def rules(self, identity: Identity, namespace: str) -> list[dict[str, Any]]:
        """Return the rules that somebody has, those in ``namespace`` among them."""
        if self.store is None:
            return []
        return list(rules_of(self.store, identity.subject, namespace))

    def check(self, identity: Identity, wanted: Attributes) -> None:
        """Raise ``Refusal`` (403) where ``wanted`` is forbidden."""
        if (self.denials or not identity.is_trusted) and not self.allows(identity, wanted):
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
