"""Weather as fronts that cross regions, and a forecast that is right only in part."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from simulator.scenario.fields import Hours, Part, Share

FrontRate = Annotated[float, Field(ge=0, le=100)]


class ForecastSpec(Part):
    """How the forecast errs, front by front.

    Parameters
    ----------
    miss_probability : float
        Probability that a front is not forecast at all.
    timing_error_hours : float
        Standard deviation of the forecast's shift in time.
    severity_error : float
        Standard deviation of the forecast's log severity.
    false_fronts_per_day : float
        Rate of forecast fronts that never come.
    """

    miss_probability: Share = 0.1
    timing_error_hours: Annotated[float, Field(ge=0, le=168)] = 3.0
    severity_error: Annotated[float, Field(ge=0, le=3)] = 0.25
    false_fronts_per_day: FrontRate = 0.05


class WeatherSpec(Part):
    """Fronts start in a random region and move on to the nearest region they have not crossed.

    Parameters
    ----------
    fronts_per_day : float
        Rate at which fronts form, over all regions.
    duration_hours : float
        Mean stay in a region (exponential).
    severity_mean : float
        Mean of a front's severity (beta with concentration 5), 0 calm to 1 storm.
    n_regions_crossed : int
        How many regions a front visits, one after the other.
    """

    fronts_per_day: FrontRate = 0.0
    duration_hours: Hours = 18.0
    severity_mean: Annotated[float, Field(gt=0, lt=1)] = 0.5
    n_regions_crossed: Annotated[int, Field(ge=1, le=50)] = 2
    forecast: ForecastSpec = ForecastSpec()
