"""Weather that may yet come: fronts that formed stay, those to come are drawn anew in the light of the forecast.

What was forecast is known at the decision, and stays. A front that was forecast and has not formed is either a false
alarm or will come, earlier or later, milder or worse than was said; fronts that the forecast missed may come too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from simulator.noise import Noise
from simulator.scenario.weather import WeatherSpec
from simulator.stage import Stage
from simulator.weather import (
    HOURS_PER_DAY,
    SEVERITY_CONCENTRATION,
    Fronts,
    Weather,
    as_forecast,
    draw_false_fronts,
    draw_fronts,
    front_routes,
    paint_storm,
    painted,
    storms,
)

Floats = NDArray[np.float64]
N_SEVERITIES = 200
_SEVERITIES = (np.arange(N_SEVERITIES) + 0.5) / N_SEVERITIES


@dataclass(frozen=True)
class _Announced:
    """Fronts as the forecast has them.

    Parameters
    ----------
    forms_at_hours : array of shape (n_fronts,)
        When they really form, never for false alarms.
    likelihood : array of shape (n_fronts, N_SEVERITIES)
        Of what was told about a front's severity, by true severity, the prior included.
    false_likelihood : array of shape (n_fronts,)
        The same of a false alarm.
    """

    told: Fronts
    forms_at_hours: Floats
    likelihood: Floats
    false_likelihood: Floats


class Sky:
    """The weather of a run, and what may come instead from a moment on."""

    def __init__(self, stage: Stage) -> None:
        scenario, noise = stage.scenario, stage.noise
        spec, last_hour = scenario.weather, float(stage.weather.last_hour)
        self._stage, self._spec = stage, spec
        self._routes = front_routes(scenario.regions, spec.n_regions_crossed)
        self._true = draw_fronts("weather/front", spec, spec.fronts_per_day, len(self._routes), noise, last_hour)
        told, false = as_forecast(self._true, spec, noise), draw_false_fronts(scenario, noise, last_hour)
        seen = told.severity > 0
        announced = _joined(_chosen(told, seen), false)
        forms_at = np.concatenate((self._true.forms_at_hours[seen], np.full(len(false.severity), np.inf)))
        self._announced = _Announced(announced, forms_at, *_likelihoods(spec, announced.severity))

    def redrawn(self, from_hours: float, noise: Noise) -> Weather:
        """One weather that may follow what came until a moment, given the forecast."""
        stage, scenario = self._stage, self._stage.scenario
        came = self._true.forms_at_hours <= from_hours
        fronts = _joined(_chosen(self._true, came), self._announced_to_come(from_hours, noise))
        fronts = _joined(fronts, self._missed(from_hours, noise))
        severity = painted(fronts, self._routes, stage.weather.last_hour + 1)
        for storm in storms(scenario):
            paint_storm(severity, storm, storm.severity, scenario)
        # Rows of an array rather than lists: this weather is read by the array, not hour by hour.
        return Weather(list(severity), stage.weather.forecast, stage.weather.last_hour)

    def _announced_to_come(self, from_hours: float, noise: Noise) -> Fronts:
        """Those announced fronts that come after all, by Bayes' rule from when and how bad they were said to be."""
        pending = self._announced.forms_at_hours > from_hours
        told, error = _chosen(self._announced.told, pending), self._spec.forecast
        n_pending = len(told.severity)
        in_time = _share_before(told.forms_at_hours - from_hours, error.timing_error_hours)
        likelihood = self._announced.likelihood[pending]
        real = self._spec.fronts_per_day * (1 - error.miss_probability) * in_time * likelihood.sum(axis=1)
        false = error.false_fronts_per_day * self._announced.false_likelihood[pending]
        comes = noise.uniforms("weather/comes", n_pending) * (real + false) < real
        delay = special.ndtri((noise.uniforms("weather/timing", n_pending) * in_time).clip(1e-16, 1 - 1e-16))
        cumulative = np.cumsum(likelihood, axis=1)
        place = (cumulative < (noise.uniforms("weather/severity", n_pending) * cumulative[:, -1])[:, None]).sum(axis=1)
        redrawn = Fronts(
            np.maximum(told.forms_at_hours - delay * error.timing_error_hours, from_hours),
            told.first_region,
            _SEVERITIES[place.clip(max=N_SEVERITIES - 1)],
            told.stays_hours,
        )
        return _chosen(redrawn, comes)

    def _missed(self, from_hours: float, noise: Noise) -> Fronts:
        """Fronts that nobody foresaw."""
        rate = self._spec.fronts_per_day * self._spec.forecast.miss_probability
        rest = max(self._stage.weather.last_hour - from_hours, HOURS_PER_DAY)
        drawn = draw_fronts("weather/missed", self._spec, rate, len(self._routes), noise, rest)
        return Fronts(drawn.forms_at_hours + from_hours, drawn.first_region, drawn.severity, drawn.stays_hours)


def _likelihoods(spec: WeatherSpec, told: Floats) -> tuple[Floats, Floats]:
    """How likely each severity is together with what was told of it, and the likelihood of a false alarm."""
    alpha = spec.severity_mean * SEVERITY_CONCENTRATION
    false, spread = _beta_density(told, alpha), spec.forecast.severity_error
    if not spread:
        nearest = np.abs(_SEVERITIES - told[:, None]).argmin(axis=1)
        return (np.arange(N_SEVERITIES) == nearest[:, None]) * false[:, None], false
    ratio = np.log(told[:, None] / _SEVERITIES) / spread
    density = np.exp(-(ratio**2) / 2) / (np.sqrt(2 * np.pi) * spread * told[:, None])
    # Told is at most 1: what is told as 1 may have been any error at or above that.
    certain = told >= 1.0
    likelihood = np.where(certain[:, None], special.ndtr(-ratio), density)
    return likelihood * _beta_density(_SEVERITIES, alpha) / N_SEVERITIES, np.where(certain, 0.0, false)


def _share_before(lead_hours: Floats, error_hours: float) -> Floats:
    """Probability that a front forms after now which is announced for this much later."""
    share: Floats = special.ndtr(lead_hours / error_hours) if error_hours else (lead_hours > 0).astype(np.float64)
    return share


def _beta_density(severity: Floats, alpha: float) -> Floats:
    beta = SEVERITY_CONCENTRATION - alpha
    inside = severity.clip(1e-9, 1 - 1e-9)
    log_density = special.xlogy(alpha - 1, inside) + special.xlog1py(beta - 1, -inside) - special.betaln(alpha, beta)
    density: Floats = np.exp(log_density)
    return density


def _chosen(fronts: Fronts, which: NDArray[np.bool_]) -> Fronts:
    return Fronts(
        fronts.forms_at_hours[which], fronts.first_region[which], fronts.severity[which], fronts.stays_hours[which]
    )


def _joined(first: Fronts, second: Fronts) -> Fronts:
    return Fronts(
        np.concatenate((first.forms_at_hours, second.forms_at_hours)),
        np.concatenate((first.first_region, second.first_region)),
        np.concatenate((first.severity, second.severity)),
        np.concatenate((first.stays_hours, second.stays_hours)),
    )
