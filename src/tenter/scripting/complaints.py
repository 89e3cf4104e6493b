"""What is said of a script whose worker did not answer."""

from __future__ import annotations

from tenter.errors import HealthCheckError
from tenter.scripting.script import Script


def out_of_time(script: Script, seconds: float) -> HealthCheckError:
    """Return the error of a run that was stopped after ``seconds`` of its own."""
    return HealthCheckError(
        f"health check {script.name} took more than {seconds:g} s and was stopped; "
        f"does a pattern of it backtrack for ever?"
    )


def died(script: Script) -> HealthCheckError:
    """Return the error of a run that ended its worker."""
    return HealthCheckError(
        f"health check {script.name} ended its worker process; it needs too much memory or stack"
    )


def not_started(program: str) -> HealthCheckError:
    """Return the error of a worker that never became ready."""
    return HealthCheckError(
        f"the worker process for health checks did not start ({program}); "
        f"see whether this machine has memory and processes left"
    )
