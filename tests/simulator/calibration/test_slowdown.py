"""The weather's long-run mean is what the world's weather comes to."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.calibration.slowdown import mean_severity
from simulator.noise import Noise
from simulator.scenario.loading import load_scenario
from simulator.weather import weather_path


@pytest.mark.parametrize("name", ["small", "dataco"])
def test_mean_severity_is_that_of_a_long_path(name: str) -> None:
    scenario = load_scenario(name)
    path = weather_path(scenario, Noise(17), 24.0 * 600)
    assert float(np.mean(path.severity)) == pytest.approx(mean_severity(scenario), rel=0.15)
