"""Setup: the three environments and the Lambda layer, all inside the repository."""

from __future__ import annotations

from workshop.setup.environments import Environment, ready


def ensure(fresh: bool = False) -> Environment:
    """Make what is missing (everything, if `fresh`) and return the workshop's environment.

    Takes a few milliseconds when nothing is missing. Raises WorkshopError, with what to do,
    when there is no usable Python, no network, no room or no permission.
    """
    environment = None if fresh else ready()
    if environment is None:
        from workshop.setup import installation

        environment = installation.make(fresh)
    return environment
