"""Client-side apply (``ServerSideApply=false``): a merge of last-applied, live and target.

As kubectl does it, for who needs its ways: duplicate entries of keyed lists, or other tools that
read the annotation. The live object is read first, so it costs a request more than server-side.
"""

from __future__ import annotations

from tenter.diff import annotated, client_patch, read_ownership
from tenter.engine import ApplyOutcome
from tenter.errors import AlreadyExists, NotFound
from tenter.kube.building import FieldValidation, PatchType
from tenter.kube.client import Client
from tenter.kube.resources import Resource
from tenter.manifests import Manifest


async def apply_client_side(
    client: Client,
    resource: Resource,
    manifest: Manifest,
    *,
    validation: FieldValidation,
    dry_run: bool = False,
) -> tuple[Manifest, ApplyOutcome]:
    """Create the object or patch it to ``manifest``; return it as it is then, and what was done.

    Raises what the client raises.
    """
    metadata = manifest["metadata"]
    namespace, name = metadata.get("namespace") or "", metadata["name"]
    try:
        live = await client.get(resource, namespace, name)
    except NotFound:
        try:
            obj = await client.create(
                resource, annotated(manifest), dry_run=dry_run, field_validation=validation
            )
        except AlreadyExists:
            # Our own earlier try whose answer was lost, or someone else's.
            live = await client.get(resource, namespace, name)
        else:
            return obj, ApplyOutcome.CREATED
    patch = client_patch(
        manifest, live, read_ownership(live, live["metadata"].get("managedFields"))
    )
    if not patch.body:
        return live, ApplyOutcome.UNCHANGED
    obj = await client.patch(
        resource,
        namespace,
        name,
        patch.body,
        patch_type=PatchType.STRATEGIC if patch.strategic else PatchType.MERGE,
        dry_run=dry_run,
        field_validation=validation,
    )
    before, after = (each["metadata"].get("resourceVersion") for each in (live, obj))
    # An amount written otherwise makes a patch that changes nothing.
    return obj, ApplyOutcome.UNCHANGED if before == after else ApplyOutcome.CONFIGURED
