"""The settle guard: when a verdict may be believed.

Right after a change the status still tells of the state before it. Argo CD waits a fixed two
seconds between waves for that. Here a status with ``observedGeneration`` is believed as soon as
that number is up to date, and only a verdict that nothing vouches for has to stand for a while
(``STANDING_TIME``) before it counts. Whether it has stood is for the caller to see: no clock here.
"""

from __future__ import annotations

from tenter.health.exposure import is_load_balancer
from tenter.health.fields import behind, integer_at, mapping_at
from tenter.health.verdict import Health, HealthStatus
from tenter.manifests import Manifest

STANDING_TIME = 2.0
"""How long a provisional verdict must stand, in seconds (the reference's pause between waves)."""


def settled(
    obj: Manifest, health: Health | None, custom: bool, *, touched: bool | None = None
) -> tuple[Health | None, bool]:
    """Return the verdict to go by, and whether it is provisional.

    ``custom`` says that a script gave ``health``. ``touched`` says whether the status has changed
    since our own write changed the object (True also where that write changed nothing); None
    where the caller does not know: then only a status on an object that was never changed since
    its creation (generation 1) is taken as written for it.
    """
    if health is None:
        return None, False
    if behind(obj):
        observed = integer_at(obj, "status", "observedGeneration")
        generation = integer_at(obj, "metadata", "generation")
        return (
            Health(
                HealthStatus.PROGRESSING,
                f"its controller has seen generation {observed} of {generation}",
            ),
            False,
        )
    vouched = integer_at(obj, "status", "observedGeneration") is not None
    if vouched or not (custom or is_load_balancer(obj)):
        return health, False
    if health.status is HealthStatus.DEGRADED:
        return health, True
    if health.status is HealthStatus.HEALTHY:
        return health, not _written_for(obj, touched)
    return health, False


def _written_for(obj: Manifest, touched: bool | None) -> bool:
    """Tell whether the status can be about the object as it is now."""
    if not mapping_at(obj, "status"):
        return False
    return integer_at(obj, "metadata", "generation") == 1 if touched is None else touched
