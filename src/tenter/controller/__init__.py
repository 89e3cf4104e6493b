"""The controller: keeps Applications as Git wants them, until it is told to stop."""

from tenter.controller.controller import Controller, controller
from tenter.controller.settings import ControllerOptions

__all__ = ["Controller", "ControllerOptions", "controller"]
