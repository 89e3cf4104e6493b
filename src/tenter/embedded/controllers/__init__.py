"""The embedded cluster's workload controllers: ordinary clients of its API server."""

from tenter.embedded.controllers.assembly import run_controllers
from tenter.embedded.controllers.settings import ControllerSettings

__all__ = ["ControllerSettings", "run_controllers"]
