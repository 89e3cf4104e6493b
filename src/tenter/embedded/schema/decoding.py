"""Whether the values of an object are of the types its fields declare."""

from __future__ import annotations

from tenter.embedded.schema.causes import Cause
from tenter.embedded.schema.types import StructType
from tenter.manifests import Manifest


def type_errors(obj: Manifest, type_: StructType) -> list[Cause]:
    """Return a cause for each value of the wrong type, in the object's order.

    For a built-in kind the server answers 400 with :func:`decoding_message`; for a custom kind the
    causes are an Invalid's, 422.
    """
    raise NotImplementedError


def decoding_message(causes: list[Cause], type_: StructType) -> str:
    """Return Kubernetes' message (400 BadRequest) for a built-in object with ``causes``.

    As in ``Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal
    string into Go struct field DeploymentSpec.spec.replicas of type int32``.
    """
    raise NotImplementedError
