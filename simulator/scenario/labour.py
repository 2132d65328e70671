"""How people at work tire."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from simulator.scenario.fields import Part

Decay = Annotated[float, Field(ge=0, le=1)]
Efficiency = Annotated[float, Field(ge=0.05, le=1)]


class FatigueSpec(Part):
    """Pace falls with the hours into a shift, and is fresh again when the next one starts.

    Parameters
    ----------
    efficiency_decay_per_hour : float
        Share of the fresh pace that is lost with every hour into the shift.
    least_efficiency : float
        Share of the fresh pace below which nobody falls.

    References
    ----------
    Bechtold, Janaro & Sumners (1984), "Maximization of Labor Productivity Through Optimal Rest-Break Schedules",
    Management Science 30(12): work rates decay about linearly, or exponentially, with time worked.
    """

    efficiency_decay_per_hour: Decay = 0.03
    least_efficiency: Efficiency = 0.6
