"""The node agrees with what queueing theory proves."""

from __future__ import annotations

from collections.abc import Callable
from math import factorial
from typing import Any

import numpy as np
import pytest

from simulator.demand import Demand, draw_demand
from simulator.noise import Noise

N_PICKERS, LOAD = 3, 0.8
LINES = [(1, 0.5), (N_PICKERS, LOAD), (10, 0.9)]


def erlang_c_wait(n_servers: int, load: float, service_hours: float) -> float:
    """Mean wait in M/M/c."""
    offered = n_servers * load
    queued = offered**n_servers / (factorial(n_servers) * (1 - load))
    idle = sum(offered**n / factorial(n) for n in range(n_servers))
    return queued / (idle + queued) * service_hours / (n_servers * (1 - load))


def poisson_demand(
    changed: Callable[..., Any], seed: int, n_orders: int, arrivals_per_hour: float = N_PICKERS * LOAD
) -> Demand:
    """The world's own demand, with one line an order, even hours and exponential work."""
    scenario = changed(
        {
            "demand.orders_per_day": 24 * arrivals_per_hour,
            "demand.hour_profile": [1.0] * 24,
            "demand.weekday_profile": [1.0] * 7,
            "demand.lines_per_order": [1.0],
            "fulfilment.work_time_cv": 1.0,
        }
    )
    return draw_demand(scenario, Noise(seed), n_orders)


@pytest.mark.parametrize(("n_pickers", "load"), LINES)
def test_mean_wait_agrees_with_erlang_c_within_three_standard_errors(
    changed: Callable[..., Any], bench: Callable[..., Any], n_pickers: int, load: float
) -> None:
    n_orders, n_warm_up, waits = 2_500, 700, []
    for seed in range(30):
        demand = poisson_demand(changed, seed, n_orders, n_pickers * load)
        played = bench(n_orders, pickers=(n_pickers,), packers=(1000,))
        played.pick_effort = demand.pick_effort.tolist()
        played.play(demand.placed_at_hours.tolist())
        picked = np.array([played.picked_at[order] for order in range(n_orders)])
        waits.append((picked - demand.pick_effort - demand.placed_at_hours)[n_warm_up:].mean())
    standard_error = np.std(waits, ddof=1) / np.sqrt(len(waits))
    expected = erlang_c_wait(n_pickers, load, 1.0)
    # An error bar so wide that anything agrees would prove nothing.
    assert standard_error < 0.08 * max(expected, 1.0)
    assert abs(np.mean(waits) - expected) < 3 * standard_error


def test_littles_law_holds_exactly_from_empty_to_empty(changed: Callable[..., Any], bench: Callable[..., Any]) -> None:
    demand = poisson_demand(changed, 3, 800)
    played = bench(800, pickers=(N_PICKERS,), packers=(2,))
    played.pick_effort, played.pack_effort = demand.pick_effort.tolist(), demand.pack_effort.tolist()
    played.play(demand.placed_at_hours.tolist())
    left = np.array([played.packed_at[order] for order in range(800)])
    moments = np.concatenate([demand.placed_at_hours, left])
    order = np.argsort(moments, kind="stable")
    n_inside = np.cumsum(np.repeat([1, -1], 800)[order])
    area = float((n_inside[:-1] * np.diff(moments[order])).sum())
    horizon = moments.max() - moments.min()
    arrival_rate, mean_hours_inside = 800 / horizon, float((left - demand.placed_at_hours).mean())
    assert np.isclose(area / horizon, arrival_rate * mean_hours_inside, rtol=1e-9)
