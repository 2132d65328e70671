"""Slowdown: what the base's weather adds to transit times on the long run, to be taken off before it adds it again."""

from __future__ import annotations

import math

from simulator.scenario.schema import Scenario

HOURS_PER_DAY = 24.0


def mean_severity(scenario: Scenario) -> float:
    """Mean severity of the weather over all hours and regions, 0 calm to 1 storm.

    Fronts come and go in a region as customers in a system without queues, so that some front is there for a
    share 1 - exp(-load) of the time; where two meet, the milder is left out. Stays are painted on whole hours,
    which lengthens each by one.
    """
    spec, n_regions = scenario.weather, len(scenario.regions)
    visits_per_day = spec.fronts_per_day * min(spec.n_regions_crossed, n_regions) / n_regions
    load = visits_per_day * (spec.duration_hours + 1) / HOURS_PER_DAY
    return spec.severity_mean * -math.expm1(-load)
